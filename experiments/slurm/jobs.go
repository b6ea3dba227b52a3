// Package slurm hands a study to a cluster that Slurm runs.
//
//  1. Jobs says what is submitted: an array of workers on a run's folder and,
//     after them, its report (jobs.go). How long a worker may take is read by
//     TimeLimit (time.go).
//  2. Scripts writes a job script for each from a template (script.go,
//     worker.sh.tmpl, report.sh.tmpl).
//  3. Submit hands them to sbatch, Test asks sbatch about them (sbatch.go).
package slurm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"prunelab/experiments/store"
)

// Jobs is all that the job scripts depend on.
type Jobs struct {
	Study     string
	Program   string    // this program's file
	Folder    string    // where the study was submitted: relative paths in it are from here
	Dir       store.Dir // of the results, absolute
	Data      []string  // folders with data sets, absolute
	Workers   int
	CPUs      int
	Limit     time.Duration // of a worker
	Partition string        // "": the cluster's default
}

// At fills in the study and the paths: of this program, of the current folder,
// of the results and of data sets. What makes jobs impossible is an error.
func (j *Jobs) At(study string, dir store.Dir, data []string) (err error) {
	j.Study = study
	if j.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	if strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(j.Program)))), "go-build") {
		return errors.New("go run removes the program when it ends, before a job could start it; install it with go install ./cmd/prunelab, or build it with go build")
	}
	if j.Folder, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the current folder: %w", err)
	}
	paths := append([]string{string(dir)}, data...)
	for i, p := range paths {
		if paths[i], err = filepath.Abs(p); err != nil {
			return fmt.Errorf("the absolute path of %s: %w", p, err)
		}
	}
	j.Dir, j.Data = store.Dir(paths[0]), paths[1:]
	if strings.ContainsAny(string(j.Dir), "\\\n") {
		return fmt.Errorf("the path %q of the results folder has a sign that Slurm does not take in the name of a log; give another with --out DIR", j.Dir)
	}
	return nil
}

// The scripts' names in the results folder.
const (
	workerScript = "worker.sh"
	reportScript = "report.sh"
)

// Worker is the workers' script.
func (j *Jobs) Worker() string { return j.Dir.Slurm(workerScript) }

// Report is the report's script.
func (j *Jobs) Report() string { return j.Dir.Slurm(reportScript) }

// Logs is the pattern of all logs, for a shell.
func (j *Jobs) Logs() string { return j.Dir.Slurm("*.log") }
