package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"prunelab/experiments/trial"
)

// begun is a folder with a trial, all of it on the disk.
func begun(t *testing.T, all []trial.Outcome) *memory {
	t.Helper()
	m := newMemory()
	s := Open("run", m)
	if err := errors.Join(s.Prepare(), s.Publish(all[0])); err != nil {
		t.Fatal(err)
	}
	return m.after(bytesOnly)
}

// packedTwice packs what is there, packs the last trial into that, and unpacks
// both.
func packedTwice(s *Store, all []trial.Outcome) error {
	if _, err := s.Pack(); err != nil {
		return err
	}
	if err := s.Publish(all[1]); err != nil {
		return err
	}
	if _, err := s.Pack(); err != nil {
		return err
	}
	_, err := s.Unpack()
	return err
}

// changing are the operations of a folder that change something, by number; to be
// interrupted before or after another is the same.
func changing(m *memory) (ops []int) {
	for i, call := range m.calls {
		verb, _, _ := strings.Cut(call, " ")
		if !slices.Contains([]string{"read", "list", "look", "open", "close"}, verb) {
			ops = append(ops, i+1)
		}
	}
	return ops
}

// asPublished checks that of the trials those that are there are there byte for
// byte, in their files or in the pack, and returns how many that are.
func asPublished(m *memory, all []trial.Outcome, texts [][]byte) (there int, err error) {
	s := Open("run", m)
	for i, o := range all {
		got, ok, err := s.Outcome(o.Key)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		there++
		p, err := s.packed()
		if err != nil {
			return 0, err
		}
		in := p.text(o.Key)
		if file := m.names[s.Dir.Trial(o.Key)]; file != nil {
			in = file.data
		}
		if !SameResult(got, o) || !bytes.Equal(in, texts[i]) {
			return 0, fmt.Errorf("trial %d became %q", i, in)
		}
	}
	if bad := m.all("corrupt/"); len(bad) > 0 {
		return 0, fmt.Errorf("bad files: %v", bad)
	}
	return there, nil
}

// next are what can follow when packing was interrupted.
var next = map[string]func(*Store) error{
	"pack":   func(s *Store) error { _, err := s.Pack(); return err },
	"unpack": func(s *Store) error { _, err := s.Unpack(); return err },
}

// Packing and unpacking are interrupted in every way, by a kill or a loss of power
// that takes as much as file systems allow. Whatever was published is read
// afterwards, byte for byte; and what follows completes the folder.
func TestNoCrashPointLosesAPackedTrial(t *testing.T) {
	dead := deadPID(t)
	_, all := outcomes(2)
	texts := sealedTexts(t, all)
	want := zipped(t, texts...)
	undisturbed := begun(t, all)
	if err := packedTwice(Open("run", undisturbed), all); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, how := range []fault{crashBefore, crashHalf, crashAfter} {
		for _, at := range changing(undisturbed) {
			m := begun(t, all)
			m.at, m.how = at, how
			s := Open("run", m)
			s.owner.pid = dead // as of a process that was killed
			if err := packedTwice(s, all); !m.down {
				t.Fatalf("operation %d is not there: %v", at, err)
			}
			total++
			published := 1
			if slices.Contains(m.calls[:at-1], "remove "+s.Dir.Stack(all[1].Key)) { // the last thing of publishing
				published = 2
			}
			for _, l := range []loss{nothing, unsynced, bytesOnly, removals} {
				where := fmt.Sprintf("fault %d at operation %d (%s), loss %d", how, at, m.calls[at-1], l)
				there, err := asPublished(m.after(l), all, texts)
				if err != nil || there < published {
					t.Fatalf("%s: %d of %d published trials are there, %v", where, there, published, err)
				}
				for what, do := range next {
					m := m.after(l)
					s := Open("run", m)
					if err := do(s); err != nil && (what != "unpack" || !errors.Is(err, ErrNoTrials)) {
						t.Fatalf("%s, then %s: %v", where, what, err)
					}
					switch pack := m.names[s.Dir.Pack()]; {
					case what == "pack" && (len(m.all("trials/")) > 0 || there == 2 && !bytes.Equal(pack.data, want)):
						t.Fatalf("%s, then packed: %v, or the pack is another", where, m.all("trials/"))
					case what == "unpack" && (len(m.all("trials/")) != there || pack != nil):
						t.Fatalf("%s, then unpacked: %v", where, m.all(""))
					}
					if now, err := asPublished(m, all, texts); err != nil || now != there {
						t.Fatalf("%s, then %s: %d of %d trials are there, %v", where, what, now, there, err)
					}
					if rest := slices.Concat(m.all("claims/"), m.all(temporaryPrefix)); len(rest) > 0 {
						t.Fatalf("%s, then %s: left over: %v", where, what, rest)
					}
				}
			}
		}
	}
	if total < 150 {
		t.Errorf("only %d crash points", total)
	}
	t.Logf("%d crash points, 4 losses each", total)
}

// It is killed, and when what follows is at work the power fails: what the killed
// one had not brought to the disk is not relied on.
func TestLossOfPowerAfterAKillLosesNoPackedTrial(t *testing.T) {
	dead := deadPID(t)
	_, all := outcomes(2)
	texts := sealedTexts(t, all)
	total := 0
	for _, c := range []struct {
		what  string
		begin func() *memory
		do    func(*Store) error
		least int // trials that are there from the first
	}{
		{"packing twice", func() *memory { return begun(t, all) }, func(s *Store) error { return packedTwice(s, all) }, 1},
		{"unpacking", func() *memory { _, m, _ := packedStore(t, 2); return m.after(bytesOnly) }, next["unpack"], 2},
	} {
		undisturbed := c.begin()
		if err := c.do(Open("run", undisturbed)); err != nil {
			t.Fatal(err)
		}
		for _, at := range changing(undisturbed) {
			killed := c.begin()
			killed.at, killed.how = at, crashAfter
			s := Open("run", killed)
			s.owner.pid = dead
			if err := c.do(s); !killed.down {
				t.Fatalf("operation %d is not there: %v", at, err)
			}
			for what, do := range next {
				undisturbed := killed.after(nothing)
				if err := do(Open("run", undisturbed)); err != nil && !errors.Is(err, ErrNoTrials) {
					t.Fatal(err)
				}
				for _, again := range changing(undisturbed) {
					m := killed.after(nothing)
					m.at, m.how = again, crashAfter
					if err := do(Open("run", m)); !m.down {
						t.Fatalf("operation %d of what follows is not there: %v", again, err)
					}
					total++
					for _, l := range []loss{unsynced, removals} {
						if there, err := asPublished(m.after(l), all, texts); err != nil || there < c.least {
							t.Fatalf("%s, killed after operation %d (%s), then without power (%d) in %s after operation %d (%s): %d trials are there, %v",
								c.what, at, killed.calls[at-1], l, what, again, m.calls[again-1], there, err)
						}
					}
				}
			}
		}
	}
	t.Logf("%d pairs of crashes", total)
}

// A disk that is full or fails stops it with an error that names a file of the
// folder; nothing is lost, and doing it again completes it.
func TestFailingOperationsStopPackingCleanly(t *testing.T) {
	dead := deadPID(t)
	_, all := outcomes(2)
	texts := sealedTexts(t, all)
	for _, errno := range []error{syscall.ENOSPC, syscall.EIO} {
		for at := 1; ; at++ {
			m := begun(t, all)
			m.at, m.how, m.err = at, refuse, errno
			s := Open("run", m)
			s.owner.pid = dead
			err := packedTwice(s, all)
			if m.ops < at {
				break
			}
			call := m.calls[at-1]
			if err == nil && !strings.HasPrefix(call, "read run/claims") && !strings.HasPrefix(call, "remove ") {
				t.Fatalf("%v in %s went unnoticed", errno, call)
			}
			if err != nil && (!errors.Is(err, errno) || !strings.Contains(err.Error(), "run")) {
				t.Fatalf("%v in %s was reported as: %v", errno, call, err)
			}
			after := m.after(nothing)
			if _, err := asPublished(after, all, texts); err != nil {
				t.Fatalf("%v in %s: %v", errno, call, err)
			}
			if err := packedTwice(Open("run", after), all); err != nil {
				t.Fatalf("%v in %s: again: %v", errno, call, err)
			}
			if there, err := asPublished(after, all, texts); err != nil || there != 2 {
				t.Fatalf("%v in %s: again: %d trials, %v", errno, call, there, err)
			}
		}
	}
}

// Between any two operations of one who reads or publishes, another may pack or
// unpack the folder, and have published the same trial before: nothing is missing
// at any moment, nothing is there twice in the end.
func TestFolderIsPackedWhileItIsUsed(t *testing.T) {
	_, all := outcomes(3)
	texts := sealedTexts(t, all)
	twin := all[2]
	twin.Timing.Seconds = 7 // another process ran it, too
	pack := func(s *Store) error { _, err := s.Pack(); return err }
	unpack := func(s *Store) error { _, err := s.Unpack(); return err }
	publishAndPack := func(s *Store) error {
		if err := s.Publish(twin); err != nil {
			return err
		}
		return pack(s)
	}
	read := func(s *Store) error {
		plan, _ := outcomes(2)
		left, err := s.Unfinished(plan)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%d trials are missing", len(left))
		}
		if err != nil {
			return err
		}
		done, err := s.published()
		if err == nil && !(done[all[0].Key] && done[all[1].Key]) {
			err = fmt.Errorf("published are %v", done)
		}
		return err
	}
	publish := func(s *Store) error { return s.Publish(all[2]) }
	for _, c := range []struct {
		what       string
		begin      func(*Store) error
		one, other func(*Store) error
	}{
		{"packs while one reads", func(*Store) error { return nil }, read, pack},
		{"unpacks while one reads", pack, read, unpack},
		{"packs while one publishes", func(*Store) error { return nil }, publish, pack},
		{"publishes the same and packs while one publishes", func(*Store) error { return nil }, publish, publishAndPack},
		{"unpacks while one publishes", pack, publish, unpack},
	} {
		for at := 1; ; at++ {
			m := newMemory()
			s, other := Open("run", m), Open("run", m)
			if err := errors.Join(s.Prepare(), s.Publish(all[0]), s.Publish(all[1]), c.begin(s)); err != nil {
				t.Fatal(err)
			}
			first := m.ops
			happened := m.before(first+at, func() {
				if err := c.other(other); err != nil {
					t.Errorf("another %s, before operation %d: %v", c.what, at, err)
				}
			})
			if err := c.one(s); err != nil {
				t.Fatalf("another %s, before operation %d (%s): %v", c.what, at, m.calls[first+at-1], err)
			}
			m.between.Store(nil)
			fired := happened()
			if fired && strings.Contains(c.what, "the same") {
				texts[2] = sealedTexts(t, []trial.Outcome{twin})[0]
				if _, err := asPublished(m, all, texts); err != nil { // or the one that was there before
					texts[2] = sealedTexts(t, all)[2]
				}
			} else {
				texts[2] = sealedTexts(t, all)[2]
			}
			if _, err := asPublished(m, all, texts); err != nil {
				t.Fatalf("another %s, before operation %d: %v", c.what, at, err)
			}
			if err := pack(s); err != nil || len(m.all("trials/")) > 0 {
				t.Fatalf("another %s, before operation %d: packed again: %v, %v", c.what, at, err, m.all("trials/"))
			}
			if !fired {
				break
			}
		}
	}
}

// Two do not pack at the same time: each removes what the other may rely on.
func TestOnePacksAtATime(t *testing.T) {
	s, m, _ := packedStore(t, 2)
	other := Open("run", m)
	release, err := other.alone()
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"pack":   func() error { _, err := s.Pack(); return err },
		"unpack": func() error { _, err := s.Unpack(); return err },
	} {
		s.lease = 6 // nanoseconds: it is silent for longer
		for range 2 {
			if err := try(); err == nil || !strings.Contains(err.Error(), "is packing or unpacking run; wait for it; if it is no more, remove run/claims/pack.1") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unpack(); err != nil {
		t.Error(err)
	}
	if _, err := s.Unpack(); !errors.Is(err, ErrNoTrials) {
		t.Errorf("nothing to unpack: %v", err)
	}
}
