//go:build hard && linux

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"prunelab/experiments/store"
)

// mount mounts something for the time of the test; that takes root.
func mount(t *testing.T, at string, args ...string) {
	t.Helper()
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("mount", append(args, at)...).CombinedOutput(); err != nil {
		t.Skipf("this machine does not let us mount (%v): %s", err, said)
	}
	t.Cleanup(func() {
		if said, err := exec.Command("umount", at).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v: %s", at, err, said)
		}
	})
}

// remount changes what is mounted.
func remount(t *testing.T, at, options string) {
	t.Helper()
	if said, err := exec.Command("mount", "-o", "remount,"+options, at).CombinedOutput(); err != nil {
		t.Fatalf("mount -o remount,%s %s: %v: %s", options, at, err, said)
	}
}

// A disk that is full stops the run, which says which file and what is free; no
// bad file is left, and with room the same command ends as if nothing had been.
func TestFullDisk(t *testing.T) {
	b := newBench(t, "--set", "seeds=2")
	want, _ := b.undisturbed(t)
	stopped := 0
	sizes := []string{"16k", "256k", "1m"}
	if full(t) {
		sizes = []string{"16k", "64k", "256k", "512k", "1m"}
	}
	for _, size := range sizes {
		small := b.path("small-" + size)
		mount(t, small, "-t", "tmpfs", "-o", "size="+size, "tmpfs")
		out := "small-" + size + "/run"
		said := output(t, b.run(out), exitError)
		for _, s := range []string{out, "no space left on device", " free on its file system)"} {
			if !strings.Contains(said, s) {
				t.Errorf("%s: the message lacks %q:\n%s", size, s, said)
			}
		}
		if strings.Contains(said, "goroutine ") {
			t.Errorf("%s: it panicked:\n%s", size, said)
		}
		// Every file that has a name is whole.
		st := store.Open(b.path(out), store.Disk{})
		if plan, err := st.Plan(); err == nil {
			have, err := st.Outcomes(plan)
			if err != nil || len(have) != b.finished(t, out) {
				t.Errorf("%s: %d of %d files of trials are good (%v)", size, len(have), b.finished(t, out), err)
			}
		}
		b.clean(t, out)
		stopped++
		remount(t, small, "size=64m")
		output(t, b.run(out), exitOK)
		b.complete(t, out, want)
	}
	t.Logf("%d sizes of disk; each run stopped, and completed with more room", stopped)
}

// A folder that cannot be written is found before anything is trained. Root may
// write whatever a mode says, so it is mounted read-only.
func TestReadOnlyFolder(t *testing.T) {
	b := newBench(t)
	if err := os.MkdirAll(b.path("real", "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	mount(t, b.path("fixed"), "--bind", b.path("real"))
	remount(t, b.path("fixed"), "bind,ro")
	for _, out := range []string{"fixed/run", "fixed/new"} {
		began := time.Now()
		said := output(t, b.run(out), exitError)
		for _, s := range []string{"results folder " + out + " cannot be written", "read-only", "--out DIR"} {
			if !strings.Contains(said, s) {
				t.Errorf("the message lacks %q:\n%s", s, said)
			}
		}
		if strings.Contains(said, "trials to run") {
			t.Errorf("it began to train:\n%s", said)
		}
		t.Logf("%s refused after %v", out, time.Since(began).Round(time.Millisecond))
	}
}
