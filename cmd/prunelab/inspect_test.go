package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// enter makes a folder with base.yaml the one at hand.
func enter(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := prepare(dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}

// command runs a command line in the folder at hand, which must end with the
// exit code, and returns what it printed.
func command(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if got := run(context.Background(), args, &out, &out); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, &out)
	}
	return out.String()
}

// snapshot is every file below a folder, with its content and its time.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&all, name, info.ModTime().UnixNano())
		if d.Type().IsRegular() {
			b, err := os.ReadFile(name)
			fmt.Fprintf(&all, "%x\n", sha256.Sum256(b))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// forge gives a trial another result, sealed as the program seals it.
func forge(t *testing.T, st *store.Store, key trial.Key, change func(*trial.Outcome)) {
	t.Helper()
	o, ok, err := st.Outcome(key)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	change(&o)
	if err := os.Remove(st.Dir.Trial(key)); err != nil {
		t.Fatal(err)
	}
	if err := st.Publish(o); err != nil {
		t.Fatal(err)
	}
}

// What digests cannot show, that a result is not what its trial gives, shows
// when it is run again; and looking at a folder leaves no trace in it.
func TestVerifyNamesEveryFault(t *testing.T) {
	enter(t)
	small := []string{"run", "base.yaml", "--set", "seeds=1", "--out", "x"}
	command(t, exitOK, small...)
	before := snapshot(t, "x")
	if said := command(t, exitOK, "verify", "x", "--trials", "16"); !strings.Contains(said, "16 the same bit for bit") || !strings.Contains(said, "everything holds") {
		t.Errorf("it said:\n%s", said)
	}
	command(t, exitOK, "status", "x")
	if snapshot(t, "x") != before {
		t.Error("the folder has changed")
	}

	st := store.Open("x", store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	forged, lost, dense := plan.Trials[3].Key(), plan.Trials[4].Key(), plan.Trials[0].Key()
	forge(t, st, forged, func(o *trial.Outcome) { o.Result.Pruned.Loss += 0.5 })
	forge(t, st, dense, func(o *trial.Outcome) { o.Result.Weights = strings.Repeat("0", 64) })
	for name, change := range map[string]func([]byte) []byte{
		st.Dir.Trial(lost): func(b []byte) []byte { return b[:len(b)-10] },
		st.Dir.Report():    func(b []byte) []byte { return append(b, '\n') },
	} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, change(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	figure := filepath.Join(string(st.Dir.Figures()), "tradeoff.svg")
	second := filepath.Join(st.Dir.Conflicts(), "z.json")
	if err := os.Mkdir(st.Dir.Conflicts(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(figure, second); err != nil {
		t.Fatal(err)
	}
	before = snapshot(t, "x")
	said := command(t, exitError, "verify", "x", "--trials", "16")
	for _, want := range []string{
		st.Dir.Trial(lost) + " is damaged: its end is missing",
		"report.md is not what was rendered; prunelab report x renders it again",
		figure,
		second + ": a trial that ran twice gave two results",
		"the network of trial " + string(dense),
		"trial " + forged.Short() + " (",
		"result.pruned.loss:",
		"result.weights: 00000000",
		"15 trials", "13 the same bit for bit",
		"x does not hold what it should: 7 faults",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "everything holds") || snapshot(t, "x") != before {
		t.Error("it says that everything holds, or has changed the folder")
	}
	// Digests alone do not see the forged result.
	if said := command(t, exitError, "verify", "x", "--trials", "0"); strings.Contains(said, forged.Short()) || !strings.Contains(said, "5 faults") {
		t.Errorf("it said:\n%s", said)
	}
}

// A folder whose study does not give its plan is not the run that it says: in the
// file that people read, and in the plan where that was extended.
func TestVerifyComparesTheStudyWithThePlan(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	name := store.Dir("x").Study()
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(code int, args []string, words ...string) {
		t.Helper()
		said := command(t, code, append([]string{"verify", "x", "--trials", "0"}, args...)...)
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("it did not say %q:\n%s", w, said)
			}
		}
	}
	other := strings.ReplaceAll(string(whole), "[0.5, 0.9]", "[0.5, 0.8]")
	write(other)
	expect(exitError, nil, name+" does not give the plan", "1 point now only", "1 fault,")
	write("name: [")
	expect(exitError, nil, name+" cannot be read", "1 fault,")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	expect(exitError, nil, name+" is missing", "1 fault,")

	write(string(whole))
	expect(exitOK, nil, "study       gives the plan")
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--extend", "--out", "x")
	expect(exitOK, nil, "2 plans", "study       gives the plan")
	if whole, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	write(other)
	expect(exitError, nil, name+" does not give the plan", "seeds: [1 2] in the folder, [1] now")
	write(string(whole))

	// Without the images a study cannot be expanded: that is no fault, but not everything was read.
	if err := os.Rename(".data", "gone"); err != nil {
		t.Fatal(err)
	}
	expect(exitOK, nil, "was not compared with the plan", "everything that was read holds")
}

// A comment is the study's question: one that was changed is noticed, also where
// the data are missing and where the plan was extended. Folders of before, without
// a digest, are said to be unchecked.
func TestVerifyNoticesAChangedComment(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	name := store.Dir("x").Study()
	change := func() (undo func()) {
		t.Helper()
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, append([]byte("# Another question\n"), whole...), 0o644); err != nil {
			t.Fatal(err)
		}
		return func() { os.WriteFile(name, whole, 0o644) }
	}
	expect := func(code int, word string) {
		t.Helper()
		if said := command(t, code, "verify", "x", "--trials", "0"); !strings.Contains(said, word) {
			t.Errorf("it did not say %q:\n%s", word, said)
		}
	}
	expect(exitOK, "is the text that was stored")
	undo := change()
	expect(exitError, name+" is not the text that was stored")
	if err := os.Rename(".data", "gone"); err != nil {
		t.Fatal(err)
	}
	expect(exitError, name+" is not the text that was stored")
	if err := os.Rename("gone", ".data"); err != nil {
		t.Fatal(err)
	}
	undo()
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=2", "--extend", "--out", "x")
	expect(exitOK, "is the text that was stored")
	undo = change()
	expect(exitError, name+" is not the text that was stored")
	undo()

	command(t, exitOK, "run", "base.yaml", "--set", "seeds=1", "--out", "y")
	older := store.Open("y", store.Disk{})
	plan, err := older.Plan()
	if err != nil {
		t.Fatal(err)
	}
	plan.StudyDigest = ""
	stored(t, "y", plan)
	name = store.Dir("y").Study()
	change()
	if err := os.Remove(store.Dir("y").Rendered()); err != nil {
		t.Fatal(err)
	}
	said := command(t, exitOK, "verify", "y", "--trials", "0")
	for _, word := range []string{"its comments are unchecked", "rendered    unchecked, as no digests were noted"} {
		if !strings.Contains(said, word) {
			t.Errorf("it did not say %q:\n%s", word, said)
		}
	}
}

// A study.yaml or a plan.json that is not this run's is told of by who shows the run, the
// report of what is finished stays, and the run with its own study mends the folder.
func TestFilesOfAnotherRunAreNotBelieved(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	command(t, exitOK, "run", "base.yaml", "--set", "name=other", "--set", "seeds=[2]", "--set", "sweeps[0].ratios=[0.5]", "--out", "y")
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write := func(name string, text []byte) {
		t.Helper()
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	says := func(code int, want string, args ...string) {
		t.Helper()
		if said := command(t, code, args...); !strings.Contains(said, want) {
			t.Errorf("%v did not say %q:\n%s", args, want, said)
		}
	}
	x, y := store.Dir("x"), store.Dir("y")
	study, plan, report := read(x.Study()), read(x.Plan()), read(x.Report())

	write(x.Study(), append([]byte("# Forged\n"), study...))
	for _, show := range []string{"report", "status"} {
		says(exitOK, x.Study()+" is not the text that was stored when the run began", show, "x")
	}
	says(exitOK, "it was put back", "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	if !bytes.Equal(read(x.Study()), study) || !bytes.Equal(read(x.Report()), report) {
		t.Error("the study or its report are not as they were")
	}

	write(x.Plan(), read(y.Plan()))
	const other = ` is the plan of study "other" with`
	says(exitError, x.Plan()+other, "report", "x")
	says(exitOK, x.Plan()+other, "status", "x")
	says(exitError, x.Plan()+other, "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	if !bytes.Equal(read(x.Study()), study) || !bytes.Equal(read(x.Report()), report) {
		t.Error("the study or its report are not as they were")
	}
	if err := os.Remove(x.Plan()); err != nil {
		t.Fatal(err)
	}
	command(t, exitOK, "run", x.Study(), "--out", "x")
	if !bytes.Equal(read(x.Plan()), plan) {
		t.Error("the plan is not as it was")
	}
}

// stored puts a plan into a folder as it is, sealed.
func stored(t *testing.T, dir string, plan trial.Plan) {
	t.Helper()
	body, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"sha256":"%x","plan":%s}`+"\n", sha256.Sum256(body), body)
	if err := os.WriteFile(store.Dir(dir).Plan(), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// status names the file that holds the error and the stack of a trial that
// failed, who is at work on what, and what was left by the dead.
func TestStatusOfATroubledRun(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--set", "seeds=1", "--out", "x")
	st := store.Open("x", store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	dense, failed := plan.Trials[0].Key(), plan.Trials[2].Key()
	if err := os.Remove(st.Dir.Trial(failed)); err != nil {
		t.Fatal(err)
	}
	if err := st.Fail(trial.Outcome{Key: failed, Spec: plan.Trials[2], Status: trial.Failed, Error: "panic: index out of range\n\ngoroutine 7"}); err != nil {
		t.Fatal(err)
	}
	for job, claim := range map[string]string{
		string(dense):           "worker w\nhost far\nmachine elsewhere\npid 7\nbeat 000000000030\n",
		"scan-" + string(dense): "worker v\nhost near\nmachine elsewhere\npid 8\nbeat 000000000000\n",
	} {
		if err := os.WriteFile(st.Dir.Claim(job, 1), []byte(claim), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	said := command(t, exitIncomplete, "status", "x")
	for _, want := range []string{
		"done       15\n", "failed     1\n", "remaining  1\n",
		"panic: index out of range; see " + st.Dir.Stack(failed) + "\n",
		"running    job L2, dense, seed 1 on far, process 7, at beat 30 (5 min 00 s)\n",
		"running    job scan of L2, dense, seed 1 on near, process 8, at beat 0 (0 s)\n",
		"time left  about 0 s with 2 at work\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
}

// A run and a report of its folder render the same, also where the trials do not
// tell all of a method: a single round at a rate that it does not reach.
func TestReportAgain(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--out", "r", "--set", "sweeps[0].ratios=[0.2]", "--set", "sweeps[0].iterative={per_round: 0.5}")
	page := func() string {
		b, err := os.ReadFile(filepath.Join("r", "report.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	run := page()
	command(t, exitOK, "report", "r")
	if page() != run {
		t.Errorf("the report of the run\n%s\nis another one afterwards\n%s", run, page())
	}
}
