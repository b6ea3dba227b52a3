//go:build !linux

package slurm

// LocalDisk does not know.
func LocalDisk(string) (string, bool) { return "", false }
