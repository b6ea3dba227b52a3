//go:build unix

package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lengthy is a run of few trainings, each long enough to be stopped in its
// middle, with checkpoints after every few batches.
var lengthy = []string{"run", "base.yaml", "--set", "seeds=1", "--set", "train.epochs=200", "--workers", "2", "--checkpoint", "2e-5", "--out"}

// A batch system warns with SIGUSR1 and sends SIGTERM soon after; the second
// one does not cut short what the first one began. Nothing is held afterwards,
// and the trainings go on from where they were.
func TestWarnedRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	if err := prepare(dir); err != nil {
		t.Fatal(err)
	}
	output(t, program(t, dir, append(lengthy, "whole")...), exitOK)
	kept := func() []string {
		names, err := filepath.Glob(filepath.Join(dir, "stopped", "checkpoints", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	for _, signals := range [][]syscall.Signal{{syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGTERM}, {syscall.SIGTERM}, {syscall.SIGINT, syscall.SIGTERM}} {
		c := program(t, dir, append(lengthy, "stopped")...)
		var said bytes.Buffer
		c.Stdout, c.Stderr = &said, &said
		before := kept()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); slices.Equal(kept(), before); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no checkpoint was kept")
			}
		}
		for _, s := range signals {
			if err := c.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		c.Wait()
		if got := c.ProcessState.ExitCode(); got != exitInterrupted {
			t.Fatalf("%v: exit code %d, want %d\n%s", signals, got, exitInterrupted, &said)
		}
		if n := strings.Count(said.String(), "stopping after the batch at hand"); n != 1 {
			t.Errorf("%v: it said so %d times:\n%s", signals, n, &said)
		}
		if held, _ := os.ReadDir(filepath.Join(dir, "stopped", "claims")); len(held) > 0 {
			t.Errorf("%v: still held: %v", signals, held)
		}
		if len(kept()) == 0 {
			t.Errorf("%v: no checkpoint is left", signals)
		}
	}
	output(t, program(t, dir, append(lengthy, "stopped")...), exitOK)
	same(t, contents(t, filepath.Join(dir, "stopped")), contents(t, filepath.Join(dir, "whole")))
	if len(kept()) > 0 {
		t.Errorf("left at the end: %v", kept())
	}
}

// The second Ctrl-C does not wait for the work at hand, here a measurement that
// takes an hour.
func TestSecondInterruptQuitsAtOnce(t *testing.T) {
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		c := program(t, t.TempDir(), "bench", "--network", "lenet-300-100", "--density", "1", "--time", "1h")
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		limit := time.AfterFunc(time.Minute, func() { c.Process.Kill() })
		defer limit.Stop()
		time.Sleep(wait)
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stderr)
		told := false
		for !told && lines.Scan() {
			told = strings.Contains(lines.Text(), "once more quits at once")
		}
		if !told && wait < 10*time.Second {
			c.Wait() // the signal came before the program had begun
			continue
		}
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatalf("one interrupt ended it: %v", err)
		}
		c.Wait()
		if got := c.ProcessState.ExitCode(); got != exitInterrupted {
			t.Errorf("exit code %d, want %d", got, exitInterrupted)
		}
		return
	}
}
