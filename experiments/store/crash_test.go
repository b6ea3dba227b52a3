package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
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
		p.Cells = append(p.Cells, trial.Cell{Arm: "L2", Role: trial.Dense, Seed: s.Seed, Key: s.Key()})
		all = append(all, trial.Outcome{
			Key: s.Key(), Spec: s, Status: trial.Done,
			Result: trial.Result{Start: &train.Score{N: 10, Correct: i, Bits: []byte{1, 2}}, Weights: fmt.Sprintf("%064d", i)},
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

// job is a run as the store sees it. It notes what was published.
func job(s *Store, p trial.Plan, all []trial.Outcome, published map[trial.Key]bool) error {
	if err := s.Prepare(); err != nil {
		return err
	}
	if err := s.Pin(p, []byte("name: crash\n")); err != nil {
		return err
	}
	for _, o := range all {
		if err := one(s, o, published); err != nil {
			return err
		}
	}
	return nil
}

var errBusy = errors.New("somebody is at it")

func one(s *Store, o trial.Outcome, published map[trial.Key]bool) (err error) {
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
	if err := s.SaveNetwork(o.Key, func(w io.Writer) error { _, err := w.Write(network(o)); return err }); err != nil {
		return err
	}
	if err := s.Publish(o); err != nil {
		return err
	}
	published[o.Key] = true
	return nil
}

// believed checks that the store believes nothing but what was written whole.
func believed(s *Store, all []trial.Outcome) (map[trial.Key]bool, error) {
	have := map[trial.Key]bool{}
	for _, o := range all {
		got, ok, err := s.Outcome(o.Key)
		if err != nil {
			return nil, err
		}
		if ok && !sameResult(got, o) {
			return nil, fmt.Errorf("a result became %+v", got)
		}
		have[o.Key] = ok
		if _, err := s.LoadNetwork(o.Key, func(r io.Reader) error {
			b, err := io.ReadAll(r)
			if err == nil && !bytes.Equal(b, network(o)) {
				return fmt.Errorf("a network became %q", b)
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return have, nil
}

// Every operation of a run is interrupted in every way; what follows a loss of
// power is taken as badly as file systems allow. Nothing torn is believed,
// nothing published is lost, and the next run completes the folder.
func TestNoCrashPointTearsAResult(t *testing.T) {
	dead := deadPID(t)
	p, all := outcomes(2)
	total := 0
	for _, how := range []fault{crashBefore, crashHalf, crashAfter} {
		for at := 1; ; at++ {
			m := newMemory()
			m.at, m.how = at, how
			s := Open("run", m)
			s.owner.pid = dead // as of a process that was killed
			published := map[trial.Key]bool{}
			err := job(s, p, all, published)
			if !m.down {
				if err != nil {
					t.Fatalf("undisturbed: %v", err)
				}
				break
			}
			total++
			for _, l := range []loss{nothing, unsynced, bytesOnly} {
				where := fmt.Sprintf("fault %d at operation %d (%s), loss %d", how, at, m.calls[at-1], l)
				after := m.after(l)
				again := Open("run", after)
				have, err := believed(again, all)
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				for k := range published {
					if !have[k] {
						t.Fatalf("%s: trial %s was published and is lost", where, k.Short())
					}
				}
				if err := job(again, p, all, map[trial.Key]bool{}); err != nil {
					t.Fatalf("%s: the next run: %v", where, err)
				}
				if have, err = believed(again, all); err != nil || !have[all[0].Key] || !have[all[1].Key] {
					t.Fatalf("%s: after the next run: %v, %v", where, have, err)
				}
				if rest := append(after.all("claims/"), after.all(temporaryPrefix)...); len(rest) > 0 {
					t.Fatalf("%s: left over: %v", where, rest)
				}
				if text, err := again.Study(); err != nil || string(text) != "name: crash\n" {
					t.Fatalf("%s: the study is %q, %v", where, text, err)
				}
			}
		}
	}
	if total < 60 {
		t.Errorf("only %d crash points", total)
	}
	t.Logf("%d crash points, 3 losses each", total)
}

// A full disk or a failing one: the run stops with an error that names a file
// or the folder, no bad file is left, and the next run completes it.
func TestFailingOperationsStopTheRunCleanly(t *testing.T) {
	dead := deadPID(t)
	p, all := outcomes(2)
	for _, errno := range []error{syscall.ENOSPC, syscall.EIO} {
		for at := 1; ; at++ {
			m := newMemory()
			m.at, m.how, m.err = at, refuse, errno
			s := Open("run", m)
			s.owner.pid = dead
			err := job(s, p, all, map[trial.Key]bool{})
			if m.ops < at {
				break
			}
			call := m.calls[at-1]
			after := m.after(nothing)
			again := Open("run", after)
			if _, err := believed(again, all); err != nil {
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
			if err := job(again, p, all, map[trial.Key]bool{}); err != nil {
				t.Fatalf("%v in %s: the next run: %v", errno, call, err)
			}
		}
	}
}

// Another process may begin, and even do all of the work, between any two
// operations of one that begins: neither stops with an error.
func TestRunsThatBeginTogether(t *testing.T) {
	p, all := outcomes(2)
	for _, c := range []struct {
		what  string
		other func(*memory) error
	}{
		{"begins", func(m *memory) error { return Open("run", m).Prepare() }},
		{"does what it can", func(m *memory) error {
			err := job(Open("run", m), p, all, map[trial.Key]bool{})
			if errors.Is(err, errBusy) {
				return nil
			}
			return err
		}},
	} {
		for at := 1; ; at++ {
			m := newMemory()
			s := Open("run", m)
			fired := false
			m.between = func() {
				if m.ops+1 == at && !fired {
					fired = true
					m.between = nil
					if err := c.other(m); err != nil {
						t.Fatalf("another that %s before operation %d: %v", c.what, at, err)
					}
				}
			}
			if err := job(s, p, all, map[trial.Key]bool{}); err != nil {
				t.Fatalf("another %s before operation %d (%s): %v", c.what, at, m.calls[len(m.calls)-1], err)
			}
			if have, err := believed(s, all); err != nil || !have[all[0].Key] || !have[all[1].Key] {
				t.Fatalf("another %s before operation %d: %v, %v", c.what, at, have, err)
			}
			if rest := append(m.all("claims/"), m.all(temporaryPrefix)...); len(rest) > 0 {
				t.Fatalf("another %s before operation %d left %v", c.what, at, rest)
			}
			if !fired {
				break
			}
		}
	}
}
