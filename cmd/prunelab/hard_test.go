//go:build hard

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The long proofs, run by .ci/hard. They test the program from outside, as it
// is built for users, on MNIST with a network whose trials take a tenth of a
// second.

// The environment variables by which .ci/hard tells the proofs what to do.
const (
	sizeVariable    = "PRUNELAB_HARD"         // full: counts as by hand; nothing: as before every change
	programVariable = "PRUNELAB_HARD_PROGRAM" // the program, built once for all proofs; nothing: each builds it
)

// full reports whether the counts of the long proofs are wanted, not those that
// fit before every change.
func full(t *testing.T) bool {
	t.Helper()
	switch size := os.Getenv(sizeVariable); size {
	case "full":
		return true
	case "":
		return false
	default:
		t.Fatalf("%s=%s; it is full or not set", sizeVariable, size)
		return false
	}
}

// count is how often something is done.
func count(t *testing.T, all, few int) int {
	t.Helper()
	if full(t) {
		return all
	}
	return few
}

// bench is a folder with the study.
type bench struct {
	dir         string
	program     string
	study       []string // the arguments that make the study
	environment []string // of the program, besides that of the test
}

func newBench(t *testing.T, study ...string) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), study: append([]string{"hard.yaml"}, study...)}
	if b.program = os.Getenv(programVariable); b.program == "" {
		b.program = b.path("prunelab")
		c := exec.Command("go", "build", "-o", b.program, ".")
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, said)
		}
	}
	text, err := os.ReadFile("testdata/hard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.path("hard.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) path(parts ...string) string {
	return filepath.Join(append([]string{b.dir}, parts...)...)
}

// command is a run of the program in the bench's folder.
func (b *bench) command(args ...string) *exec.Cmd {
	c := exec.Command(b.program, args...)
	c.Dir = b.dir
	c.Env = append(os.Environ(), b.environment...)
	return c
}

// run is a run of the study on two workers, with its results in a folder.
func (b *bench) run(out string, more ...string) *exec.Cmd {
	args := append([]string{"run"}, b.study...)
	return b.command(append(append(args, "--workers", "2", "--out", out), more...)...)
}

// undisturbed runs the study and returns what it rendered and how long it took.
func (b *bench) undisturbed(t *testing.T) (map[string]string, time.Duration) {
	t.Helper()
	began := time.Now()
	output(t, b.run("whole"), exitOK)
	took := time.Since(began)
	want := contents(t, b.path("whole"))
	if len(want) < 30 {
		t.Fatalf("only %d files were rendered", len(want))
	}
	return want, took
}

// finished counts the trials that are finished.
func (b *bench) finished(t *testing.T, out string) int {
	t.Helper()
	names, err := filepath.Glob(b.path(out, "trials", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// trials reads the files of finished trials.
func (b *bench) trials(t *testing.T, out string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := filepath.Glob(b.path(out, "trials", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	return files
}

// claims lists who is, or was, at work.
func (b *bench) claims(t *testing.T, out string) []string {
	t.Helper()
	entries, err := os.ReadDir(b.path(out, "claims"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// complete checks a folder in which the study has been run to its end: it shows
// what the undisturbed run shows, and nothing is left over.
func (b *bench) complete(t *testing.T, out string, want map[string]string) {
	t.Helper()
	same(t, contents(t, b.path(out)), want)
	b.clean(t, out)
	if left := b.claims(t, out); len(left) > 0 {
		t.Errorf("%s: claims left: %v", out, left)
	}
	err := filepath.WalkDir(b.path(out), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".writing-") {
			t.Errorf("left over: %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// clean checks that no bad file was found in a folder, and no second result.
func (b *bench) clean(t *testing.T, out string) {
	t.Helper()
	for _, folder := range []string{"corrupt", "conflicts", "failed"} {
		if bad, _ := os.ReadDir(b.path(out, folder)); len(bad) > 0 {
			t.Errorf("%s: %s holds %v", out, folder, bad)
		}
	}
}
