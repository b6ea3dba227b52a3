package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/prune"
	"prunelab/model/train"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a store on the disk, and what it told.
func open(t *testing.T) (*Store, *[]string) {
	t.Helper()
	s := Open(filepath.Join(t.TempDir(), "run"), Disk{})
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	var told []string
	s.Notice = func(m string) { told = append(told, m) }
	return s, &told
}

func TestOutcomeOnDisk(t *testing.T) {
	s, told := open(t)
	p, all := outcomes(3)
	if err := s.Pin(p, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Outcome(all[0].Key); ok || err != nil {
		t.Fatalf("a result before there is one: %v, %v", ok, err)
	}
	for _, o := range all[:2] {
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	again := all[0]
	again.Timing.Seconds, again.Provenance.Host = 3, "elsewhere" // not compared
	if err := s.Publish(again); err != nil {
		t.Errorf("the same result again: %v", err)
	}
	got, err := s.Outcomes(p)
	if err != nil || len(got) != 2 || !SameResult(got[0], all[0]) || !SameResult(got[1], all[1]) {
		t.Errorf("outcomes %+v, %v", got, err)
	}
	if got[0].Timing.Seconds != 0 {
		t.Error("the second writer won")
	}
	info, err := os.Stat(s.Dir.Trial(all[0].Key))
	if err != nil || info.Mode().Perm()&0o044 != 0o044 {
		t.Errorf("mode %v, %v; others have to be able to read it", info.Mode(), err)
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}

// What a run leaves is JSON with names and numbers: whoever has no copy of this
// program reads it with any other.
func TestResultsAreReadableWithoutTheProgram(t *testing.T) {
	s, _ := open(t)
	spec := trial.Spec{Schema: 1, Seed: 7, Data: dataset.Config{Name: "mnist", Digest: "abc"}, Levels: []trial.Level{
		{Prune: prune.Config{Layers: []string{"fc1"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.9}}}}}
	p := trial.Plan{Schema: 1, Study: "readable", Arms: []string{"L2"}, Trials: []trial.Spec{spec},
		Cells: []trial.Cell{{Series: trial.Series{Arm: "L2", Target: "fc1", Method: trial.Plain(), Parameter: trial.Ratio}, Requested: 0.9, Role: trial.Point, Seed: 7, Key: spec.Key()}}}
	o := trial.Outcome{Key: spec.Key(), Spec: spec, Status: trial.Done, Result: trial.Result{
		Pruned: &train.Evaluation{N: 5000, Correct: 4711, Loss: 0.25}, Weights: "digest",
		Layers: []trial.LayerResult{{Name: "fc1", Size: 1000, Requested: 900, Removed: 899}}}}
	if err := s.Pin(p, []byte("name: readable\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(o); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file string
		path []any
		want any
	}{
		{s.Dir.Trial(o.Key), []any{"outcome", "key"}, string(o.Key)},
		{s.Dir.Trial(o.Key), []any{"outcome", "status"}, "done"},
		{s.Dir.Trial(o.Key), []any{"outcome", "spec", "seed"}, 7.0},
		{s.Dir.Trial(o.Key), []any{"outcome", "spec", "data", "name"}, "mnist"},
		{s.Dir.Trial(o.Key), []any{"outcome", "spec", "levels", 0, "prune", "layers", 0}, "fc1"},
		{s.Dir.Trial(o.Key), []any{"outcome", "spec", "levels", 0, "prune", "amounts", 0}, 0.9},
		{s.Dir.Trial(o.Key), []any{"outcome", "result", "pruned", "correct"}, 4711.0},
		{s.Dir.Trial(o.Key), []any{"outcome", "result", "pruned", "n"}, 5000.0},
		{s.Dir.Trial(o.Key), []any{"outcome", "result", "pruned", "loss"}, 0.25},
		{s.Dir.Trial(o.Key), []any{"outcome", "result", "layers", 0, "requested"}, 900.0},
		{s.Dir.Trial(o.Key), []any{"outcome", "result", "layers", 0, "removed"}, 899.0},
		{s.Dir.Plan(), []any{"plan", "cells", 0, "target"}, "fc1"},
		{s.Dir.Plan(), []any{"plan", "cells", 0, "key"}, string(o.Key)},
	} {
		b, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatalf("%s is no JSON: %v", filepath.Base(c.file), err)
		}
		for _, step := range c.path {
			switch step := step.(type) {
			case string:
				m, _ := v.(map[string]any)
				v = m[step]
			case int:
				if l, _ := v.([]any); step < len(l) {
					v = l[step]
				}
			}
		}
		if v != c.want {
			t.Errorf("%s, %v: %v, want %v", filepath.Base(c.file), c.path, v, c.want)
		}
	}
}

func TestSecondResultThatDiffersIsReported(t *testing.T) {
	s, _ := open(t)
	_, all := outcomes(1)
	if err := s.Publish(all[0]); err != nil {
		t.Fatal(err)
	}
	other := all[0]
	other.Result.Weights = "other"
	err := s.Publish(other)
	if !errors.Is(err, ErrConflict) {
		t.Fatalf("got %v", err)
	}
	if kept, _ := os.ReadDir(s.Dir.Conflicts()); len(kept) != 1 {
		t.Errorf("%d second results are kept", len(kept))
	}
	if got, ok, _ := s.Outcome(all[0].Key); !ok || got.Result.Weights != all[0].Result.Weights {
		t.Error("the first result was not kept")
	}
}

func TestFailuresAreTriedAgain(t *testing.T) {
	s, _ := open(t)
	p, all := outcomes(1)
	failed := trial.Outcome{Key: all[0].Key, Spec: all[0].Spec, Status: trial.Failed, Error: "index out of range\ngoroutine 1"}
	for range 2 {
		if err := s.Fail(failed); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, _ := s.Outcome(failed.Key); ok {
		t.Error("a failure counts as a result")
	}
	if b, err := os.ReadFile(s.Dir.Stack(failed.Key)); err != nil || string(b) != failed.Error+"\n" {
		t.Errorf("the stack reads %q, %v", b, err)
	}
	if got, err := s.Outcomes(p); err != nil || len(got) != 1 || got[0].Status != trial.Failed {
		t.Errorf("outcomes %+v, %v", got, err)
	}
	if err := s.Publish(all[0]); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Outcomes(p); err != nil || len(got) != 1 || got[0].Status != trial.Done {
		t.Errorf("outcomes %+v, %v", got, err)
	}
	if _, ok, _ := s.Failure(failed.Key); ok {
		t.Error("the failure is still there")
	}
	if rest, _ := os.ReadDir(s.Dir.Failures()); len(rest) > 0 {
		t.Errorf("still there: %v", rest)
	}
}

// A file of a result with any bit turned over or cut at any length is refused,
// or says the same.
func TestAlteredFilesAreNoticed(t *testing.T) {
	_, all := outcomes(1)
	o := all[0]
	text, err := seal("outcome", o)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, altered []byte) {
		m := newMemory()
		s := Open("run", m)
		if err := s.Prepare(); err != nil {
			t.Fatal(err)
		}
		name := s.Dir.Trial(o.Key)
		m.names[name] = &inode{data: altered}
		got, ok, err := s.Outcome(o.Key)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok && !SameResult(got, o) {
			t.Fatalf("%s: believed", what)
		}
		if ok == bytes.Equal(altered, text) {
			if !ok && len(m.all("corrupt/")) != 1 {
				t.Fatalf("%s: not kept aside", what)
			}
			return
		}
		t.Fatalf("%s: ok is %v", what, ok)
	}
	try("unaltered", text)
	for n := range text {
		try(fmt.Sprintf("cut at %d", n), text[:n])
	}
	for i := range 8 * len(text) {
		b := bytes.Clone(text)
		b[i/8] ^= 1 << (i % 8)
		try(fmt.Sprintf("bit %d", i), b)
	}
	try("longer", append(bytes.Clone(text), '\n'))
	other, err := seal("outcome", trial.Outcome{Key: o.Key, Spec: trial.Spec{Seed: 99}})
	if err != nil {
		t.Fatal(err)
	}
	try("another trial's", other)
	plan, err := seal("plan", trial.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	try("a plan", plan)
}

// A result that was altered and given a new digest is damaged where it contradicts
// itself, however it is read; no such result is published.
func TestResultsThatContradictThemselvesAreNotBelieved(t *testing.T) {
	p, all := outcomes(3)
	o := all[2]
	forged := *o.Result.Start
	forged.Correct++
	o.Result.Start = &forged
	text, err := seal("outcome", o)
	if err != nil {
		t.Fatal(err)
	}
	const why = "result.start: 3 are correct, and its bits are those of 2"
	for how, read := range map[string]func(s *Store) (int, error){
		"by its key": func(s *Store) (int, error) {
			_, ok, err := s.Outcome(o.Key)
			if ok {
				return 1, err
			}
			return 0, err
		},
		"with its plan": func(s *Store) (int, error) {
			known, err := s.Outcomes(p)
			return len(known), err
		},
	} {
		s, told := open(t)
		if err := os.WriteFile(s.Dir.Trial(o.Key), text, 0o644); err != nil {
			t.Fatal(err)
		}
		n, err := read(s)
		if n != 0 || err != nil || len(*told) != 1 || !strings.Contains((*told)[0], s.Dir.Trial(o.Key)+" is damaged ("+why) {
			t.Errorf("%s: %d, %v, told %q", how, n, err, *told)
		}
	}
	s, _ := open(t)
	if err := s.Publish(o); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("publishing it: %v", err)
	}
	m := newMemory()
	s = Open("run", m)
	put(t, s, "run", s.Dir.Pack(), zipped(t, text))
	if _, ok, err := s.Outcome(o.Key); ok || err == nil || !strings.Contains(err.Error(), "line 1: "+why) {
		t.Errorf("packed: %v, %v", ok, err)
	}
}

// A folder that has the name of a file is named once, with what helps.
func TestFolderInThePlaceOfAFile(t *testing.T) {
	s, _ := open(t)
	p, all := outcomes(1)
	name := s.Dir.Trial(all[0].Key)
	if err := os.Mkdir(name, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := s.Outcomes(p)
	want := "read " + name + ": it is a folder, not a regular file; move it out of the results folder and run again: what is finished is kept"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nit should be\n%s", err, want)
	}
}

func TestNetworks(t *testing.T) {
	s, told := open(t)
	_, all := outcomes(2)
	k := all[0].Key
	load := func() (string, bool) {
		t.Helper()
		text := ""
		ok, err := s.LoadNetwork(k, func(r io.Reader) error {
			b, err := io.ReadAll(r)
			text = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return text, ok
	}
	save := func() {
		t.Helper()
		if err := s.SaveNetwork(k, func(w io.Writer) error { _, err := w.Write(network(all[0])); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := load(); ok {
		t.Fatal("a network before there is one")
	}
	save()
	save()
	if text, ok := load(); !ok || text != string(network(all[0])) {
		t.Fatalf("loaded %q, %v", text, ok)
	}
	files, err := s.networks(k)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("altered"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := load(); ok {
		t.Error("an altered network was loaded")
	}
	if len(*told) != 1 || !strings.Contains((*told)[0], "is damaged") {
		t.Errorf("told %v", *told)
	}
	save()
	if err := s.DropNetwork(k); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.HasNetwork(k); ok || err != nil {
		t.Errorf("after dropping: %v, %v", ok, err)
	}
	save()
	if n, err := s.Clean(); n != 1 || err != nil {
		t.Errorf("cleaned %d, %v", n, err)
	}
}

// A folder that has lost its plan is not called none of a run, and what is said
// mends it.
func TestLostPlanIsSaidWithWhatWritesItAgain(t *testing.T) {
	s, _ := open(t)
	p, _ := outcomes(2)
	if err := s.Pin(p, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Dir.Plan()); err != nil {
		t.Fatal(err)
	}
	_, err := s.Plan()
	if want := "prunelab run " + s.Dir.Study() + " --out " + string(s.Dir) + " writes it again"; !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; it should have %q", err, want)
	}
	if err := s.Pin(p, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Plan(); err != nil {
		t.Error(err)
	}
}

func TestPlanIsImmutable(t *testing.T) {
	s, told := open(t)
	p, _ := outcomes(2)
	if _, err := s.Plan(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a plan before there is one: %v", err)
	}
	for range 2 {
		if err := s.Pin(p, []byte("text")); err != nil {
			t.Fatal(err)
		}
	}
	q, _ := outcomes(3)
	q.Kernel = "avx512"
	q.Trials[1].Train.Epochs = 5
	q.Cells[1].Key = q.Trials[1].Key()
	err := s.Pin(q, []byte("other text"))
	var mismatch *Mismatch
	if !errors.As(err, &mismatch) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"kernel variant:  in the folder, avx512 now", "seeds: [1 2] in the folder, [1 2 3] now",
		"train.epochs: 0 in the folder, 5 now (1 point)", "--out", "another version",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if text, err := s.Study(); err != nil || string(text) != "text" {
		t.Errorf("the study became %q, %v", text, err)
	}
	if got, err := s.Plan(); err != nil || len(got.Trials) != 2 {
		t.Errorf("the plan became %+v, %v", got, err)
	}
	if err := os.Truncate(s.Dir.Plan(), 40); err != nil {
		t.Fatal(err)
	}
	if err := s.Pin(p, []byte("text")); err != nil {
		t.Errorf("after damage: %v", err)
	}
	if len(*told) != 1 {
		t.Errorf("told %v", *told)
	}
}

// An extension adds trials, with the study that asks for them; the plan of
// before stays as it was. Whatever would change or drop a trial is refused.
func TestExtend(t *testing.T) {
	s, told := open(t)
	p2, _ := outcomes(2)
	p3, _ := outcomes(3)
	p4, _ := outcomes(4)
	if n, err := s.Extend(p2, []byte("two")); n != 0 || err != nil {
		t.Fatalf("of nothing: %d, %v", n, err)
	}
	first, err := os.ReadFile(s.Dir.Plan())
	if err != nil {
		t.Fatal(err)
	}
	err = s.Pin(p3, []byte("three"))
	if err == nil || !strings.Contains(err.Error(), "smaller version") || !strings.Contains(err.Error(), "add what is new with --extend (1 of its trials)") {
		t.Errorf("without asking: %v", err)
	}
	p3.Cells[0], p3.Cells[2] = p3.Cells[2], p3.Cells[0] // the order is free
	for _, want := range []int{1, 0} {
		if n, err := s.Extend(p3, []byte("three")); n != want || err != nil {
			t.Errorf("extended by %d, want %d: %v", n, want, err)
		}
	}
	now, study, err := s.Run()
	if err != nil || !now.Same(p3) || string(study) != "three" {
		t.Errorf("%d trials, %q, %v", len(now.Trials), study, err)
	}
	if b, err := os.ReadFile(s.Dir.Study()); err != nil || string(b) != "three" {
		t.Errorf("study.yaml is %q, %v", b, err)
	}
	if b, err := os.ReadFile(s.Dir.Plan()); err != nil || !bytes.Equal(b, first) {
		t.Errorf("plan.json has changed: %v", err)
	}
	for _, extend := range []bool{false, true} {
		_, err := s.pin(p2, []byte("two"), extend)
		if err == nil || !strings.Contains(err.Error(), "larger version of this study, or was extended") {
			t.Errorf("the study of before: %v", err)
		}
	}
	for what, change := range map[string]func(*trial.Plan){
		"kernel variant:": func(p *trial.Plan) { p.Kernel = "avx512" },
		"evaluated on:":   func(p *trial.Plan) { p.Split = trial.Test },
		"arms:":           func(p *trial.Plan) { p.Arms = []string{"L1"} },
		"train.epochs:":   func(p *trial.Plan) { p.Trials[0].Train.Epochs = 9; p.Cells[0].Key = p.Trials[0].Key() },
		"arm L2, dense: 1 point in the folder only": func(p *trial.Plan) {
			p.Cells = append(p.Cells[1:], trial.Cell{Series: trial.Series{Arm: "L2", Target: "fc1"}, Role: trial.Point, Seed: 1, Key: p.Trials[0].Key()})
		},
	} {
		p, _ := outcomes(4)
		change(&p)
		_, err := s.Extend(p, []byte("other"))
		if err == nil || !strings.Contains(err.Error(), "cannot be extended") || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n, err := s.Extend(p4, []byte("four")); n != 1 || err != nil {
		t.Errorf("extended by %d: %v", n, err)
	}
	// A damaged extension is put aside; the plan before it is in force until the
	// run is extended again.
	if err := os.Truncate(s.Dir.Extension(3), 30); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Plan(); err != nil || len(p.Trials) != 3 || len(*told) != 1 {
		t.Errorf("%d trials, %v; told %q", len(p.Trials), err, *told)
	}
	if n, err := s.Extend(p4, []byte("four")); n != 1 || err != nil {
		t.Errorf("extended by %d: %v", n, err)
	}
}

// Of several who extend in the same moment nobody's trials are lost.
func TestExtensionsDoNotOverwriteEachOther(t *testing.T) {
	s, _ := open(t)
	var wait sync.WaitGroup
	var extended, refused atomic.Int64
	for n := 1; n <= 8; n++ {
		p, _ := outcomes(n)
		wait.Go(func() {
			_, err := Open(string(s.Dir), Disk{}).Extend(p, study(p))
			var m *Mismatch
			switch {
			case err == nil:
				extended.Add(1)
			case errors.As(err, &m) && m.Part: // a larger one was faster
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	p, text, err := s.Run()
	if err != nil || len(p.Trials) != 8 || string(text) != string(study(p)) {
		t.Errorf("%d trials of 8, %q, %v", len(p.Trials), text, err)
	}
	if b, err := os.ReadFile(s.Dir.Study()); err != nil || string(b) != string(text) {
		t.Errorf("study.yaml is %q, %v", b, err)
	}
	if extended.Load()+refused.Load() != 8 {
		t.Errorf("%d extended, %d came too late", extended.Load(), refused.Load())
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(file, "run"), "/proc/run"} {
		err := Open(dir, Disk{}).Prepare()
		if err == nil || !strings.Contains(err.Error(), "cannot be written") || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--out") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestAdviceForAFolderThatCannotBeWritten(t *testing.T) {
	s := Open("results/x", Disk{})
	for name, c := range map[string]struct {
		err        error
		says, lack string
	}{
		"full":      {&fs.PathError{Op: "write", Path: "p", Err: syscall.ENOSPC}, "make room or give another with --out DIR", "read-only"},
		"quota":     {&fs.PathError{Op: "write", Path: "p", Err: syscall.EDQUOT}, "free on its file system); make room", "read-only"},
		"file":      {&fs.PathError{Op: "mkdir", Path: "afile", Err: syscall.ENOTDIR}, "afile is a file, not a folder; give another with --out DIR", "room"},
		"read-only": {&fs.PathError{Op: "mkdir", Path: "p", Err: syscall.EROFS}, "it is read-only (", "room"},
		"forbidden": {&fs.PathError{Op: "mkdir", Path: "p", Err: syscall.EACCES}, "it is read-only for you (", "room"},
		"other":     {&fs.PathError{Op: "write", Path: "p", Err: syscall.EIO}, "; give another with --out DIR", "room"},
	} {
		if text := s.unwritable(c.err).Error(); !strings.Contains(text, c.says) || strings.Contains(text, c.lack) || strings.Contains(text, "free on") != strings.Contains(text, "make room") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestClaims(t *testing.T) {
	a, _ := open(t)
	a.lease = time.Hour
	b := Open(string(a.Dir), Disk{})
	first, err := a.claim("job")
	if err != nil || first == nil {
		t.Fatalf("%v, %v", first, err)
	}
	for range 2 {
		if c, err := b.claim("job"); c != nil || err != nil {
			t.Fatalf("a claim on what is claimed: %v, %v", c, err)
		}
	}
	if c, err := b.claim("job2"); c == nil || err != nil {
		t.Fatalf("another job: %v, %v", c, err)
	} else if err := c.release(); err != nil {
		t.Fatal(err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	c, err := b.claim("job")
	if err != nil || c == nil {
		t.Fatalf("after release: %v, %v", c, err)
	}
	if err := c.release(); err != nil {
		t.Fatal(err)
	}
	if names, _ := os.ReadDir(a.Dir.Claims()); len(names) > 0 {
		t.Errorf("claims left: %v", names)
	}
}

// A claim that beats stays its owner's; one that is silent for the lease goes
// to the next, who clears up, and its first owner takes nothing from him.
func TestSilentClaimIsSucceeded(t *testing.T) {
	a, _ := open(t)
	a.lease = 60 * time.Millisecond
	b := Open(string(a.Dir), Disk{})
	b.lease = 600 * time.Millisecond
	beating, err := a.claim("beating")
	if err != nil {
		t.Fatal(err)
	}
	a.lease = time.Hour // never beats
	silent, err := a.claim("silent")
	if err != nil {
		t.Fatal(err)
	}
	var won *claim
	for deadline := time.Now().Add(20 * time.Second); won == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the silent claim was never succeeded")
		}
		if won, err = b.claim("silent"); err != nil {
			t.Fatal(err)
		}
		if c, err := b.claim("beating"); c != nil || err != nil {
			t.Fatalf("a beating claim was succeeded (%v)", err)
		}
	}
	if won.generation != 2 {
		t.Errorf("generation %d", won.generation)
	}
	if c, err := a.claim("silent"); c != nil || err != nil {
		t.Errorf("the first owner claims again: %v, %v", c, err)
	}
	if err := won.release(); err != nil {
		t.Fatal(err)
	}
	third, err := b.claim("silent") // the first generation's name again
	if err != nil || third == nil {
		t.Fatalf("%v, %v", third, err)
	}
	if err := silent.release(); err != nil {
		t.Error(err)
	}
	if names, _ := os.ReadDir(a.Dir.Claims()); len(names) != 2 {
		t.Errorf("claims %v, want the beating and the third", names)
	}
	if err := errors.Join(third.release(), beating.release()); err != nil {
		t.Error(err)
	}
	if names, _ := os.ReadDir(a.Dir.Claims()); len(names) > 0 {
		t.Errorf("claims left: %v", names)
	}
}

// A process that is gone from this machine is not waited for.
func TestDeadOwnerIsSucceededAtOnce(t *testing.T) {
	a, _ := open(t)
	if a.owner.machine == "" {
		t.Skip("this system does not identify its start")
	}
	a.owner.pid = deadPID(t)
	left, err := a.claim("job")
	if err != nil {
		t.Fatal(err)
	}
	b := Open(string(a.Dir), Disk{})
	c, err := b.claim("job")
	if err != nil || c == nil {
		t.Fatalf("%v, %v", c, err)
	}
	if err := errors.Join(c.release(), left.release()); err != nil {
		t.Fatal(err)
	}
	if names, _ := os.ReadDir(a.Dir.Claims()); len(names) > 0 {
		t.Errorf("claims left: %v", names)
	}
}

// Of many who want a job at the same time one gets it.
func TestOneClaimWins(t *testing.T) {
	a, _ := open(t)
	var mu sync.Mutex
	var won []*claim
	var wait sync.WaitGroup
	for range 16 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			c, err := Open(string(a.Dir), Disk{}).claim("job")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			} else if c != nil {
				won = append(won, c)
			}
		}()
	}
	wait.Wait()
	if len(won) != 1 {
		t.Fatalf("%d claims", len(won))
	}
	for _, c := range won {
		if err := c.release(); err != nil {
			t.Error(err)
		}
	}
}

// What a dead process left half written is removed, while others work; what a
// living one or one of another machine is at stays, until clean finds nobody.
func TestLeftoversAreRemoved(t *testing.T) {
	s, _ := open(t)
	if s.owner.machine == "" {
		t.Skip("this system does not identify its start")
	}
	put := func(dir string, o owner) string {
		t.Helper()
		name := (&Store{owner: o}).aside(dir)
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	there := func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	}
	gone := s.owner
	gone.pid = deadPID(t)
	far := gone
	far.machine = "0123456789abcdef"
	dead, deadClaim := put(s.Dir.Trials(), gone), put(s.Dir.Claims(), gone)
	living, foreign, strange := put(s.Dir.Cache(), s.owner), put(s.Dir.Trials(), far), put(s.Dir.Trials(), owner{machine: "a-b"})
	c, err := s.claim("job")
	if err != nil {
		t.Fatal(err)
	}
	if err := Open(string(s.Dir), Disk{}).Prepare(); err != nil {
		t.Fatal(err)
	}
	if there(dead) || there(deadClaim) {
		t.Error("what a dead process left is still there")
	}
	if !there(living) || !there(foreign) || !there(strange) {
		t.Error("what may be another's was removed")
	}
	if n, err := s.Clean(); n != 0 || err != nil || !there(foreign) {
		t.Errorf("clean removed %d (%v) while somebody is at work", n, err)
	}
	if err := c.release(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Clean(); n != 3 || err != nil {
		t.Errorf("clean removed %d, %v", n, err)
	}
}

// Claims of dead processes are given back when a run begins, also those on
// jobs that are finished and that nobody will claim again.
func TestDeadClaimsAreGivenBack(t *testing.T) {
	s, _ := open(t)
	if s.owner.machine == "" {
		t.Skip("this system does not identify its start")
	}
	gone := s.owner
	gone.pid = deadPID(t)
	for job, o := range map[string]owner{"dead": gone, "living": s.owner} {
		for generation := 1; generation <= 3; generation++ {
			if err := os.WriteFile(s.Dir.Claim(job, generation), []byte(o.text(4)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Open(string(s.Dir), Disk{}).Prepare(); err != nil {
		t.Fatal(err)
	}
	names, err := Disk{}.ReadDir(s.Dir.Claims())
	if err != nil || len(names) != 3 || names[0] != "living.1" {
		t.Errorf("claims %v, %v", names, err)
	}
}
