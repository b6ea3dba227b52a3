package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"prunelab/experiments/store"
)

type submitCmd struct {
	Slurm slurmCmd `cmd:"" help:"Run a study as an array of Slurm jobs."`
}

type slurmCmd struct {
	Study string   `arg:"" help:"A built-in study or a study file."`
	Set   []string `name:"set" placeholder:"KEY=VALUE" sep:"none" help:"Replace a value of the study, as train.epochs=2; may be given more than once."`
	dataFlags
	outFlag
	Workers   int    `required:"" placeholder:"N" help:"Elements of the array; each is a worker."`
	Time      string `required:"" placeholder:"T" help:"Time limit of an element: 4h, 90m, 1d12h, or as Slurm writes it, 1-12:00:00. A worker that reaches it goes on in the next."`
	Cpus      int    `required:"" placeholder:"C" help:"Processors of an element, and trials that it runs at once."`
	Partition string `placeholder:"P" help:"Partition (default: the cluster's)."`
	Extend    bool   `help:"Add the trials that the study has and the results folder has not, as in run."`
	DryRun    bool   `name:"dry-run" help:"Print the scripts and the commands, and ask sbatch --test-only; nothing is written or submitted."`
}

func (*slurmCmd) Help() string {
	return `Pins the plan of the study in its results folder, writes two job scripts beside
it and submits them. Every element of the first is a worker that takes trials
from the folder until none is left; the second renders the results when all have
ended. A worker that is preempted, or near its time limit, stops so that nothing
finished is lost, and is queued again; so is one whose node dies.

The results folder, the data and this program have to be at the same path on
every node. All nodes run the kernels that the plan pins; where they differ, pin
what all have: PRUNELAB_KERNEL=avx2 prunelab submit slurm ... What else a site
asks for is said as to sbatch: SBATCH_ACCOUNT=name, SBATCH_QOS=name.

  prunelab submit slurm layers-lenet-5 --workers 32 --time 4h --cpus 8 --dry-run
  prunelab submit slurm layers-lenet-5 --workers 32 --time 4h --cpus 8
  prunelab status results/layers-lenet-5       who is at it, what is left
  scancel --name prunelab-layers-lenet-5       stop; the same command goes on

The same command again adds workers to those that are at it.`
}

// Run submits the study.
func (c *slurmCmd) Run(s *session) error {
	jobs, err := c.jobs()
	if err != nil {
		return err
	}
	one, err := loadStudy(s, c.Study, c.Set, c.dataFlags)
	if err != nil {
		return err
	}
	dirs, err := c.dirs([]loaded{one})
	if err != nil {
		return err
	}
	if jobs.Data, err = absolute(c.Data); err != nil {
		return err
	}
	st := s.open(dirs[0])
	if err := jobs.at(one.Name, st.Dir); err != nil {
		return err
	}
	sbatch, missing := exec.LookPath("sbatch")
	switch {
	case c.DryRun:
		return jobs.show(s, sbatch)
	case missing != nil:
		return fmt.Errorf("sbatch is not in PATH: submit from a machine of a Slurm cluster, or start workers in another way with prunelab worker %s", st.Dir)
	}
	plan, left, err := s.prepare(one, st, c.Extend)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		fmt.Fprintf(s.stdout, "%s: no trial is left, nothing was submitted; prunelab report %s renders them\n", plan.Study, st.Dir)
		return nil
	}
	if where, local := localDisk(string(st.Dir)); local {
		s.notice(fmt.Sprintf("warning: %s lies on %s; every node has to see it", st.Dir, where))
	}
	return jobs.submit(s, st, sbatch, fmt.Sprintf("%d of %d trials", len(left), len(plan.Trials)))
}

// jobs checks what is asked for.
func (c *slurmCmd) jobs() (*slurmJobs, error) {
	switch {
	case c.Workers < 1:
		return nil, usageError{fmt.Errorf("--workers %d: at least one is needed", c.Workers)}
	case c.Cpus < 1:
		return nil, usageError{fmt.Errorf("--cpus %d: at least one is needed", c.Cpus)}
	case strings.ContainsFunc(c.Partition, func(r rune) bool { return r <= ' ' || r == '"' || r == '\\' }):
		return nil, usageError{fmt.Errorf("--partition %q is no name of a partition; sinfo lists them", c.Partition)}
	}
	limit, err := timeLimit(c.Time)
	if err != nil {
		return nil, usageError{fmt.Errorf("--time %s: %w", c.Time, err)}
	}
	return &slurmJobs{Workers: c.Workers, CPUs: c.Cpus, Limit: limit, Partition: c.Partition}, nil
}

// absolute makes paths that hold in any folder.
func absolute(paths []string) ([]string, error) {
	var all []string
	for _, p := range paths {
		a, err := filepath.Abs(p)
		if err != nil {
			return nil, fmt.Errorf("the absolute path of %s: %w", p, err)
		}
		all = append(all, a)
	}
	return all, nil
}

// at fills in the paths.
func (j *slurmJobs) at(study string, dir store.Dir) (err error) {
	j.Study = study
	if j.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	if strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(j.Program)))), "go-build") {
		return usageError{errors.New("go run removes the program when it ends, before a job could start it; install it with go install ./cmd/prunelab, or build it with go build")}
	}
	if j.Folder, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the current folder: %w", err)
	}
	paths, err := absolute([]string{string(dir)})
	if err != nil {
		return err
	}
	j.Dir = store.Dir(paths[0])
	if strings.ContainsAny(string(j.Dir), "\\\n") {
		return usageError{fmt.Errorf("the path %q of the results folder has a sign that Slurm does not take in the name of a log; give another with --out DIR", j.Dir)}
	}
	return nil
}

// show prints what submit would do and asks Slurm about it where it is there.
func (j *slurmJobs) show(s *session, sbatch string) error {
	for _, job := range j.scripts() {
		fmt.Fprintf(s.stdout, "# %s\n\n%s\n", job.name, job.text)
	}
	fmt.Fprintf(s.stdout, "# commands\n\nsbatch --parsable %s\n%s\n",
		shellQuote(j.Dir.Slurm(workerScript)), "sbatch --parsable --dependency=afterany:JOB "+shellQuote(j.Dir.Slurm(reportScript)))
	if sbatch == "" {
		fmt.Fprintln(s.stderr, "prunelab: sbatch is not in PATH, so Slurm was not asked whether it would take this")
		return nil
	}
	for _, job := range j.scripts() {
		c := exec.CommandContext(s.ctx, sbatch, "--test-only")
		c.Stdin = bytes.NewReader(job.text)
		said, err := c.CombinedOutput()
		if err != nil {
			return fmt.Errorf("sbatch --test-only refuses %s: %w: %s", filepath.Base(job.name), err, bytes.TrimSpace(said))
		}
		fmt.Fprintf(s.stdout, "\n# %s\n%s\n", filepath.Base(job.name), bytes.TrimSpace(said))
	}
	return nil
}

// submit writes the scripts and hands them to Slurm.
func (j *slurmJobs) submit(s *session, st *store.Store, sbatch, left string) error {
	for _, job := range j.scripts() {
		if err := st.Derive(job.name, job.text); err != nil {
			return err
		}
	}
	workers, err := sbatchJob(s, sbatch, j.Dir.Slurm(workerScript))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s: %s left, %d workers submitted as job %s: %s\n", j.Study, left, j.Workers, workers, j.Dir.Slurm(workerScript))
	report, err := sbatchJob(s, sbatch, "--dependency=afterany:"+workers, j.Dir.Slurm(reportScript))
	if err != nil {
		return fmt.Errorf("the workers are submitted, the report is not: %w; when they have ended: prunelab report %s", err, j.Dir)
	}
	fmt.Fprintf(s.stdout, "the report follows them as job %s: %s\n", report, j.Dir.Slurm(reportScript))
	fmt.Fprintf(s.stdout, "logs: %s; look: prunelab status %s; stop: scancel %s %s\n", j.Dir.Slurm("*.log"), shellQuote(string(j.Dir)), workers, report)
	return nil
}

// sbatchJob submits a script and returns the job's id, which is good for
// nothing but talking to Slurm about it soon: a controller that crashes gives
// ids twice.
func sbatchJob(s *session, sbatch string, args ...string) (string, error) {
	c := exec.CommandContext(s.ctx, sbatch, append([]string{"--parsable"}, args...)...)
	var said, failed bytes.Buffer
	c.Stdout, c.Stderr = &said, &failed
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("sbatch %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(failed.Bytes()))
	}
	id, _, _ := strings.Cut(strings.TrimSpace(said.String()), ";") // the cluster follows
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return "", fmt.Errorf("sbatch %s answers %q, not the id of a job", strings.Join(args, " "), said.String())
	}
	return id, nil
}
