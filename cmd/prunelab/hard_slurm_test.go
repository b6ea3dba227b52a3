//go:build hard && linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// A study of 120 trials runs as four workers of a real Slurm, while a worker
// reaches its time limit, the controller dies, a node dies and workers are
// preempted, each while trials are running. What is rendered is byte for byte
// what a run on this machine renders.
func TestSlurm(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 2)
	epochs := count(t, 150, 40)
	b := newBench(t, "--set", fmt.Sprintf("train.epochs=%d", epochs), "--set", fmt.Sprintf("retrain.epochs=%d", epochs))
	b.environment = c.environment
	out := "a folder, 100 %"

	submit := append(append([]string{"submit", "slurm"}, b.study...), "--workers", "4", "--cpus", "1", "--time", "10m", "--partition", "main", "--out", out)
	output(t, b.command(append(submit, "--dry-run")...), exitOK)
	if _, err := os.Stat(b.path(out)); err == nil {
		t.Fatal("a dry run left a results folder")
	}
	said := output(t, b.command(submit...), exitOK)
	m := regexp.MustCompile(`workers submitted as job (\d+)`).FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("submit did not say the job:\n%s", said)
	}
	array := m[1]
	began := time.Now()
	st := store.Open(b.path(out), store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	all := len(plan.Trials)
	if all < 120 {
		t.Fatalf("the study has %d trials", all)
	}
	held := hold(t, st, plan)
	portion := len(held) / 5
	if portion < 10 {
		t.Fatalf("only %d trials are held back", len(held))
	}
	work := func() { // lets the workers be in the middle of something
		t.Helper()
		before := b.finished(t, out)
		held = held.release(t, portion)
		c.wait(t, "trials are finished", func() bool { return b.finished(t, out) >= before+3 })
	}
	log := func(format string, args ...any) {
		t.Helper()
		t.Logf("%5.1f s, %3d trials: "+format, append([]any{time.Since(began).Seconds(), b.finished(t, out)}, args...)...)
	}
	// Slurm lets what was requeued wait for two minutes.
	stop := c.hurry(array)
	defer stop()

	c.wait(t, "four workers run", func() bool { return len(c.running(array)) == 4 })
	work()
	limited := array + "_3"
	c.do(t, "scontrol", "update", "jobid="+limited, "TimeLimit=2")
	log("worker %s has two minutes left and is to be told", limited)
	c.wait(t, "the worker was told and is queued again", func() bool { return c.restarts(limited) == 1 })
	log("worker %s queued again", limited)
	c.do(t, "scontrol", "update", "jobid="+limited, "TimeLimit=10")
	c.save(t, limited)
	work()
	c.killController(t)
	log("controller killed")
	work()
	c.startController(t)
	c.wait(t, "the controller knows the workers", func() bool { return len(c.running(array)) > 0 })
	log("controller back, %d workers running", len(c.running(array)))

	c.wait(t, "a worker runs on node n2", func() bool { return len(c.processes("n2")) > 2 })
	work()
	killed := c.killNode(t, "n2")
	log("node n2 killed, %d processes", killed)
	if killed < 4 { // daemon, step, script, worker
		t.Errorf("only %d processes were on the node", killed)
	}
	c.wait(t, "the node is given up", func() bool {
		return strings.Contains(c.ask("sinfo", "--noheader", "--nodes=n2", "--format=%T"), "down")
	})
	c.startNode(t, "n2")
	log("node n2 back")

	c.wait(t, "a worker runs on node n1", func() bool { return len(c.processes("n1")) > 2 })
	work()
	c.do(t, "sbatch", "--partition=urgent", "--exclusive", "--nodelist=n1", "--output=/dev/null", "--job-name=urgent", "--wrap=sleep 1")
	log("an urgent job wants node n1")
	c.wait(t, "the urgent job is done", func() bool {
		return c.ask("sinfo") != "" && strings.TrimSpace(c.ask("squeue", "--noheader", "--name=urgent")) == ""
	})
	log("the urgent job is done")

	held.release(t, len(held))
	resubmitted := 0
	for b.finished(t, out) < all {
		c.wait(t, "the queue is empty or all is done", func() bool {
			return b.finished(t, out) == all || strings.TrimSpace(c.ask("squeue", "--noheader")) == "" && c.ask("sinfo") != ""
		})
		if b.finished(t, out) < all { // as a user would
			resubmitted++
			output(t, b.command(submit...), exitOK)
			log("the queue was empty; submitted again")
		}
	}
	log("all trials are finished")
	c.wait(t, "the report has been made", func() bool { return strings.TrimSpace(c.ask("squeue", "--noheader")) == "" })
	log("the queue is empty")

	restarts := 0
	for element := range 4 {
		restarts += c.restarts(fmt.Sprintf("%s_%d", array, element))
	}
	if restarts < 3 {
		t.Errorf("workers were queued again %d times; one at its limit, one of the node and one preempted make three", restarts)
	}
	told := b.told(t, out)
	if told < 2 {
		t.Errorf("%d workers stopped because they were told", told)
	}
	want, _ := b.undisturbed(t)
	b.complete(t, out, want)
	t.Logf("%d trials by 4 workers: queued again %d times, %d stopped when told, %d submissions after the first", all, restarts, told, resubmitted)
}

// held is jobs that a test keeps others from taking, in the order of the plan.
type held []func() error

// hold takes the trials that retrain, as a worker does that never comes to
// them: a study ends only when its test lets it, however fast the machine is.
func hold(t *testing.T, st *store.Store, plan trial.Plan) held {
	t.Helper()
	var all held
	for _, spec := range plan.Trials {
		if n := len(spec.Levels); n == 0 || spec.Levels[n-1].Retrain == nil {
			continue
		}
		release, err := st.Claim(string(spec.Key()))
		if err != nil {
			t.Fatal(err)
		}
		if release != nil {
			all = append(all, release)
		}
	}
	return all
}

// release lets the first n go and returns the others.
func (h held) release(t *testing.T, n int) held {
	t.Helper()
	for _, release := range h[:n] {
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
	return h[n:]
}

// What is cancelled, as the help says, stays cancelled.
func TestSlurmCancel(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 2)
	b := newBench(t, "--set", "train.epochs=150", "--set", "retrain.epochs=150")
	b.environment = c.environment
	output(t, b.command(append(append([]string{"submit", "slurm"}, b.study...), "--workers", "2", "--cpus", "1", "--time", "10m", "--out", "out")...), exitOK)
	c.wait(t, "trials are finished", func() bool { return b.finished(t, "out") > 2 })
	c.do(t, "scancel", "--name", "prunelab-hard")
	c.wait(t, "the queue is empty", func() bool { return strings.TrimSpace(c.ask("squeue", "--noheader")) == "" })
	time.Sleep(7 * time.Second) // longer than a script waits before it tries again to requeue itself
	if queue := strings.TrimSpace(c.ask("squeue", "--noheader", "--states=all", "--format=%i %T")); strings.Contains(queue, "PENDING") || strings.Contains(queue, "RUNNING") {
		t.Errorf("after scancel:\n%s", queue)
	}
	if left := b.claims(t, "out"); len(left) > 0 {
		t.Errorf("claims left: %v", left)
	}
	b.clean(t, "out")
}

// save makes the controller write its state. What happened after it last did,
// it forgets when it is killed, and with that how often a worker was queued
// again. It writes some seconds after a job was changed.
func (c *cluster) save(t *testing.T, job string) {
	t.Helper()
	changed := time.Now()
	c.do(t, "scontrol", "update", "jobid="+job, "Comment=saved")
	c.wait(t, "the controller has written its state", func() bool {
		info, err := os.Stat(filepath.Join(c.dir, "state", "job_state"))
		return err == nil && info.ModTime().After(changed)
	})
}

// running lists the elements of an array that run.
func (c *cluster) running(array string) []string {
	return strings.Fields(c.ask("squeue", "--noheader", "--array", "--jobs="+array, "--states=RUNNING", "--format=%i"))
}

// restarts says how often a job was queued again.
func (c *cluster) restarts(job string) int {
	m := regexp.MustCompile(`Restarts=(\d+)`).FindStringSubmatch(c.ask("scontrol", "show", "job", job))
	if m == nil {
		return -1
	}
	return int(m[1][0] - '0')
}

// hurry lets queued workers begin at once, until it is stopped.
func (c *cluster) hurry(array string) (stop func()) {
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Second):
			}
			for _, line := range strings.Split(c.ask("squeue", "--noheader", "--array", "--states=PENDING", "--format=%i %r"), "\n") {
				if id, why, _ := strings.Cut(line, " "); why == "BeginTime" {
					c.ask("scontrol", "update", "jobid="+id, "StartTime=now")
				}
			}
		}
	}()
	return func() { close(done); wait.Wait() }
}

// told counts in the workers' logs how often one stopped because it was told.
func (b *bench) told(t *testing.T, out string) int {
	t.Helper()
	names, err := filepath.Glob(b.path(out, "slurm", "worker-*.log"))
	if err != nil || len(names) != 4 {
		t.Errorf("logs %v, %v", names, err)
	}
	n := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), "stopping after the batch at hand")
	}
	return n
}
