package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"prunelab/cmd/prunelab/internal/draft"
	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/cost"
	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

type newCmd struct {
	Network      string        `placeholder:"NAME|FILE" help:"A built-in network, or the file of one that was trained elsewhere: an ONNX model, or safetensors or torch.save with --architecture."`
	Architecture string        `placeholder:"NAME" help:"What the network in a file is, where that has its weights alone: a built-in one."`
	DataName     string        `placeholder:"DATA" help:"Data set as in a study: mnist, cifar-10, images:DIR, idx:DIR, ... (default: mnist for a LeNet, cifar-10 for the other built-in networks)."`
	Question     string        `placeholder:"QUESTION" help:"regularizers: which is best for pruning, before and after retraining; layers: which is the most sensitive; how-far: how many of the weights can go."`
	Time         time.Duration `placeholder:"DURATION" help:"What it may take here: 30m, 2h."`
	Name         string        `placeholder:"NAME" help:"Of the study (default: my-QUESTION-NETWORK)."`
	Output       string        `short:"o" placeholder:"FILE" help:"The study's file (default: NAME.yaml). One that is there is not overwritten."`
	dataFlags
	workersFlag
}

func (*newCmd) Help() string {
	return `Writes a study whose plan fits the time on this machine. It asks what flags do not
say, on a terminal; elsewhere they have to say all. How long studies of several sizes
would take is estimated as prunelab plan does, and the largest is taken that leaves a
fifth of the time. It says how many seeds, ratios and epochs that is, and why: with
fewer seeds than a claim needs a study decides nothing. Nothing is trained.

  prunelab new
  prunelab new --network lenet-5 --question layers --time 30m
  prunelab new --network cifar-quick --data-name images:photos --question how-far --time 8h
  prunelab new --network net.onnx --data-name mnist --question layers --time 20m`
}

func (c *newCmd) Run(s *session) error {
	workers, err := c.workers()
	if err != nil {
		return err
	}
	if err := c.complete(os.Stdin, s.stdout, term.IsTerminal(int(os.Stdin.Fd()))); err != nil {
		return usageError{err}
	}
	a, err := c.answers(workers)
	if err != nil {
		return err
	}
	if err := a.Check(); err != nil {
		return usageError{err}
	}
	if err := free([]string{a.Out}); err != nil {
		return err
	}
	speaks := *s // what is said of data and files is said once, not with every estimate
	d, err := draft.Fit(a, func(text string) (time.Duration, error) {
		one, err := speaks.parse(a.Out, []byte(text), nil, c.dataFlags)
		speaks.stderr = io.Discard
		if err != nil {
			return 0, err
		}
		plan, err := one.Plan(kernel.Variant())
		if err != nil {
			return 0, err
		}
		e, err := cost.New(one.Study, plan.Trials, workers)
		if err != nil {
			return 0, err
		}
		return e.Total(workers), nil
	})
	if err != nil {
		return err
	}
	if err := createAll(newFile{a.Out, func(w io.Writer) error { _, err := io.WriteString(w, d.Text); return err }}); err != nil {
		return err
	}
	for _, line := range d.Said {
		if !strings.HasPrefix(line, "Command: ") {
			fmt.Fprintln(s.stdout, line)
		}
	}
	fmt.Fprintf(s.stdout, "%s written; prunelab run %[1]s runs it, in about %s, and prunelab plan %[1]s says what it needs\n", a.Out, state.Duration(d.Takes))
	return nil
}

// complete asks for what the flags do not say, where there is somebody to ask.
func (c *newCmd) complete(in io.Reader, out io.Writer, asks bool) error {
	answers := bufio.NewReader(in)
	for _, q := range c.questions() {
		if q.said() {
			continue
		}
		usual := q.usual()
		if !asks {
			if usual != "" && !q.needed {
				if err := q.take(usual); err != nil {
					return err
				}
				continue
			}
			return fmt.Errorf("%s is missing: %s", q.flag, q.asks)
		}
		for {
			fmt.Fprintf(out, "%s", q.asks)
			if usual != "" {
				fmt.Fprintf(out, " [%s]", usual)
			}
			fmt.Fprint(out, " ")
			line, err := answers.ReadString('\n')
			if errors.Is(err, io.EOF) && strings.TrimSpace(line) == "" {
				return fmt.Errorf("no answer to: %s", q.asks)
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("read the answer: %w", err)
			}
			if err := q.take(cmp.Or(strings.TrimSpace(line), usual)); err != nil {
				fmt.Fprintf(out, "%v\n", err)
				continue
			}
			break
		}
	}
	return nil
}

// prompt is a question on the terminal.
type prompt struct {
	flag, asks string
	needed     bool // where nobody can be asked
	said       func() bool
	usual      func() string // the answer of an empty line; "": none
	take       func(answer string) error
}

func (c *newCmd) questions() []prompt {
	var names []string
	for _, q := range draft.Questions {
		names = append(names, string(q.Name))
	}
	return []prompt{
		{"--network", "Which network, " + strings.Join(nn.BuiltinNames(), ", ") + ", or the file of one?", true,
			func() bool { return c.Network != "" }, func() string { return "lenet-300-100" },
			func(s string) error {
				if _, err := os.Stat(s); err != nil && !slices.Contains(nn.BuiltinNames(), s) {
					return fmt.Errorf("no network is called %s, and there is no file of that name", s)
				}
				c.Network = s
				return nil
			}},
		{"--data-name", "Which data, mnist, cifar-10, images:DIR, idx:DIR, ...?", false,
			func() bool { return c.DataName != "" },
			func() string {
				switch {
				case strings.HasPrefix(c.Network, "lenet"):
					return "mnist"
				case slices.Contains(nn.BuiltinNames(), c.Network):
					return "cifar-10"
				}
				return ""
			},
			func(s string) error {
				if _, _, err := dataset.ParseName(s); err != nil {
					return err
				}
				c.DataName = s
				return nil
			}},
		{"--question", "Which question, " + strings.Join(names, ", ") + "?", true,
			func() bool { return c.Question != "" }, func() string { return "" },
			func(s string) error {
				if !slices.Contains(names, s) {
					return fmt.Errorf("no question is called %q", s)
				}
				c.Question = s
				return nil
			}},
		{"--time", "How long may it take, as 30m or 2h?", true,
			func() bool { return c.Time != 0 }, func() string { return "30m" },
			func(s string) error {
				d, err := time.ParseDuration(s)
				if err != nil || d < time.Second {
					return fmt.Errorf("%q is no time; write 30m or 2h", s)
				}
				c.Time = d
				return nil
			}},
	}
}

// answers are those of the flags.
func (c *newCmd) answers(workers int) (draft.Answers, error) {
	a := draft.Answers{Question: draft.Question(c.Question), Time: c.Time, Workers: workers, Data: c.DataName, Network: c.Network}
	if at, err := os.Stat(c.Network); err == nil && !at.IsDir() && !slices.Contains(nn.BuiltinNames(), c.Network) {
		a.File, a.Network = c.Network, c.Architecture
	} else if c.Architecture != "" {
		return a, usageError{fmt.Errorf("--architecture says what the network in a file is, and --network %s is no file", c.Network)}
	}
	base := strings.TrimSuffix(filepath.Base(c.Network), filepath.Ext(filepath.Base(c.Network)))
	base = strings.Map(func(r rune) rune {
		if r > 0x7e || !strings.ContainsRune("-_.", r) && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return '-'
		}
		return r
	}, base)
	a.Name = cmp.Or(c.Name, "my-"+c.Question+"-"+base)
	a.Out = cmp.Or(c.Output, a.Name+".yaml")
	kind, folder, err := dataset.ParseName(c.DataName)
	if err != nil {
		return a, usageError{fmt.Errorf("--data-name: %w", err)}
	}
	if a.Info, err = dataset.Identify(c.DataName, dataset.Reading{}, c.source()); err != nil {
		return a, fmt.Errorf("--data-name %s: %w", c.DataName, err)
	}
	// What a study names is relative to its file.
	if folder, err = beside(a.Out, folder); err != nil {
		return a, err
	}
	if folder != "" {
		a.Data = kind + ":" + folder
	}
	if a.File, err = beside(a.Out, a.File); err != nil {
		return a, err
	}
	if net, is := nn.Builtin(a.Network, a.Info.Shape, a.Info.Classes); is {
		a.Convolutions = slices.ContainsFunc(net.Layers, func(l nn.LayerConfig) bool { return l.Kind == nn.KindConv })
	}
	return a, nil
}

// beside is a path relative to the folder of a file, an absolute one as it is.
func beside(file, path string) (string, error) {
	if path == "" || filepath.IsAbs(path) {
		return path, nil
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	relative, err := filepath.Rel(dir, whole)
	return filepath.ToSlash(relative), err
}
