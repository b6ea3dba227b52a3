package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// outcomes are small trials of a plan.
func outcomes(n int) (trial.Plan, []trial.Outcome) {
	p := trial.Plan{Schema: 1, Study: "crash", Arms: []string{"L2"}}
	var all []trial.Outcome
	for i := range n {
		s := trial.Spec{Schema: 1, Seed: uint64(i + 1)}
		p.Trials = append(p.Trials, s)
		p.Cells = append(p.Cells, trial.Cell{Series: trial.Series{Arm: "L2"}, Role: trial.Dense, Seed: s.Seed, Key: s.Key()})
		all = append(all, trial.Outcome{
			Key: s.Key(), Spec: s, Status: trial.Done,
			Result: trial.Result{Start: &train.Evaluation{N: 64, Correct: i, Bits: binary.LittleEndian.AppendUint64(nil, 1<<i-1)}, Weights: fmt.Sprintf("%064d", i)},
		})
	}
	return p, all
}

func network(o trial.Outcome) []byte { return []byte("the network of " + string(o.Key)) }

// deadPID is the id of a process that is gone.
func deadPID(t *testing.T) int {
	t.Helper()
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Skip(err)
	}
	return c.Process.Pid
}

// checkpoint is the state of a trial's training after so many steps.
func checkpoint(o trial.Outcome, step int) []byte {
	return fmt.Appendf(nil, "%s after %d", o.Key, step)
}

// at is the step that a trial's training goes on from, 0 when it begins anew.
func at(s *Store, o trial.Outcome) (step int, err error) {
	_, err = s.LoadCheckpoint(o.Key, func(r io.Reader) error {
		b, err := io.ReadAll(r)
		for _, n := range []int{1, 2, 3} {
			if bytes.Equal(b, checkpoint(o, n)) {
				step = n
				return err
			}
		}
		return fmt.Errorf("a checkpoint became %q", b)
	})
	return step, err
}

// kept is what a run was told is on the disk.
type kept struct {
	published map[trial.Key]bool
	steps     map[trial.Key]int // of the last checkpoint
}

func nothingKept() kept { return kept{map[trial.Key]bool{}, map[trial.Key]int{}} }

// study is the text of a study of so many trials.
func study(p trial.Plan) []byte { return fmt.Appendf(nil, "name: crash\ntrials: %d\n", len(p.Trials)) }

// job is a run as the store sees it: of the first trial, and then with a plan
// that is extended by the others. It notes what it kept.
func job(s *Store, all []trial.Outcome, k kept) error {
	have, err := s.Plan()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for n := max(1, len(have.Trials)); n <= len(all); n++ {
		if err := s.Prepare(); err != nil {
			return err
		}
		p, _ := outcomes(n)
		if _, err := s.Extend(p, study(p)); err != nil {
			return err
		}
		k.published[planKey(n)] = true
		for _, o := range all[:n] {
			if err := one(s, o, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// planKey stands for the plan of n trials among what is kept.
func planKey(n int) trial.Key { return trial.Key(fmt.Sprint("plan of ", n)) }

var errBusy = errors.New("somebody is at it")

func one(s *Store, o trial.Outcome, k kept) (err error) {
	c, err := s.claim(string(o.Key))
	if err != nil {
		return err
	}
	if c == nil {
		return errBusy
	}
	defer func() {
		if released := c.release(); err == nil {
			err = released
		}
	}()
	if _, ok, err := s.Outcome(o.Key); err != nil || ok {
		return err
	}
	last := 3
	if o.Spec.Seed > 1 { // fails at first, and is short
		last = 1
		if err := s.Fail(trial.Outcome{Key: o.Key, Spec: o.Spec, Status: trial.Failed, Error: "at first"}); err != nil {
			return err
		}
	}
	step, err := at(s, o)
	if err != nil {
		return err
	}
	for step++; step <= last; step++ {
		if err := s.SaveCheckpoint(o.Key, step, func(w io.Writer) error { _, err := w.Write(checkpoint(o, step)); return err }); err != nil {
			return err
		}
		k.steps[o.Key] = step
	}
	if err := s.SaveNetwork(o.Key, func(w io.Writer) error { _, err := w.Write(network(o)); return err }); err != nil {
		return err
	}
	if err := s.Publish(o); err != nil {
		return err
	}
	k.published[o.Key] = true
	return s.DropCheckpoints(o.Key)
}

// believed checks that the store believes nothing but what was written whole,
// and returns which trials are finished and from where the others go on.
func believed(s *Store, all []trial.Outcome) (have map[trial.Key]bool, steps map[trial.Key]int, err error) {
	have, steps = map[trial.Key]bool{}, map[trial.Key]int{}
	p, text, err := s.Run()
	switch {
	case errors.Is(err, fs.ErrNotExist): // of the plan, or of the first one's study
	case err != nil:
		return nil, nil, err
	case string(text) != string(study(p)):
		return nil, nil, fmt.Errorf("the plan has %d trials, its study is %q", len(p.Trials), text)
	}
	for n := range p.Trials {
		have[planKey(n+1)] = true
	}
	for _, o := range all {
		got, ok, err := s.Outcome(o.Key)
		if err != nil {
			return nil, nil, err
		}
		if ok && !SameResult(got, o) {
			return nil, nil, fmt.Errorf("a result became %+v", got)
		}
		have[o.Key] = ok
		if f, failed, err := s.Failure(o.Key); err != nil || failed && f.Error != "at first" {
			return nil, nil, fmt.Errorf("a failure became %+v, %w", f, err)
		}
		if steps[o.Key], err = at(s, o); err != nil {
			return nil, nil, err
		}
		if _, err := s.LoadNetwork(o.Key, func(r io.Reader) error {
			b, err := io.ReadAll(r)
			if err == nil && !bytes.Equal(b, network(o)) {
				return fmt.Errorf("a network became %q", b)
			}
			return err
		}); err != nil {
			return nil, nil, err
		}
	}
	return have, steps, nil
}

// Every operation of a run is interrupted in every way; what follows a loss of
// power is taken as badly as file systems allow. Nothing torn is believed,
// nothing published is lost, and the next run completes the folder.
func TestNoCrashPointTearsAResult(t *testing.T) {
	dead := deadPID(t)
	_, all := outcomes(2)
	total := 0
	for _, how := range []fault{crashBefore, crashHalf, crashAfter} {
		for at := 1; ; at++ {
			m := newMemory()
			m.at, m.how = at, how
			s := Open("run", m)
			s.owner.pid = dead // as of a process that was killed
			k := nothingKept()
			err := job(s, all, k)
			if !m.down {
				if err != nil {
					t.Fatalf("undisturbed: %v", err)
				}
				break
			}
			total++
			for _, l := range []loss{nothing, unsynced, bytesOnly, removals} {
				where := fmt.Sprintf("fault %d at operation %d (%s), loss %d", how, at, m.calls[at-1], l)
				after := m.after(l)
				again := Open("run", after)
				have, steps, err := believed(again, all)
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				for n := range all {
					if k.published[planKey(n+1)] && !have[planKey(n+1)] {
						t.Fatalf("%s: the plan of %d trials was in force and is lost", where, n+1)
					}
				}
				for _, o := range all {
					if k.published[o.Key] && !have[o.Key] {
						t.Fatalf("%s: trial %s was published and is lost", where, o.Key.Short())
					}
					if !have[o.Key] && steps[o.Key] < k.steps[o.Key] {
						t.Fatalf("%s: the training goes on from step %d, %d was kept", where, steps[o.Key], k.steps[o.Key])
					}
				}
				if err := job(again, all, nothingKept()); err != nil {
					t.Fatalf("%s: the next run: %v", where, err)
				}
				if have, _, err = believed(again, all); err != nil || !have[all[0].Key] || !have[all[1].Key] {
					t.Fatalf("%s: after the next run: %v, %v", where, have, err)
				}
				if rest := slices.Concat(after.all("claims/"), after.all("failed/"), after.all("checkpoints/"), after.all(temporaryPrefix)); len(rest) > 0 {
					t.Fatalf("%s: left over: %v", where, rest)
				}
				if text, err := after.ReadFile("run/study.yaml", 100); err != nil || string(text) != string(study(trial.Plan{Trials: make([]trial.Spec, 2)})) {
					t.Fatalf("%s: the study is %q, %v", where, text, err)
				}
			}
		}
	}
	if total < 150 {
		t.Errorf("only %d crash points", total)
	}
	t.Logf("%d crash points, 4 losses each", total)
}

// A full disk or a failing one: the run stops with an error that names a file
// or the folder, no bad file is left, and the next run completes it.
func TestFailingOperationsStopTheRunCleanly(t *testing.T) {
	dead := deadPID(t)
	_, all := outcomes(2)
	for _, errno := range []error{syscall.ENOSPC, syscall.EIO} {
		for at := 1; ; at++ {
			m := newMemory()
			m.at, m.how, m.err = at, refuse, errno
			s := Open("run", m)
			s.owner.pid = dead
			err := job(s, all, nothingKept())
			if m.ops < at {
				break
			}
			call := m.calls[at-1]
			after := m.after(nothing)
			again := Open("run", after)
			if _, _, err := believed(again, all); err != nil {
				t.Fatalf("%v in %s: %v", errno, call, err)
			}
			if bad := after.all("corrupt/"); len(bad) > 0 {
				t.Fatalf("%v in %s left the bad file %v", errno, call, bad)
			}
			// An operation whose failure is harmless may pass: reading a claim
			// in order to clear up, removing what another might have removed.
			if err == nil && !strings.HasPrefix(call, "read run/claims") && !strings.HasPrefix(call, "remove ") {
				t.Fatalf("%v in %s went unnoticed", errno, call)
			}
			if err != nil && (!errors.Is(err, errno) || !strings.Contains(err.Error(), "run")) {
				t.Fatalf("%v in %s was reported as: %v", errno, call, err)
			}
			if err := job(again, all, nothingKept()); err != nil {
				t.Fatalf("%v in %s: the next run: %v", errno, call, err)
			}
		}
	}
}

// Another process may begin, and even do all of the work, between any two
// operations of one that begins: neither stops with an error.
func TestRunsThatBeginTogether(t *testing.T) {
	_, all := outcomes(2)
	for _, c := range []struct {
		what  string
		other func(*memory) error
	}{
		{"begins", func(m *memory) error { return Open("run", m).Prepare() }},
		{"does what it can", func(m *memory) error {
			err := job(Open("run", m), all, nothingKept())
			if errors.Is(err, errBusy) {
				return nil
			}
			return err
		}},
	} {
		for at := 1; ; at++ {
			m := newMemory()
			s := Open("run", m)
			happened := m.before(at, func() {
				if err := c.other(m); err != nil {
					t.Errorf("another that %s before operation %d: %v", c.what, at, err)
				}
			})
			err := job(s, all, nothingKept())
			var overtaken *Mismatch
			if errors.As(err, &overtaken) && overtaken.Part { // the other one has extended the plan meanwhile
				err = job(s, all, nothingKept())
			}
			if err != nil {
				t.Fatalf("another %s before operation %d (%s): %v", c.what, at, m.calls[len(m.calls)-1], err)
			}
			if have, _, err := believed(s, all); err != nil || !have[all[0].Key] || !have[all[1].Key] {
				t.Fatalf("another %s before operation %d: %v, %v", c.what, at, have, err)
			}
			if rest := slices.Concat(m.all("claims/"), m.all("failed/"), m.all("checkpoints/"), m.all(temporaryPrefix)); len(rest) > 0 {
				t.Fatalf("another %s before operation %d left %v", c.what, at, rest)
			}
			if !happened() {
				break
			}
		}
	}
}
