//go:build hard && linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// worker is a process on a shared folder.
type worker struct {
	*exec.Cmd
	said  bytes.Buffer
	ended chan error
}

func (b *bench) start(t *testing.T, c *exec.Cmd) *worker {
	t.Helper()
	w := &worker{Cmd: c, ended: make(chan error, 1)}
	c.Stdout, c.Stderr = &w.said, &w.said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { w.ended <- c.Wait() }()
	return w
}

// holder returns a worker that holds a claim, and the claim.
func (b *bench) holder(t *testing.T, out string, workers []*worker) (*worker, string) {
	t.Helper()
	for _, name := range b.claims(t, out) {
		text, err := os.ReadFile(b.path(out, "claims", name))
		if err != nil {
			continue // released meanwhile
		}
		for _, w := range workers {
			if strings.Contains(string(text), fmt.Sprintf("\npid %d\n", w.Process.Pid)) {
				return w, name
			}
		}
	}
	return nil, ""
}

// inodes says which file each trial is.
func (b *bench) inodes(t *testing.T, out string) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	names, err := filepath.Glob(b.path(out, "trials", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = info.Sys().(*syscall.Stat_t).Ino
	}
	return all
}

var trialsRun = regexp.MustCompile(`: (\d+) trials run in`)

// Eight processes share a folder. One is stopped while it holds a claim, until
// another has taken its job over, and then goes on: every trial is published
// once and no claim is left.
func TestEightProcessesOneStoppedPastItsLease(t *testing.T) {
	t.Parallel()
	b := newBench(t, "--set", "train.epochs=30", "--set", "retrain.epochs=30")
	want, _ := b.undisturbed(t)

	// The folder gets its plan from a run that is told to stop when it begins.
	first := b.start(t, b.run("shared"))
	for len(b.claims(t, "shared")) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := first.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if <-first.ended; first.ProcessState.ExitCode() != exitInterrupted {
		t.Fatalf("exit code %d\n%s", first.ProcessState.ExitCode(), &first.said)
	}
	before := b.finished(t, "shared")
	var workers []*worker
	for range 8 {
		workers = append(workers, b.start(t, b.command("worker", "shared", "--workers", "1")))
	}
	var stopped *worker
	var claim string
	for deadline := time.Now().Add(longest); stopped == nil; {
		w, name := b.holder(t, "shared", workers)
		if w == nil || b.finished(t, "shared") < before+10 {
			if time.Now().After(deadline) {
				t.Fatal("nobody holds a claim")
			}
			time.Sleep(time.Millisecond)
			continue
		}
		if err := w.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		if slices.Contains(b.claims(t, "shared"), name) {
			stopped, claim = w, name
		} else if err := w.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	ran := 0
	ends := func(w *worker) {
		select {
		case err := <-w.ended:
			if err != nil {
				t.Errorf("process %d: %v\n%s", w.Process.Pid, err, &w.said)
			}
		case <-time.After(longest):
			t.Errorf("process %d did not end\n%s", w.Process.Pid, &w.said)
			w.Process.Kill()
		}
		if m := trialsRun.FindSubmatch(w.said.Bytes()); m != nil {
			n, _ := strconv.Atoi(string(m[1]))
			ran += n
		}
	}
	for _, w := range workers {
		if w != stopped {
			ends(w)
		}
	}
	waited := time.Since(began)
	all := b.finished(t, "whole")
	if n := b.finished(t, "shared"); n != all {
		t.Errorf("%d of %d trials are finished without the stopped process", n, all)
	}
	published := b.inodes(t, "shared")
	if err := stopped.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	ends(stopped)
	for name, inode := range b.inodes(t, "shared") {
		if published[name] != inode {
			t.Errorf("%s was published again", name)
		}
	}
	output(t, b.command("report", "shared"), exitOK)
	b.complete(t, "shared", want)
	t.Logf("8 processes, claim %s succeeded after %v; %d of %d trials by them, %d computed twice", claim, waited.Round(time.Second), all-before, all, ran-(all-before))
}

// Two runs that begin at the same instant in the same folder both come to the
// end, with the same results.
func TestRunsThatBeginTogether(t *testing.T) {
	b := newBench(t, "--set", "seeds=1", "--set", "train.epochs=3", "--set", "retrain.epochs=3")
	want, _ := b.undisturbed(t)
	n := count(t, 30, 4)
	for i := range n {
		out := fmt.Sprintf("together-%d", i)
		var pair []*worker
		for range 2 {
			pair = append(pair, b.start(t, b.run(out)))
		}
		for _, w := range pair {
			if err := <-w.ended; err != nil {
				t.Errorf("pair %d: %v\n%s", i, err, &w.said)
			}
		}
		b.complete(t, out, want)
		if err := os.RemoveAll(b.path(out)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pairs of runs", n)
}
