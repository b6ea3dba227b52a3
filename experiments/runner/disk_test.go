package runner_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

// childFolder names the folder that this test binary, started by itself, runs
// the plan in.
const childFolder = "PRUNELAB_TEST_RUN"

// childDeath, set for such a process, is when it kills itself: "n d", the
// duration d after it has published n trials. Counting what it has done keeps
// the test from depending on how fast the machine is.
const childDeath = "PRUNELAB_TEST_DEATH"

// childCheckpoints, set for such a process, makes it keep a checkpoint after
// each step of training and die when it has kept so many.
const childCheckpoints = "PRUNELAB_TEST_CHECKPOINTS"

// everyStep asks for a checkpoint after each step of training.
const everyStep = 1

// dying is a store whose process dies as by kill -9 when it has kept so many
// checkpoints.
type dying struct {
	*store.Store
	left atomic.Int64
}

func (d *dying) SaveCheckpoint(k trial.Key, step int, write func(io.Writer) error) error {
	err := d.Store.SaveCheckpoint(k, step, write)
	if d.left.Add(-1) == 0 {
		if p, err := os.FindProcess(os.Getpid()); err == nil {
			p.Kill()
		}
		select {} // until it arrives
	}
	return err
}

// killSelf returns a Progress that ends the process as kill -9 does.
func killSelf(when string) silent {
	if when == "" {
		return silent{}
	}
	count, delay, _ := strings.Cut(when, " ")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(err)
	}
	after, err := time.ParseDuration(delay)
	if err != nil {
		panic(err)
	}
	var published atomic.Int64
	return silent{func(trial.Outcome) {
		if published.Add(1) == n {
			time.AfterFunc(after, func() {
				if p, err := os.FindProcess(os.Getpid()); err == nil {
					p.Kill()
				}
			})
		}
	}}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := inChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// inChild is what the process does that is killed.
func inChild(dir string) error {
	count := os.Getenv(childCheckpoints)
	if count == "" {
		_, err := onDisk(context.Background(), dir, nil, killSelf(os.Getenv(childDeath)))
		return err
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return err
	}
	s, err := prepared(dir, func(told string) { fmt.Fprintln(os.Stderr, told) })
	if err != nil {
		return err
	}
	d := &dying{Store: s}
	d.left.Store(n)
	_, err = runner.Run(context.Background(), plan(), data, d, runner.Config{Workers: 2, Checkpoint: everyStep, Progress: silent{}})
	return err
}

// prepared returns the store in a folder that holds the plan.
func prepared(dir string, notice func(string)) (*store.Store, error) {
	s := store.Open(dir, store.Disk{})
	s.Notice = notice
	if err := s.Prepare(); err != nil {
		return nil, err
	}
	return s, s.Pin(plan(), []byte("name: test\n"))
}

// onDisk runs the plan in a folder, as the program does.
func onDisk(ctx context.Context, dir string, notice func(string), p runner.Progress) (runner.Summary, error) {
	s, err := prepared(dir, notice)
	if err != nil {
		return runner.Summary{}, err
	}
	return runner.Run(ctx, plan(), data, s, runner.Config{Workers: 2, Progress: p})
}

// onDiskResults is everything that is compared, as text, by trial.
func onDiskResults(t *testing.T, dir string) map[trial.Key]string {
	t.Helper()
	all, err := store.Open(dir, store.Disk{}).Outcomes(plan())
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	for _, o := range all {
		m.outcomes[o.Key] = o
	}
	return m.results(t)
}

// undisturbed are the results of a run that nothing happened to.
func undisturbed(t *testing.T) map[trial.Key]string {
	t.Helper()
	m := newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	return m.results(t)
}

func TestKilledRunsEndWithTheSameResults(t *testing.T) {
	want := undisturbed(t)
	r := rng.Stream(7, "kill")
	kills := 0
	for range 4 {
		dir := t.TempDir()
		for attempt := 0; ; attempt++ {
			death := "" // not at all
			if attempt < 6 {
				death = fmt.Sprintf("%d %dµs", 1+r.IntN(3), r.IntN(2000))
			}
			killed, err := child(dir, childDeath+"="+death)
			if err != nil {
				t.Fatal(err)
			}
			if !killed {
				break
			}
			kills++
		}
		if got := onDiskResults(t, dir); !maps.Equal(got, want) {
			t.Errorf("after %d kills the results differ: %d trials, want %d", kills, len(got), len(want))
		}
		nothingLeft(t, dir)
	}
	if kills < 4 {
		t.Errorf("only %d runs were killed before their end", kills)
	}
	t.Logf("%d kills", kills)
}

// Killed in the middle of trainings, again and again, each time after some
// more checkpoints, the runs go on from those and end with the same results.
func TestKilledTrainingsGoOn(t *testing.T) {
	want := undisturbed(t)
	r := rng.Stream(8, "kill")
	dir := t.TempDir()
	kills := 0
	for ; ; kills++ {
		killed, err := child(dir, fmt.Sprintf("%s=%d", childCheckpoints, 10+r.IntN(20)))
		if err != nil {
			t.Fatal(err)
		}
		if !killed {
			break
		}
	}
	// 2 trainings of 20 steps and 8 retrainings of 10 make 120 checkpoints; what
	// was kept before a kill is not made again.
	if kills < 4 || kills > 120/10 {
		t.Errorf("%d kills", kills)
	}
	if got := onDiskResults(t, dir); !maps.Equal(got, want) {
		t.Errorf("after %d kills the results differ: %d trials, want %d", kills, len(got), len(want))
	}
	nothingLeft(t, dir)
	t.Logf("%d kills", kills)
}

// Processes that begin on a folder in the same instant share the plan: none
// takes what another is at for a leftover.
func TestProcessesThatBeginTogether(t *testing.T) {
	want := undisturbed(t)
	dir := t.TempDir()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if killed, err := child(dir); err != nil || killed {
				t.Errorf("killed %v, %v", killed, err)
			}
		})
	}
	wait.Wait()
	if got := onDiskResults(t, dir); !maps.Equal(got, want) {
		t.Errorf("the results differ: %d trials, want %d", len(got), len(want))
	}
	nothingLeft(t, dir)
}

// nothingLeft checks that no process left anything behind but results.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	for _, folder := range []string{"claims", "corrupt", "conflicts", "checkpoints"} {
		if rest, _ := os.ReadDir(filepath.Join(dir, folder)); len(rest) > 0 {
			t.Errorf("left in %s: %v", folder, rest)
		}
	}
	if rest, _ := filepath.Glob(filepath.Join(dir, "*", ".writing-*")); len(rest) > 0 {
		t.Errorf("left: %v", rest)
	}
}

// child runs the plan in a process of its own, which dies as the environment
// says.
func child(dir string, environment ...string) (killed bool, err error) {
	c := exec.Command(os.Args[0])
	c.Env = append(append(os.Environ(), childFolder+"="+dir), environment...)
	var stderr strings.Builder
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		return false, err
	}
	err = c.Wait()
	if c.ProcessState.ExitCode() == -1 { // by a signal
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return false, nil
}

// Damaged files are made again: results, and networks that trials start from.
func TestDamageIsRepaired(t *testing.T) {
	want := undisturbed(t)
	dir := t.TempDir()
	if _, err := onDisk(context.Background(), dir, nil, silent{}); err != nil {
		t.Fatal(err)
	}
	s := store.Open(dir, store.Disk{})
	// The dense network of the first seed; a pruned one that starts from it.
	dense := plan().Trials[0]
	point := plan().Trials[5]
	if err := os.Truncate(s.Dir.Trial(point.Key()), 100); err != nil {
		t.Fatal(err)
	}
	networks, err := filepath.Glob(filepath.Join(s.Dir.Cache(), string(dense.Key())+".*"))
	if err != nil || len(networks) != 1 {
		t.Fatalf("%v, %v", networks, err)
	}
	if err := os.WriteFile(networks[0], []byte("noise"), 0o644); err != nil {
		t.Fatal(err)
	}
	// The second seed's network is whole, but it is another one, and the result of
	// a trial that starts from it has gone.
	other, point2 := plan().Trials[9], plan().Trials[14]
	if other.Seed != 2 || len(other.Levels) > 0 || point2.StartKey() != other.Key() {
		t.Fatal("the plan has changed")
	}
	if err := s.DropNetwork(other.Key()); err != nil {
		t.Fatal(err)
	}
	stranger, err := nn.Build(other.Net, 77)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveNetwork(other.Key(), stranger.Write); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Dir.Trial(point2.Key())); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []string
	summary, err := onDisk(context.Background(), dir, func(m string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, m)
	}, silent{})
	if err != nil {
		t.Fatal(err)
	}
	if summary.Done != 2 || summary.Reused != 16 {
		t.Errorf("%+v", summary)
	}
	if len(told) != 3 {
		t.Errorf("told %q", told)
	}
	if got := onDiskResults(t, dir); !maps.Equal(got, want) {
		t.Error("the results differ")
	}
}

// Of the networks on disk only the dense ones stay; those between rounds go
// when nothing needs them any more.
func TestOnlyDenseNetworksStay(t *testing.T) {
	m := newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	for k := range m.networks {
		if n := len(m.outcomes[k].Spec.Levels); n > 0 {
			t.Errorf("the network of a trial with %d levels stays", n)
		}
	}
	if len(m.networks) != 2 {
		t.Errorf("%d networks, want the dense ones of two seeds", len(m.networks))
	}
}

// Several processes on one folder share the work: every trial is run once, by
// one of them, and each ends when all is done.
func TestProcessesShareTheWork(t *testing.T) {
	want := undisturbed(t)
	m := newMemory()
	var mu sync.Mutex
	var wait sync.WaitGroup
	done := 0
	for range 3 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s, err := runner.Run(context.Background(), plan(), data, m, runner.Config{Workers: 1, Progress: silent{}})
			mu.Lock()
			defer mu.Unlock()
			if err != nil || s.Done+s.Reused != 18 {
				t.Errorf("%+v, %v", s, err)
			}
			done += s.Done
		}()
	}
	wait.Wait()
	if done != 18 {
		t.Errorf("%d trials were run, want each of the 18 once", done)
	}
	if got := m.results(t); !maps.Equal(got, want) {
		t.Error("the results differ")
	}
}

// One point of a scan that cannot be run does not take the others with it.
func TestAFaultyPointEndsAlone(t *testing.T) {
	want := undisturbed(t)
	p := plan()
	bad := base(1)
	bad.Levels = []trial.Level{level(0.5, nil, "fc1")}
	bad.Levels[0].Prune.Criterion = "luck" // studies are validated; a Spec made by hand is not
	p.Trials = append(p.Trials, bad)
	m := newMemory()
	s := run(t, p, m, runner.Config{Workers: 2})
	if s != (runner.Summary{Trials: 19, Done: 18, Failed: 1}) {
		t.Errorf("%+v", s)
	}
	if got := m.results(t); !maps.Equal(got, want) {
		t.Error("the results of the others differ")
	}
	if o := m.failed[bad.Key()]; !strings.Contains(o.Error, "luck") {
		t.Errorf("%+v", o)
	}
}

func TestPlansForOtherKernelsAreRefused(t *testing.T) {
	p := plan()
	p.Kernel = "another"
	if _, err := runner.Run(context.Background(), p, data, newMemory(), runner.Config{Workers: 1, Progress: silent{}}); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("error %v", err)
	}
}
