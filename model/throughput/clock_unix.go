//go:build unix

package throughput

import (
	"syscall"
	"time"
)

// used is the processor time that this process has taken: what else runs on the
// machine does not count, so that speeds repeat where cores are shared.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return passed()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
