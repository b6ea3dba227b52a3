package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"prunelab/cmd/prunelab/internal/render"
	"prunelab/experiments/cost"
	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

type verifyCmd struct {
	runDir
	dataFlags
	workersFlag
	checkpointFlag
	Trials int    `default:"2" help:"Finished trials to run again, chosen at random; 0: none."`
	Seed   uint64 `default:"1" help:"Of the choice."`
}

func (*verifyCmd) Help() string {
	return `Reads every file of a run and compares it with the digest that it carries, or that
was noted when it was rendered; then runs some finished trials again, with what
they start from, in a temporary folder, and compares the results bit for bit.
Nothing is written to the run's folder. The exit code is 0 when everything holds
and 1 when anything does not; each file and trial at fault is named.

  prunelab verify results/quick
  prunelab verify results/quick --trials 10 --seed 7
  prunelab verify results/quick --trials 0       digests alone`
}

// verification is what was found so far.
type verification struct {
	s     *session
	st    *store.Store
	wrong int
}

// Run verifies a run.
func (c *verifyCmd) Run(s *session) error {
	crew, err := newCrew(c.workersFlag, c.checkpointFlag)
	if err != nil {
		return err
	}
	if c.Trials < 0 {
		return usageError{fmt.Errorf("--trials %d: a number of trials is needed, or 0", c.Trials)}
	}
	v := &verification{s: s}
	damaged := map[string]bool{} // named once, however often it is read
	v.st = store.Inspect(c.Dir, store.Disk{}, func(name string, why error) {
		if !damaged[name] {
			v.fault("%s is damaged: %v", name, why)
		}
		damaged[name] = true
	})
	plan, text, err := v.st.Run()
	if err != nil {
		return err
	}
	if err := v.files(plan); err != nil {
		return err
	}
	outcomes, err := v.outcomes(plan)
	if err != nil {
		return err
	}
	if err := v.rendered(); err != nil {
		return err
	}
	if c.Trials > 0 {
		parsed, err := s.parse(v.st.Dir.Study(), text, nil, c.dataFlags)
		if err != nil {
			return err
		}
		expanded, err := s.plan(parsed.Study, v.st)
		if err != nil {
			return err
		}
		var other *store.Mismatch
		if errors.As(v.st.Compare(plan, expanded), &other) {
			v.fault("%s does not give the plan:\n  %s", v.st.Dir.Study(), strings.Join(other.Differences, "\n  "))
		}
		again := sample(plan, outcomes, c.Trials, c.Seed)
		e, err := cost.New(parsed.Study, again.Trials)
		if err != nil {
			return err
		}
		if err := v.recompute(again, outcomes, parsed, e, crew); err != nil {
			return err
		}
	}
	if v.wrong > 0 {
		return fmt.Errorf("%s does not hold what it should: %d faults, named above", v.st.Dir, v.wrong)
	}
	fmt.Fprintln(s.stdout, "everything holds")
	return nil
}

// fault names something that is wrong.
func (v *verification) fault(format string, args ...any) {
	v.wrong++
	v.s.notice(fmt.Sprintf(format, args...))
}

func (v *verification) line(what, format string, args ...any) {
	fmt.Fprintf(v.s.stdout, "%-10s  "+format+"\n", append([]any{what}, args...)...)
}

// files checks the digests of what the store keeps.
func (v *verification) files(plan trial.Plan) error {
	c, err := v.st.Check(plan)
	if err != nil {
		return err
	}
	for _, name := range c.Conflicts {
		v.fault("%s: a trial that ran twice gave two results", name)
	}
	for _, name := range c.Corrupt {
		v.s.notice(name + " was found damaged earlier and put aside")
	}
	for _, name := range c.Strange {
		v.s.notice(name + " is of no trial of the plan")
	}
	v.line("digests", "%d plans, %d results, %d failures, %d networks, %d checkpoints were read", c.Plans, c.Trials, c.Failures, c.Networks, c.Checkpoints)
	return nil
}

// outcomes returns the finished trials and checks the networks that are kept of
// them.
func (v *verification) outcomes(plan trial.Plan) (map[trial.Key]trial.Outcome, error) {
	outcomes := map[trial.Key]trial.Outcome{}
	networks := 0
	for _, spec := range plan.Trials {
		key := spec.Key()
		o, ok, err := v.st.Outcome(key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		outcomes[key] = o
		kept, err := v.st.LoadNetwork(key, func(r io.Reader) error {
			net, err := nn.New(spec.Net)
			if err == nil {
				err = net.Read(r)
			}
			if err == nil && net.Digest() != o.Result.Weights {
				err = errors.New("it is not the network that the trial ended with")
			}
			if err != nil {
				v.fault("the network of trial %s in %s: %v", key, v.st.Dir.Cache(), err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if kept {
			networks++
		}
	}
	v.line("trials", "%d of %d are finished; %d of their networks are kept", len(outcomes), len(plan.Trials), networks)
	return outcomes, nil
}

// rendered checks tables, figures and reports against the note of their
// rendering.
func (v *verification) rendered() error {
	n, err := render.Check(v.st.Dir, v.fault)
	switch {
	case err != nil:
		return err
	case n == 0:
		v.line("rendered", "nothing yet")
	default:
		v.line("rendered", "%d tables, figures and reports were read", n)
	}
	return nil
}

// sample chooses n finished trials and returns them as a plan, with all that
// they start from.
func sample(plan trial.Plan, outcomes map[trial.Key]trial.Outcome, n int, seed uint64) trial.Plan {
	var finished []trial.Spec
	for _, spec := range plan.Trials {
		if _, ok := outcomes[spec.Key()]; ok {
			finished = append(finished, spec)
		}
	}
	rng.Stream(seed, "verify").Shuffle(len(finished), func(i, j int) { finished[i], finished[j] = finished[j], finished[i] })
	wanted := map[trial.Key]bool{}
	for _, spec := range finished[:min(n, len(finished))] {
		wanted[spec.Key()] = true
		for len(spec.Levels) > 0 {
			spec = spec.Start()
			wanted[spec.Key()] = true
		}
	}
	again := plan
	again.Trials = nil
	for _, spec := range plan.Trials {
		if wanted[spec.Key()] {
			again.Trials = append(again.Trials, spec)
		}
	}
	return again
}

// recompute runs trials in a folder of their own and compares the results.
func (v *verification) recompute(again trial.Plan, outcomes map[trial.Key]trial.Outcome, one loaded, e *cost.Estimate, crew crew) error {
	if len(again.Trials) == 0 {
		v.line("recomputed", "nothing, as no trial is finished")
		return nil
	}
	dir, err := os.MkdirTemp("", "prunelab-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scratch := v.s.open(dir)
	if err := scratch.Prepare(); err != nil {
		return err
	}
	if one.Trained != nil {
		if err := scratch.SaveTrained(one.Trained.Write); err != nil {
			return err
		}
	}
	fmt.Fprintf(v.s.stderr, "%s: %d trials to run again on %d workers, about %s\n", again.Study, len(again.Trials), crew.workers, duration(e.Total(crew.workers)))
	p := newProgress(v.s.stderr, again, e, crew.workers)
	_, err = runner.Run(v.s.ctx, again, one.splits, scratch, runner.Config{Workers: crew.workers, Checkpoint: crew.checkpoint, Provenance: provenance(), Progress: p})
	p.close()
	if err != nil {
		return err
	}
	names := labels(again)
	equal := 0
	for _, spec := range again.Trials {
		key := spec.Key()
		was, ok := outcomes[key]
		if !ok {
			continue // what a finished one starts from, but has been lost
		}
		now, ok, err := scratch.Outcome(key)
		if err == nil && !ok {
			now, ok, err = scratch.Failure(key)
		}
		switch {
		case err != nil:
			return err
		case !ok:
			return fmt.Errorf("trial %s was not run again", key)
		case store.SameResult(was, now):
			equal++
		default:
			v.fault("trial %s (%s) gives another result than %s:\n  %s", key.Short(), names[key], v.st.Dir.Trial(key), strings.Join(few(was.Differences(now, "there", "now")), "\n  "))
		}
	}
	v.line("recomputed", "%d trials with the kernels %s, those that they start from included; %d are the same bit for bit", len(again.Trials), again.Kernel, equal)
	return nil
}

// few are the first of many.
func few[T any](all []T) []T { return all[:min(len(all), maxListed)] }
