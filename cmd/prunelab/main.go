// Command prunelab sweeps how hard the layers of neural networks are pruned,
// under which regularizer and with which retraining, and says with figures,
// tables and statistics what was found.
//
// A subcommand is a file and a thin function over the packages of the module;
// run, the function that main calls, is what tests call too.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
)

func main() {
	ctx := interruptible(os.Stderr, stopping(os.Args[1:]))
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible returns a context that ends at the first signal that asks to
// stop, so that work stops cleanly: a batch system sends a warning first and
// SIGTERM later, so further ones change nothing. The second SIGINT quits at
// once.
func interruptible(stderr io.Writer, doing string) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, stopSignals...)
	go func() {
		interrupts := 0
		for s := range signals {
			more := ""
			if s == os.Interrupt {
				interrupts++
				more = "; once more quits at once"
			}
			if interrupts > 1 {
				os.Exit(exitInterrupted)
			}
			if ctx.Err() == nil {
				fmt.Fprintf(stderr, "\nprunelab: %v: %s%s\n", s, doing, more)
			}
			cancel(errInterrupted)
		}
	}()
	return ctx
}

// stopping says what a command does that is asked to stop.
func stopping(args []string) string {
	switch {
	case len(args) > 0 && args[0] == "serve":
		return "stopping; runs go on"
	case len(args) > 0 && slices.Contains([]string{"run", "worker", "scan", "recommend", "verify"}, args[0]):
		return "stopping after the batch at hand"
	}
	return "stopping"
}
