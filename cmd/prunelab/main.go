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
)

func main() {
	ctx := interruptible(os.Stderr)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible returns a context that ends at the first signal that asks to
// stop, so that work stops cleanly: a batch system sends a warning first and
// SIGTERM later, so further ones change nothing. The second SIGINT quits at
// once.
func interruptible(stderr io.Writer) context.Context {
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
				fmt.Fprintf(stderr, "\nprunelab: %v: stopping after the batch at hand%s\n", s, more)
			}
			cancel(errInterrupted)
		}
	}()
	return ctx
}
