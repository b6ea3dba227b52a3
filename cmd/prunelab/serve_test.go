//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serving starts the server for a folder and returns where it is.
func serving(t *testing.T, dir string, args ...string) (url string, c *exec.Cmd) {
	t.Helper()
	c = program(t, dir, append([]string{"serve"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server said %q: %v", line, err)
	}
	return strings.TrimSpace(line[strings.Index(line, "http://"):]), c
}

// served is what the server tells of a run.
type served struct {
	Trials, Done, Remaining int
	Jobs                    []struct {
		What string
		Dead bool
	}
}

func ask(t *testing.T, url string) (s served) {
	t.Helper()
	r, err := http.Get(url + "state.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A run is followed while it goes on, is killed and is resumed: by what the server
// tells, and in a browser where there is one.
func TestServedRunIsKilledAndResumed(t *testing.T) {
	dir := t.TempDir()
	if err := prepare(dir); err != nil {
		t.Fatal(err)
	}
	c := program(t, dir, append(lengthy, "out")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	until := func(what string, reached func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("not %s within a minute", what)
			}
		}
	}
	until("begun", func() bool {
		kept, _ := filepath.Glob(filepath.Join(dir, "out", "checkpoints", "*"))
		return len(kept) > 0
	})
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil { // at work as long as looking takes
		t.Fatal(err)
	}
	url, server := serving(t, dir, "out")
	run := url + "run/out/"
	working := func() (alive, dead int) {
		for _, j := range ask(t, run).Jobs {
			if j.Dead {
				dead++
			} else {
				alive++
			}
		}
		return alive, dead
	}
	until("at work", func() bool { alive, _ := working(); return alive > 0 })
	read := func() string { return "" } // what the browser shows
	if _, err := exec.LookPath("chromedriver"); err == nil {
		b := browse(t, needsBrowser(t))
		b.resize(390, 844)
		b.open(run)
		read = func() (text string) {
			b.eval(`return document.body.innerText`, &text)
			return text
		}
		defer func() {
			if t.Failed() {
				t.Logf("the page shows %q; the browser says %v", read(), b.log())
			}
		}()
		until("shown at work", func() bool { return strings.Contains(read(), "At work") })
		defer func() {
			until("shown finished", func() bool {
				var report string
				b.eval(`return document.getElementById("report").contentDocument.body.innerText`, &report)
				return !strings.Contains(read(), "At work") && strings.Contains(report, "base") && !strings.Contains(report, "have not been run yet")
			})
			if shots := os.Getenv("PRUNELAB_SHOTS"); shots != "" {
				b.shoot(filepath.Join(shots, "serve.png"), 390)
			}
			if log := b.log(); len(log) > 0 {
				t.Errorf("the browser says: %v", log)
			}
			b.open("about:blank")
			stopServer(t, server)
		}()
	} else {
		t.Log("chromedriver is not installed: the page is not looked at in a browser")
		defer stopServer(t, server)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	until("told as killed", func() bool { alive, dead := working(); return alive == 0 && dead > 0 })
	if s := ask(t, run); s.Remaining == 0 {
		t.Fatal("the run had finished before it was killed")
	}
	output(t, program(t, dir, append(lengthy, "out")...), exitOK)
	until("finished", func() bool { s := ask(t, run); return s.Remaining == 0 && s.Done == s.Trials && len(s.Jobs) == 0 })
}

// stopServer ends a server as Ctrl-C does, which is no failure.
func stopServer(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("stopped by Ctrl-C it ended with %v", err)
	}
}
