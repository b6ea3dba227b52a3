package slurm

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"prunelab/experiments/store"
)

// Commands are what Submit runs, as in a shell; JOB stands for the workers' id.
func (j *Jobs) Commands() []string {
	return []string{"sbatch --parsable " + ShellQuote(j.Worker()), "sbatch --parsable " + after("JOB") + " " + ShellQuote(j.Report())}
}

// after makes a job wait for the workers to end, however they do.
func after(workers string) string { return "--dependency=afterany:" + workers }

// Test asks Slurm about a script and returns its answer.
func (s Script) Test(ctx context.Context, sbatch string) (answer []byte, err error) {
	c := exec.CommandContext(ctx, sbatch, "--test-only")
	c.Stdin = bytes.NewReader(s.Text)
	answer, err = c.CombinedOutput()
	answer = bytes.TrimSpace(answer)
	if err != nil {
		return nil, fmt.Errorf("sbatch --test-only refuses %s: %w: %s", filepath.Base(s.Name), err, answer)
	}
	return answer, nil
}

// Submit writes the scripts into the run's folder and hands them to Slurm. It
// returns the ids of the jobs, that of the workers also when the report is
// refused.
func (j *Jobs) Submit(ctx context.Context, st *store.Store, sbatch string) (workers, report string, err error) {
	for _, s := range j.Scripts() {
		if err := st.Derive(s.Name, s.Text); err != nil {
			return "", "", err
		}
	}
	if workers, err = submit(ctx, sbatch, j.Worker()); err != nil {
		return "", "", err
	}
	if report, err = submit(ctx, sbatch, after(workers), j.Report()); err != nil {
		err = fmt.Errorf("the workers are submitted, the report is not: %w; when they have ended: prunelab report %s", err, j.Dir)
	}
	return workers, report, err
}

// submit submits a script and returns the job's id, which is good for nothing
// but talking to Slurm about it soon: a controller that crashes gives ids
// twice.
func submit(ctx context.Context, sbatch string, args ...string) (id string, err error) {
	c := exec.CommandContext(ctx, sbatch, append([]string{"--parsable"}, args...)...)
	var said, failed bytes.Buffer
	c.Stdout, c.Stderr = &said, &failed
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("sbatch %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(failed.Bytes()))
	}
	id, _, _ = strings.Cut(strings.TrimSpace(said.String()), ";") // the cluster follows
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return "", fmt.Errorf("sbatch %s answers %q, not the id of a job", strings.Join(args, " "), said.String())
	}
	return id, nil
}
