package store

import (
	"fmt"
	"path/filepath"

	"prunelab/experiments/trial"
)

// Dir is the folder of a run; its methods are all the names in it.
type Dir string

// Study is the study as it is run, complete.
func (d Dir) Study() string { return d.in("study.yaml") }

// Plan is the plan: which trials there are.
func (d Dir) Plan() string { return d.in("plan.json") }

// Extension is the plan after it was extended, from 2 on: with the trials that
// there were and more. The highest number is in force.
func (d Dir) Extension(n int) string { return d.in(fmt.Sprintf("plan-%d.json", n)) }

// Trials is the folder of finished trials.
func (d Dir) Trials() string { return d.in("trials") }

// Trial is a finished trial.
func (d Dir) Trial(k trial.Key) string { return d.in("trials", string(k)+".json") }

// Pack is the file of finished trials that were packed.
func (d Dir) Pack() string { return d.in("trials.jsonl.gz") }

// Failures is the folder of trials that ended by a panic or a bug.
func (d Dir) Failures() string { return d.in("failed") }

// Failure is a trial that ended by a panic or a bug, with its stack.
func (d Dir) Failure(k trial.Key) string { return d.in("failed", string(k)+".json") }

// Stack is the error of such a trial with its stack, for people.
func (d Dir) Stack(k trial.Key) string { return d.in("failed", string(k)+".txt") }

// Cache is the folder of networks that trials start from.
func (d Dir) Cache() string { return d.in("cache") }

// Network is a network that trials start from; the name carries the SHA-256
// of the file.
func (d Dir) Network(k trial.Key, sum string) string {
	return d.in("cache", string(k)+"."+sum+networkSuffix)
}

// Checkpoints is the folder of the states of trainings under way.
func (d Dir) Checkpoints() string { return d.in("checkpoints") }

// Checkpoint is the state of a trial's training after so many steps; the name
// carries the SHA-256 of the file.
func (d Dir) Checkpoint(k trial.Key, step int, sum string) string {
	return d.in("checkpoints", fmt.Sprintf("%s.%012d.%s%s", k, step, sum, networkSuffix))
}

// Trained is the network, trained elsewhere, that a study starts from.
func (d Dir) Trained() string { return d.in("network.safetensors") }

const networkSuffix = ".safetensors"

// Claims is the folder of claims.
func (d Dir) Claims() string { return d.in("claims") }

// Claim is a generation of the claim on a job.
func (d Dir) Claim(job string, generation int) string {
	return d.in("claims", fmt.Sprintf("%s.%d", job, generation))
}

// Corrupt is the folder of damaged files.
func (d Dir) Corrupt() string { return d.in("corrupt") }

// Conflicts is the folder of second results that differ from the first.
func (d Dir) Conflicts() string { return d.in("conflicts") }

// Tables is the folder of tables.
func (d Dir) Tables() string { return d.in("tables") }

// Figures is the folder of figures.
func (d Dir) Figures() string { return d.in("figures") }

// Asked is the file of the figures that are asked for beside the report's own.
func (d Dir) Asked() string { return d.in("figures.yaml") }

// Report is the report in Markdown.
func (d Dir) Report() string { return d.in("report.md") }

// Page is the report as a page for a browser.
func (d Dir) Page() string { return d.in("report.html") }

// Findings is the file of verdicts.
func (d Dir) Findings() string { return d.in("findings.json") }

// Rendered names what tables, figures and report were made from.
func (d Dir) Rendered() string { return d.in("rendered.json") }

// Slurm is a file of a submission to Slurm: a job script or a log.
func (d Dir) Slurm(name string) string { return d.in("slurm", name) }

func (d Dir) in(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// folders are those that a run needs.
func (d Dir) folders() []string {
	return []string{d.Trials(), d.Cache(), d.Claims()}
}

// written are those in which files are written aside first.
func (d Dir) written() []string {
	return []string{string(d), d.Trials(), d.Failures(), d.Cache(), d.Checkpoints(), d.Claims(), d.Corrupt(), d.Conflicts(), d.Tables(), d.Figures()}
}
