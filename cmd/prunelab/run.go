package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"prunelab/analysis/table"
	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/kernel"
)

// outFlag says where results go.
type outFlag struct {
	Out string `placeholder:"DIR" help:"Results folder (default: results/<study> below the current folder); of several studies the folder in which each has its own."`
}

// dirs are the results folders of studies. One study has --out as it is; of
// several each has a folder of its name in it, so it must not be a run's.
func (f outFlag) dirs(studies []loaded) ([]string, error) {
	if len(studies) == 1 && f.Out != "" {
		return []string{f.Out}, nil
	}
	parent := f.Out
	if parent == "" {
		parent = "results"
	} else if _, err := os.Stat(store.Dir(parent).Plan()); err == nil {
		return nil, usageError{fmt.Errorf("--out %s is the folder of a run, and of several studies each gets a folder of its own below --out; "+
			"give another folder, or name the one study that belongs there", parent)}
	}
	var dirs []string
	for _, s := range studies {
		dir := filepath.Join(parent, s.Name)
		if slices.Contains(dirs, dir) {
			return nil, usageError{fmt.Errorf("two of the studies are called %s and would share the folder %s; run them one by one, each with its --out", s.Name, dir)}
		}
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

type runCmd struct {
	studyFlags
	outFlag
	workersFlag
	checkpointFlag
	Extend bool `help:"Add the trials that the study has and the results folder has not: more seeds, ratios, sweeps or arms. What is there stays; any other difference is refused."`
}

// checkpointFlag says how often long trainings keep their state.
type checkpointFlag struct {
	Checkpoint float64 `placeholder:"TFLOP" default:"${checkpoint}" help:"Work after which a training keeps its state, to go on from there when it is stopped or killed (default: ${checkpoint}, about a minute of a dense network); 0: never. Results do not depend on it."`
}

// crew is what runs trials: how many at once, and how often they keep their
// state, in floating-point operations.
type crew struct {
	workers    int
	checkpoint float64
}

func newCrew(w workersFlag, c checkpointFlag) (crew, error) {
	if !(c.Checkpoint >= 0) {
		return crew{}, usageError{fmt.Errorf("--checkpoint %v: an amount of work in TFLOP is needed, or 0", c.Checkpoint)}
	}
	workers, err := w.workers()
	return crew{workers: workers, checkpoint: c.Checkpoint * 1e12}, err
}

// config is how the crew runs trials.
func (c crew) config(p *progress) runner.Config {
	return runner.Config{Workers: c.workers, Checkpoint: c.checkpoint, Provenance: provenance(), Progress: p}
}

// workersFlag says how many trials run at once.
type workersFlag struct {
	Workers *int `placeholder:"N" help:"Trials that run at once (default: one a processor). Results do not depend on it."`
}

func (f workersFlag) workers() (int, error) {
	switch {
	case f.Workers == nil:
		return runtime.NumCPU(), nil
	case *f.Workers < 1:
		return 0, usageError{fmt.Errorf("--workers %d: at least one is needed", *f.Workers)}
	}
	return *f.Workers, nil
}

func (*runCmd) Help() string {
	return `What is in the results folder already is not run again, so a run that was
stopped goes on when it is started again. SIGTERM, SIGUSR1 and the first Ctrl-C
stop after the batch at hand, and long trainings go on from there; the second
Ctrl-C stops at once. Nothing loses a finished trial. Several studies are run one
after the other; what goes wrong with one does not keep the others from being run.

A network that was trained elsewhere is pruned with network: {file: NAME, layers:
[...]}, NAME relative to the study's file, a safetensors file with LAYER.weight and
LAYER.bias as PyTorch has them. It has to be trained on images that are normalised
as here: (byte/255 - m)/s, m and s the mean and the standard deviation of the
training images, per channel. There is no first training then; train says what
retraining inherits.

  prunelab run                                   the built-in studies quick and quick-lenet-5
  prunelab run my-study.yaml --set seeds=3       a study file, with fewer seeds
  prunelab run my-study.yaml --set train.epochs=2 --set arms[0].train.l2=1e-4
  prunelab run layers-cifar-quick --data ~/ml    data sets of your own
  prunelab run quick --out /tmp/q --workers 1    results in /tmp/q
  prunelab run quick my-study.yaml --out /tmp/s  results in /tmp/s/quick and /tmp/s/my-study
  prunelab run my-study.yaml --set seeds=5 --extend   two more seeds in the folder of three`
}

// Run runs the studies one after the other. The exit code is that of the study
// that ended worst.
func (c *runCmd) Run(s *session) error {
	crew, err := newCrew(c.workersFlag, c.checkpointFlag)
	if err != nil {
		return err
	}
	studies, err := c.load(s)
	if err != nil {
		return err
	}
	dirs, err := c.dirs(studies)
	if err != nil {
		return err
	}
	if len(studies) == 1 {
		return s.run(studies[0], dirs[0], crew, c.Extend)
	}
	worst := exitOK
	for i, one := range studies {
		err := s.run(one, dirs[i], crew, c.Extend)
		if interrupted(err) {
			return err
		}
		if err != nil {
			err = fmt.Errorf("study %s: %w", one.Name, err)
		}
		if code := s.finish(err); worst == exitOK || worst == exitIncomplete && code != exitOK {
			worst = code
		}
	}
	if worst != exitOK {
		return exit(worst)
	}
	return nil
}

// run runs what is left of a study and renders what there is.
func (s *session) run(one loaded, dir string, crew crew, extend bool) error {
	// A folder may ask for other kernels; the next study does not inherit them.
	variant := kernel.Variant()
	defer func() { _ = kernel.Use(variant) }() // it was in use
	st := s.open(dir)
	plan, left, err := s.prepare(one, st, extend)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		if err := s.train(one, plan, left, st, crew); err != nil {
			return err
		}
	}
	now, err := st.Plan()
	if err != nil {
		return err
	}
	if n := len(now.Trials) - len(plan.Trials); n > 0 {
		s.notice(fmt.Sprintf("%s was extended by %s meanwhile", st.Dir, table.Counted(n, "trial")))
		plan = now
	}
	return s.render(st, plan, len(left) > 0)
}

// prepare makes the folder that of the study, and returns the plan and what of
// it is left.
func (s *session) prepare(one loaded, st *store.Store, extend bool) (plan trial.Plan, left []trial.Spec, err error) {
	if err := st.Prepare(); err != nil {
		return plan, nil, err
	}
	if plan, err = s.plan(one.Study, st); err != nil {
		return plan, nil, err
	}
	if one.Trained != nil {
		one.File = filepath.Base(st.Dir.Trained()) // the study in the folder finds it there
	}
	if err := s.pin(st, plan, one.YAML(), extend); err != nil {
		return plan, nil, err
	}
	if one.Trained != nil {
		if err := st.SaveTrained(one.Trained.Write); err != nil {
			return plan, nil, err
		}
	}
	left, err = unfinished(st, plan)
	return plan, left, err
}

// pin makes the plan the folder's, or extends the folder's to it.
func (s *session) pin(st *store.Store, plan trial.Plan, study []byte, extend bool) error {
	if !extend {
		return st.Pin(plan, study)
	}
	added, err := st.Extend(plan, study)
	if err == nil && added > 0 {
		s.notice(fmt.Sprintf("%s added to %s", table.Counted(added, "trial"), st.Dir))
	}
	return err
}

// open returns the store in a folder; what it notices is told to the user.
func (s *session) open(dir string) *store.Store {
	st := store.Open(dir, store.Disk{})
	st.Notice = s.notice
	return st
}

func (s *session) notice(text string) { fmt.Fprintf(s.stderr, "prunelab: %s\n", text) }

// plan resolves the study. A folder that holds a run already fixes the kernels:
// those it was begun with are used again.
func (s *session) plan(parsed *study.Study, st *store.Store) (trial.Plan, error) {
	old, err := st.Plan()
	if err == nil {
		err = s.useKernels(st, old.Kernel)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return trial.Plan{}, err
	}
	return parsed.Plan(kernel.Variant())
}

// useKernels makes the kernels that a run was begun with the ones in use.
func (s *session) useKernels(st *store.Store, begun string) error {
	if begun == kernel.Variant() {
		return nil
	}
	if os.Getenv(kernel.Environment) != "" {
		return usageError{fmt.Errorf("%s was begun with the kernels %s, %s asks for %s; unset it, or give another folder with --out",
			st.Dir, begun, kernel.Environment, kernel.Variant())}
	}
	if err := kernel.Use(begun); err != nil {
		return fmt.Errorf("%s was begun with other kernels, and results of different ones are not mixed: %w; give another folder with --out", st.Dir, err)
	}
	return nil
}

// unfinished lists the trials that the store does not have.
func unfinished(st *store.Store, plan trial.Plan) ([]trial.Spec, error) {
	var left []trial.Spec
	for _, spec := range plan.Trials {
		_, done, err := st.Outcome(spec.Key())
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, spec)
		}
	}
	return left, nil
}

// train runs the trials that are left.
func (s *session) train(one loaded, plan trial.Plan, left []trial.Spec, st *store.Store, crew crew) error {
	e, err := cost.New(one.Study, left)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "%s: %d of %s to run on %s, about %s; results in %s\n",
		plan.Study, len(left), table.Counted(len(plan.Trials), "trial"), table.Counted(crew.workers, "worker"), duration(e.Total(crew.workers)), st.Dir)
	began := time.Now()
	p := newProgress(s.stderr, plan, e, crew.workers)
	st.Notice = func(text string) { p.print([]string{"prunelab: " + text}) }
	c := crew.config(p)
	c.KeepAll = one.Keep
	summary, err := runner.Run(s.ctx, plan, one.splits, st, c)
	p.close()
	st.Notice = s.notice
	if s.ctx.Err() != nil {
		if err != nil && err != context.Cause(s.ctx) { // a checkpoint that could not be kept, say
			s.notice(err.Error())
		}
		return fmt.Errorf("%w with %d of %s done; the same command goes on, prunelab report %s shows what is there",
			context.Cause(s.ctx), summary.Reused+summary.Done, table.Counted(summary.Trials, "trial"), st.Dir)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stderr, "%s: %s run in %s\n", plan.Study, table.Counted(summary.Done, "trial"), duration(time.Since(began)))
	return nil
}

// render renders what there is unless that is done, and says where it is and
// what is missing.
func (s *session) render(st *store.Store, plan trial.Plan, changed bool) error {
	r, err := render.Open(st, plan)
	if err != nil {
		return err
	}
	state := "up to date"
	if changed || !r.UpToDate() {
		if err := r.Update(); err != nil {
			return err
		}
		state = "written"
	}
	fmt.Fprintf(s.stdout, "%s: report, tables and figures %s: %s\n", plan.Study, state, st.Dir.Report())
	return s.missing(st, r.Plan, r.Outcomes)
}

// maxListed bounds the trials that are listed one by one.
const maxListed = 10

// missing lists the trials that diverged or failed; there is an error when
// there are any.
func (s *session) missing(st *store.Store, plan trial.Plan, outcomes []trial.Outcome) error {
	names := labels(plan)
	n := 0
	for _, o := range outcomes {
		if o.Status == trial.Done {
			continue
		}
		if n++; n > maxListed {
			continue
		}
		where := st.Dir.Trial(o.Key)
		if o.Status == trial.Failed {
			where = st.Dir.Stack(o.Key)
		}
		fmt.Fprintf(s.stderr, "prunelab: trial %s (%s) %s: %s; see %s\n", o.Key.Short(), names[o.Key], o.Status, firstLine(o.Error), where)
	}
	if n > maxListed {
		fmt.Fprintf(s.stderr, "prunelab: and %d more\n", n-maxListed)
	}
	if n > 0 {
		return fmt.Errorf("%w: %d of %s diverged or failed", errIncomplete, n, table.Counted(len(plan.Trials), "trial"))
	}
	return nil
}
