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
)

// A study of 120 trials runs as four workers of a real Slurm, while a node dies,
// the controller dies, a worker reaches its time limit and another is
// preempted. What is rendered is byte for byte what a run on this machine
// renders.
func TestSlurm(t *testing.T) {
	c := newCluster(t, 2, 2)
	b := newBench(t, "--set", "train.epochs=150", "--set", "retrain.epochs=150")
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
	plan, err := store.Open(b.path(out), store.Disk{}).Plan()
	if err != nil {
		t.Fatal(err)
	}
	all := len(plan.Trials)
	if all < 120 {
		t.Fatalf("the study has %d trials", all)
	}
	reach := func(part float64) {
		t.Helper()
		c.wait(t, 5*time.Minute, "enough trials are finished", func() bool { return b.finished(t, out) >= int(part*float64(all)) })
	}
	log := func(format string, args ...any) {
		t.Helper()
		t.Logf("%5.1f s, %3d trials: "+format, append([]any{time.Since(began).Seconds(), b.finished(t, out)}, args...)...)
	}
	// Slurm lets what was requeued wait for two minutes.
	stop := c.hurry(array)
	defer stop()

	reach(0.04)
	c.wait(t, time.Minute, "four workers run", func() bool { return len(c.running(array)) == 4 })
	limited := array + "_3"
	c.do(t, "scontrol", "update", "jobid="+limited, "TimeLimit=2")
	log("worker %s has two minutes left and is to be told", limited)
	c.wait(t, 90*time.Second, "the worker was told and is queued again", func() bool { return c.restarts(limited) == 1 })
	log("worker %s queued again", limited)

	reach(0.2)
	c.killController(t)
	log("controller killed")
	before := b.finished(t, out)
	c.wait(t, time.Minute, "workers go on without a controller", func() bool { return b.finished(t, out) > before+3 })
	c.startController(t)
	c.wait(t, time.Minute, "the controller knows the workers", func() bool { return len(c.running(array)) > 0 })
	log("controller back, %d workers running", len(c.running(array)))

	reach(0.35)
	killed := c.killNode(t, "n2")
	log("node n2 killed, %d processes", killed)
	if killed < 4 { // daemon, step, script, worker
		t.Errorf("only %d processes were on the node", killed)
	}
	c.wait(t, 2*time.Minute, "the node is given up", func() bool {
		return strings.Contains(c.ask("sinfo", "--noheader", "--nodes=n2", "--format=%T"), "down")
	})
	c.startNode(t, "n2")
	log("node n2 back")

	c.wait(t, 2*time.Minute, "two workers run on a node", func() bool { return len(c.running(array)) >= 2 })
	c.do(t, "sbatch", "--partition=urgent", "--exclusive", "--nodelist=n1", "--output=/dev/null", "--job-name=urgent", "--wrap=sleep 1")
	log("an urgent job wants node n1")
	c.wait(t, time.Minute, "the urgent job is done", func() bool {
		return strings.TrimSpace(c.ask("squeue", "--noheader", "--name=urgent")) == ""
	})
	log("the urgent job is done")

	resubmitted := 0
	for b.finished(t, out) < all {
		c.wait(t, 5*time.Minute, "the queue is empty or all is done", func() bool {
			return b.finished(t, out) == all || strings.TrimSpace(c.ask("squeue", "--noheader")) == "" && c.ask("sinfo") != ""
		})
		if b.finished(t, out) < all { // as a user would
			resubmitted++
			output(t, b.command(submit...), exitOK)
			log("the queue was empty; submitted again")
		}
	}
	log("all trials are finished")
	c.wait(t, 5*time.Minute, "the report has been made", func() bool { return strings.TrimSpace(c.ask("squeue", "--noheader")) == "" })
	log("the queue is empty")

	restarts := 0
	for element := range 4 {
		restarts += c.restarts(fmt.Sprintf("%s_%d", array, element))
	}
	if restarts < 4 {
		t.Errorf("workers were queued again %d times; one at its limit, two of the node and one preempted make four", restarts)
	}
	told := b.told(t, out)
	if told < 2 {
		t.Errorf("%d workers stopped because they were told", told)
	}
	want, _ := b.undisturbed(t)
	b.complete(t, out, want)
	t.Logf("%d trials by 4 workers: queued again %d times, %d stopped when told, %d submissions after the first", all, restarts, told, resubmitted)
}

// What is cancelled, as the help says, stays cancelled.
func TestSlurmCancel(t *testing.T) {
	c := newCluster(t, 1, 2)
	b := newBench(t, "--set", "train.epochs=150", "--set", "retrain.epochs=150")
	output(t, b.command(append(append([]string{"submit", "slurm"}, b.study...), "--workers", "2", "--cpus", "1", "--time", "10m", "--out", "out")...), exitOK)
	c.wait(t, 5*time.Minute, "trials are finished", func() bool { return b.finished(t, "out") > 2 })
	c.do(t, "scancel", "--name", "prunelab-hard")
	c.wait(t, time.Minute, "the queue is empty", func() bool { return strings.TrimSpace(c.ask("squeue", "--noheader")) == "" })
	time.Sleep(7 * time.Second) // longer than a script tries to requeue itself
	if queue := strings.TrimSpace(c.ask("squeue", "--noheader", "--states=all", "--format=%i %T")); strings.Contains(queue, "PENDING") || strings.Contains(queue, "RUNNING") {
		t.Errorf("after scancel:\n%s", queue)
	}
	if left := b.claims(t, "out"); len(left) > 0 {
		t.Errorf("claims left: %v", left)
	}
	b.clean(t, "out")
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
