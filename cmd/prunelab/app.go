package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/model/kernel"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitInterrupted = 4
)

const description = `A workbench for pruning neural networks: it trains, prunes and retrains every
configuration of a study, and says with figures, tables and statistics what was
found.

  prunelab run                     the built-in studies "quick" and "quick-lenet-5"
  prunelab studies                 what else is built in
  prunelab plan my-study.yaml      what a study needs, without running it
  prunelab run my-study.yaml       run it; results in results/<study>/

Exit codes:
  0  done
  1  something failed: data that is missing, a folder that cannot be written
  2  the command line or the study file is wrong; nothing was run
  3  done, but some trials diverged or failed; they are named
  4  stopped by SIGINT (Ctrl-C), SIGTERM or SIGUSR1: resumable, the same command
     goes on where it stopped, in the middle of a long training too`

// commands is the command line.
type commands struct {
	Run        runCmd        `cmd:"" help:"Run studies, or what is left of them, and render their results."`
	Plan       planCmd       `cmd:"" help:"Estimate what studies need: trials, work, time and disk. Nothing is run."`
	Report     reportCmd     `cmd:"" help:"Render tables, figures and report.md of a run again."`
	Figure     figureCmd     `cmd:"" help:"Draw one figure of a run, as a paper or a slide wants it."`
	New        newCmd        `cmd:"" help:"Write a study from four answers, one that fits the time there is."`
	Scan       scanCmd       `cmd:"" help:"Say which layers of a network that you bring can be pruned, and how far."`
	Recommend  recommendCmd  `cmd:"" help:"Recommend a ratio for each layer under a budget of accuracy, and check it."`
	Status     statusCmd     `cmd:"" help:"Show which trials of a run are done, failed, running or left."`
	Worker     workerCmd     `cmd:"" help:"Run what is left of a run without rendering; several may share a folder."`
	Submit     submitCmd     `cmd:"" help:"Run a study on a cluster: submit slurm STUDY."`
	Verify     verifyCmd     `cmd:"" help:"Check the files and the study of a run, and run some of its trials again to compare."`
	Compare    compareCmd    `cmd:"" help:"Show what differs beyond noise between two runs."`
	Scoreboard scoreboardCmd `cmd:"" help:"Show the claims of several runs side by side, with their verdicts."`
	Serve      serveCmd      `cmd:"" help:"Show runs in a browser while they go on."`
	Export     exportCmd     `cmd:"" help:"Write the weights and masks of a trial for SciPy, NumPy or PyTorch."`
	Pack       packCmd       `cmd:"" help:"Move the finished trials of a run into one compressed file, or back."`
	Clean      cleanCmd      `cmd:"" help:"Remove cached networks, checkpoints and leftovers of a run."`
	Studies    studiesCmd    `cmd:"" help:"List the built-in studies, or print one."`
	Bench      benchCmd      `cmd:"" help:"Measure how fast networks train here, dense and pruned."`
	Data       dataCmd       `cmd:"" help:"List the known data sets and where they were found, or download one."`
	Version    versionCmd    `cmd:"" help:"Print version, Go, kernels and CPU."`
}

var (
	errInterrupted = errors.New("interrupted")
	errIncomplete  = errors.New("the study is not complete")
)

// usageError is a mistake in what the user asked for.
type usageError struct{ error }

// exit carries an exit code: out of the command-line parser, or of studies
// whose errors have been reported.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run executes a command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("prunelab"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Vars{"checkpoint": fmt.Sprint(runner.CheckpointWork / 1e12)},
		kong.Exit(func(code int) { panic(exit(code)) }), // --help
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		panic(err) // the tags above are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		help := "prunelab --help"
		var where *kong.ParseError
		if errors.As(err, &where) && where.Context != nil && where.Context.Selected() != nil {
			help = where.Context.Selected().FullPath() + " --help"
		}
		fmt.Fprintf(stderr, "prunelab: %v; see %s\n", err, help)
		return exitUsage
	}
	s := &session{ctx: ctx, stdout: stdout, stderr: stderr}
	err = kernel.Check()
	if err == nil {
		err = parsed.Run(s)
	}
	return s.finish(err)
}

// finish reports an error and returns the exit code for it.
func (s *session) finish(err error) int {
	var (
		faults study.Faults
		fault  study.Fault
		usage  usageError
		other  *store.Mismatch
		none   noData
		code   exit
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case interrupted(err):
		fmt.Fprintf(s.stderr, "prunelab: %v\n", err)
		return exitInterrupted
	case errors.As(err, &faults) || errors.As(err, &fault):
		fmt.Fprintln(s.stderr, err)
		if errors.As(err, &none) && none.gone && len(faults) < 2 { // else the study is wrong as well
			return exitError
		}
		return exitUsage
	case errors.As(err, &usage) || errors.As(err, &other) && !other.Changes: // --extend is missing
		fmt.Fprintf(s.stderr, "prunelab: %v\n", err)
		return exitUsage
	case errors.Is(err, errIncomplete):
		fmt.Fprintf(s.stderr, "prunelab: %v\n", err)
		return exitIncomplete
	}
	fmt.Fprintf(s.stderr, "prunelab: %v\n", err)
	return exitError
}

// interrupted reports whether the user stopped what was going on.
func interrupted(err error) bool {
	return errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled)
}
