//go:build linux || darwin

package store

import "syscall"

const syncsDirs = true

// free is the number of bytes that a user can still write to the file system
// of a folder.
func free(dir string) (uint64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}

// alive reports whether a process of this machine exists.
func alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
