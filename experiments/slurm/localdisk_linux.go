package slurm

import "golang.org/x/sys/unix"

// LocalDisk names the file system of a folder when it is one that other
// machines usually do not see.
func LocalDisk(dir string) (string, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", false
	}
	switch uint32(s.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "a file system in this machine's memory", true
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC & 0xffffffff, unix.OVERLAYFS_SUPER_MAGIC:
		return "a disk of this machine", true
	}
	return "", false
}
