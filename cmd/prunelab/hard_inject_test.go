//go:build hard && linux

package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prunelab/model/rng"
)

// injection makes one system call of the program fail.
type injection struct {
	call  string
	fault string // signal=KILL, error=ENOSPC, ...
	when  int    // the call with this number, of any thread
}

// says is what the program is to say of an error.
var says = map[string]string{
	"error=ENOSPC": "no space left on device",
	"error=EIO":    "input/output error",
}

// injected lists the calls that fail, by the way in which they do.
var injected = map[string][]string{
	"signal=KILL":  {"openat", "write", "fsync", "linkat", "renameat", "unlinkat", "mkdirat", "close"},
	"error=ENOSPC": {"openat", "write", "fsync", "linkat", "renameat", "mkdirat"},
	"error=EIO":    {"openat", "read", "write", "fsync", "linkat", "renameat", "unlinkat", "getdents64", "close"},
}

// traced runs the study under strace, which writes what it did to a file.
func (b *bench) traced(out, log string, args ...string) *exec.Cmd {
	c := b.run(out)
	c.Args = append(append([]string{"strace", "-f", "-o", b.path(log)}, args...), c.Args...)
	c.Path, c.Err = exec.LookPath("strace")
	return c
}

var tracedCall = regexp.MustCompile(`(?m)^(\d+) +(\w+)\(`)

// calls says how often each call is made by the thread that makes it most:
// strace counts them for each thread.
func (b *bench) calls(t *testing.T, names []string) map[string]int {
	t.Helper()
	c := b.traced("counted", "calls.log", "--seccomp-bpf", "-e", "trace="+strings.Join(names, ","))
	if said, err := c.CombinedOutput(); err != nil {
		t.Skipf("strace does not work here (%v): %s", err, said)
	}
	log, err := os.ReadFile(b.path("calls.log"))
	if err != nil {
		t.Fatal(err)
	}
	type thread struct{ id, call string }
	made := map[thread]int{}
	most := map[string]int{}
	for _, m := range tracedCall.FindAllSubmatch(log, -1) {
		k := thread{string(m[1]), string(m[2])}
		made[k]++
		most[k.call] = max(most[k.call], made[k])
	}
	return most
}

// injectedMessage reports whether a message to the user was what failed, or
// failed too, by a log of strace.
func injectedMessage(log []byte) bool {
	begun := map[string]bool{} // threads of which the last call is a message
	for line := range strings.Lines(string(log)) {
		thread, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		if !strings.HasPrefix(call, "<... ") {
			begun[thread] = strings.HasPrefix(call, "write(2, ")
		}
		if begun[thread] && strings.HasSuffix(call, "(INJECTED)") {
			return true
		}
	}
	return false
}

// System calls of the program fail or are its last, one in a run. Whatever was
// hit, no bad file is left, an error is told, and the next run ends as an
// undisturbed one.
func TestInjectedFaults(t *testing.T) {
	const seed = 1
	b := newBench(t, "--set", "seeds=1", "--set", "train.epochs=2", "--set", "retrain.epochs=2",
		"--set", "sweeps=[{targets: [all], ratios: [0.9]}, {targets: [each], ratios: [0.5], retrain: false}]")
	want, _ := b.undisturbed(t)
	var names []string
	for _, calls := range injected {
		names = append(names, calls...)
	}
	slices.Sort(names)
	made := b.calls(t, slices.Compact(names))

	for _, fault := range slices.Sorted(maps.Keys(injected)) {
		t.Run(fault, func(t *testing.T) {
			r := rng.Stream(seed, "inject", fault)
			done := map[string]int{}
			total, missed, deepest := 0, 0, 0
			for _, call := range injected[fault] {
				if made[call] == 0 {
					t.Logf("%s is not made", call)
					continue
				}
				n := count(t, 5, 1)
				reach := (made[call] + 1) / 2
				for tries := 0; n > 0 && tries < 40; tries++ {
					out := fmt.Sprintf("injected-%d", total)
					when := 1 + r.IntN(reach)
					how, hit := b.inject(t, out, injection{call, fault, when})
					if hit {
						n--
						total++
						deepest = max(deepest, when)
						done[how]++
						output(t, b.run(out), exitOK)
						b.complete(t, out, want)
					} else {
						// Threads share the calls otherwise each time.
						missed++
						reach = (reach + 1) / 2
					}
					if err := os.RemoveAll(b.path(out)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if deepest < 2 {
				t.Errorf("of %d injections none was later than at a first call", total)
			}
			t.Logf("seed %d: %d injections, up to call %d of a thread: %v; %d more runs came to their end before", seed, total, deepest, done, missed)
		})
	}
}

// inject runs the study with an injection and says how that ended, and whether
// the call was made at all.
func (b *bench) inject(t *testing.T, out string, in injection) (how string, hit bool) {
	t.Helper()
	args := []string{"-e", "trace=" + in.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", in.call, in.fault, in.when)}
	if in.fault != "signal=KILL" { // faster, but strace 6.1 then sends a signal at a first call only
		args = append(args, "--seccomp-bpf")
	}
	c := b.traced(out, "inject.log", args...)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	where := fmt.Sprintf("%s %s, call %d", in.fault, in.call, in.when)
	// A new results folder, which never was there, is as good as a clean one.
	b.clean(t, out)
	if in.fault == "signal=KILL" {
		return "killed", !c.ProcessState.Success()
	}
	log, err := os.ReadFile(b.path("inject.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte("(INJECTED)")) {
		return "", false
	}
	text := said.String()
	switch code := c.ProcessState.ExitCode(); {
	case code == exitOK:
		return "no harm", true // a probe, a beat, a line on the terminal
	case strings.Contains(text, "runtime: ") || strings.Contains(text, "fatal error: "):
		return "Go's own runtime gave up", true
	case injectedMessage(log):
		return "the message was hit too", true // strace counts for each thread
	case strings.Contains(text, "panic: "):
		t.Errorf("%s: it panicked:\n%s", where, text)
	case code != exitError && code != exitUsage:
		t.Errorf("%s: exit code %d:\n%s", where, code, text)
	case !strings.Contains(text, says[in.fault]):
		t.Errorf("%s: the message does not say %q:\n%s", where, says[in.fault], text)
	case !strings.Contains(text, out) && !strings.Contains(text, "hard.yaml"):
		t.Errorf("%s: the message does not name the file:\n%s", where, text)
	}
	return "stopped with a message", true
}
