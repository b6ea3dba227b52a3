package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"prunelab/experiments/slurm"
	"prunelab/experiments/trial"
)

type submitCmd struct {
	Slurm slurmCmd `cmd:"" help:"Run a study as an array of Slurm jobs."`
}

type slurmCmd struct {
	Study string   `arg:"" help:"A built-in study or a study file."`
	Set   []string `name:"set" placeholder:"KEY=VALUE" sep:"none" help:"Replace a value of the study, as train.epochs=2; may be given more than once."`
	armsFlag
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
	if err := s.narrow(one.Study, c.armsFlag); err != nil {
		return err
	}
	dirs, err := c.dirs([]loaded{one})
	if err != nil {
		return err
	}
	st := s.open(dirs[0])
	if err := jobs.At(one.Name, st.Dir, c.Data); err != nil {
		return usageError{err}
	}
	sbatch, missing := exec.LookPath("sbatch")
	switch {
	case c.DryRun:
		return s.showJobs(jobs, sbatch)
	case missing != nil:
		return fmt.Errorf("sbatch is not in PATH: submit from a machine of a Slurm cluster, or start workers in another way with prunelab worker %s", st.Dir)
	}
	plan, _, left, err := s.prepare(one, st, c.Extend)
	if err != nil {
		return c.ofPart(err, dirs[0])
	}
	if len(left) == 0 {
		fmt.Fprintf(s.stdout, "%s: no trial is left, nothing was submitted; prunelab report %s renders them\n", plan.Study, st.Dir)
		return nil
	}
	if where, local := slurm.LocalDisk(string(st.Dir)); local {
		s.notice(fmt.Sprintf("warning: %s lies on %s; every node has to see it", st.Dir, where))
	}
	workers, report, err := jobs.Submit(s.ctx, st, sbatch)
	if workers != "" {
		fmt.Fprintf(s.stdout, "%s: %d of %s left, %s submitted as job %s: %s\n",
			jobs.Study, len(left), trial.Counted(len(plan.Trials), "trial"), trial.Counted(jobs.Workers, "worker"), workers, jobs.Worker())
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "the report follows them as job %s: %s\n", report, jobs.Report())
	fmt.Fprintf(s.stdout, "logs: %s; look: prunelab status %s; stop: scancel %s %s\n", jobs.Logs(), slurm.ShellQuote(string(jobs.Dir)), workers, report)
	return nil
}

// jobs checks what is asked for.
func (c *slurmCmd) jobs() (*slurm.Jobs, error) {
	switch {
	case c.Workers < 1:
		return nil, usageError{fmt.Errorf("--workers %d: at least one is needed", c.Workers)}
	case c.Cpus < 1:
		return nil, usageError{fmt.Errorf("--cpus %d: at least one is needed", c.Cpus)}
	case strings.ContainsFunc(c.Partition, func(r rune) bool { return r <= ' ' || r == '"' || r == '\\' }):
		return nil, usageError{fmt.Errorf("--partition %q is no name of a partition; sinfo lists them", c.Partition)}
	}
	limit, err := slurm.TimeLimit(c.Time)
	if err != nil {
		return nil, usageError{fmt.Errorf("--time %s: %w", c.Time, err)}
	}
	return &slurm.Jobs{Workers: c.Workers, CPUs: c.Cpus, Limit: limit, Partition: c.Partition}, nil
}

// showJobs prints what would be submitted and asks Slurm about it where it is
// there.
func (s *session) showJobs(jobs *slurm.Jobs, sbatch string) error {
	for _, job := range jobs.Scripts() {
		fmt.Fprintf(s.stdout, "# %s\n\n%s\n", job.Name, job.Text)
	}
	fmt.Fprintf(s.stdout, "# commands\n\n%s\n", strings.Join(jobs.Commands(), "\n"))
	if sbatch == "" {
		fmt.Fprintln(s.stderr, "prunelab: sbatch is not in PATH, so Slurm was not asked whether it would take this")
		return nil
	}
	for _, job := range jobs.Scripts() {
		answer, err := job.Test(s.ctx, sbatch)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.stdout, "\n# %s\n%s\n", filepath.Base(job.Name), answer)
	}
	return nil
}
