//go:build unix

package main

import (
	"os"
	"syscall"
)

// stopSignals ask to stop so that the work can go on later. Batch systems send
// SIGUSR1 before the time is over, SIGTERM when it is.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1}
