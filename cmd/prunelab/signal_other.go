//go:build !unix

package main

import "os"

// stopSignals ask to stop so that the work can go on later.
var stopSignals = []os.Signal{os.Interrupt}
