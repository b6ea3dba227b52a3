//go:build unix

package slurm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prunelab/experiments/store"
)

// A worker that was told to stop puts itself back into the queue unless Slurm
// is ending its job. Slurm's commands are stand-ins: squeue shows one state
// after the other.
func TestToldWorkerGoesBackIntoTheQueue(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	const told = "kill -USR1 $PPID\nexit 4"
	for _, c := range []struct {
		name   string
		worker string // what it does
		states []string
		want   string // what scontrol was asked for
		exit   int
	}{
		{"running", told, []string{"RUNNING"}, "requeue 7_3\n", 0},
		{"not shown at first", told, []string{"", "RUNNING"}, "requeue 7_3\n", 0},
		{"a signal is on its way", told, []string{"SIGNALING"}, "requeue 7_3\n", 0},
		{"cancelled", told, []string{"COMPLETING"}, "", 0},
		{"preempted", told, []string{"PREEMPTED"}, "", 0},
		{"never shown", told, []string{"", "", "", "", "", ""}, "", 1},
		{"nothing is left", "exit 0", []string{"RUNNING"}, "", 0},
		{"nothing is left, trials failed", "exit 3", []string{"RUNNING"}, "", 3},
		{"an error", "exit 1", []string{"RUNNING"}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			write("prunelab", "#!/bin/sh\n"+c.worker+"\n")
			write("squeue", "#!/bin/sh\nhead -n 1 states\ntail -n +2 states >rest\nmv rest states\n")
			write("scontrol", "#!/bin/sh\necho \"$@\" >>asked\n")
			write("sleep", "#!/bin/sh\n")
			write("states", strings.Join(c.states, "\n")+"\n")
			write("asked", "")
			jobs := Jobs{Study: "s", Program: filepath.Join(dir, "prunelab"), Folder: dir, Dir: store.Dir(dir), Workers: 4, CPUs: 1, Limit: time.Hour}
			write(workerScript, string(jobs.Scripts()[0].Text))
			run := exec.Command(bash, filepath.Join(dir, workerScript))
			run.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), "SLURM_ARRAY_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3")
			said, _ := run.CombinedOutput()
			if got := run.ProcessState.ExitCode(); got != c.exit {
				t.Errorf("exit code %d, want %d\n%s", got, c.exit, said)
			}
			asked, err := os.ReadFile(filepath.Join(dir, "asked"))
			if err != nil {
				t.Fatal(err)
			}
			if string(asked) != c.want {
				t.Errorf("scontrol was asked for %q, want %q\n%s", asked, c.want, said)
			}
		})
	}
}
