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
	"syscall"
)

func main() {
	ctx := interruptible(os.Stderr)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// interruptible returns a context that ends at the first SIGINT or SIGTERM, so
// that work stops cleanly; at the second the program quits at once.
func interruptible(stderr io.Writer) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		cancel(errInterrupted)
		fmt.Fprintf(stderr, "\nprunelab: %v: stopping after the batch at hand; once more quits at once\n", s)
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}
