package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"

	"prunelab/experiments/store"
	"prunelab/model/dataset"
)

// slurmJobs is all that the job scripts depend on.
type slurmJobs struct {
	Study     string
	Program   string    // this program's file
	Folder    string    // where the study was submitted: relative paths in it are from here
	Dir       store.Dir // of the results, absolute
	Data      []string  // --data
	Workers   int
	CPUs      int
	Limit     time.Duration // of a worker
	Partition string        // "": the cluster's default
}

// The scripts' names in the results folder.
const (
	workerScript = "worker.sh"
	reportScript = "report.sh"
)

// notice is how long before the time limit a worker is told to stop, in
// seconds. Slurm may be a minute early.
const notice = 120

// leastLimit leaves a worker time between its start and that notice.
const leastLimit = 4 * time.Minute

// longestReport bounds the time limit of the report, which takes seconds.
const longestReport = time.Hour

var scriptTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"quote":  shellQuote,
	"option": slurmQuote,
	"slurm":  slurmTime,
}).Parse(`
{{- define "` + workerScript + `" -}}
#!/bin/bash
#SBATCH --job-name=prunelab-{{.Study}}
#SBATCH --array=0-{{.Last}}
#SBATCH --time={{slurm .Limit}}
#SBATCH --cpus-per-task={{.CPUs}}
{{- with .Partition}}
#SBATCH --partition={{.}}{{end}}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@{{.Notice}}
#SBATCH --output={{option .Log}}
#
# Workers of the study {{.Study}}, written by prunelab submit slurm. Each takes
# trials from the results folder until none is left; which one it is does not
# matter.

{{.Setting}}
# USR1 comes {{.Notice}} seconds before the time limit and when a more urgent job wants
# the processors, TERM at the end of the grace time. Either lets the worker stop so
# that it can go on later.
worker= told=
stop() {
	told=yes
	if [ -n "$worker" ]; then kill -TERM "$worker" 2>/dev/null; fi
}
trap stop USR1 TERM

{{quote .Program}} worker --workers {{.CPUs}}{{range .Data}} --data {{quote .}}{{end}} {{quote .Results}} &
worker=$!
if [ -n "$told" ]; then stop; fi # it came while the worker was being started
while
	wait "$worker" # a signal ends this early
	code=$?
	kill -0 "$worker" 2>/dev/null
do :; done

# 0: nothing is left. 3: nothing is left, some trials diverged or failed. 4: it
# was stopped and can go on.
case $code in 0 | 3) exit "$code" ;; esac
if [ "$code" -ne 4 ] && [ -z "$told" ]; then exit "$code"; fi

# Back into the queue, unless Slurm is ending this job: what it preempts or
# loses it puts back itself, and what was cancelled is to stay so. While this
# script runs, a job that squeue does not show is one that it missed.
me=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
for try in 1 2 3 4 5 6; do
	if state=$(squeue --noheader --jobs="$me" --format=%T); then
		case $state in
		RUNNING | CONFIGURING | RESIZING | SIGNALING | SUSPENDED)
			if scontrol requeue "$me"; then exit 0; fi
			;;
		?*)
			echo "prunelab: $me was stopped and is $state; it is for Slurm whether it goes back into the queue" >&2
			exit 0
			;;
		esac
	fi
	sleep 5
done
echo "prunelab: $me was stopped and could not be put back into the queue; submit the study again" >&2
exit 1
{{end}}

{{- define "` + reportScript + `" -}}
#!/bin/bash
#SBATCH --job-name=prunelab-{{.Study}}
#SBATCH --time={{slurm .ReportLimit}}
#SBATCH --cpus-per-task=1
{{- with .Partition}}
#SBATCH --partition={{.}}{{end}}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={{option .ReportLog}}
#
# Renders the results of the study {{.Study}} when its workers have ended; written
# by prunelab submit slurm.

{{.Setting}}
exec {{quote .Program}} report {{quote .Results}}
{{end}}`))

// script is a job script.
type script struct {
	name string
	text []byte
}

// scripts are the workers' and the report's.
func (j *slurmJobs) scripts() []script {
	var all []script
	for _, name := range []string{workerScript, reportScript} {
		var b bytes.Buffer
		if err := scriptTemplates.ExecuteTemplate(&b, name, j); err != nil {
			panic(err) // the template is wrong
		}
		all = append(all, script{j.Dir.Slurm(name), b.Bytes()})
	}
	return all
}

// Last is the index of the array's last element.
func (j *slurmJobs) Last() int { return j.Workers - 1 }

// Notice is told to Slurm.
func (j *slurmJobs) Notice() int { return notice }

// Results is the results folder.
func (j *slurmJobs) Results() string { return string(j.Dir) }

// ReportLimit is the time limit of the report.
func (j *slurmJobs) ReportLimit() time.Duration { return min(j.Limit, longestReport) }

// Log is the pattern of the workers' logs: an element that is requeued goes on
// with its own.
func (j *slurmJobs) Log() string { return logPattern(j.Dir.Slurm("worker-"), "%a.log") }

// ReportLog is the report's log.
func (j *slurmJobs) ReportLog() string { return logPattern(j.Dir.Slurm("report.log"), "") }

// logPattern is a file name for Slurm, which reads % as the beginning of a
// field.
func logPattern(path, field string) string { return strings.ReplaceAll(path, "%", "%%") + field }

// Setting puts a job where the study was submitted, and into its environment
// also where Slurm does not pass that on.
func (j *slurmJobs) Setting() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cd %s || exit 1\n", shellQuote(j.Folder))
	if dirs := os.Getenv(dataset.Variable); dirs != "" {
		paths := filepath.SplitList(dirs)
		for i, p := range paths {
			if p != "" && !filepath.IsAbs(p) {
				paths[i] = filepath.Join(j.Folder, p)
			}
		}
		fmt.Fprintf(&b, "export %s=%s\n", dataset.Variable, shellQuote(strings.Join(paths, string(filepath.ListSeparator))))
	}
	return b.String()
}

// shellQuote makes one word of a shell of any text.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+=:,@%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// slurmQuote makes one word of an #SBATCH line, where a backslash takes the
// meaning from the sign that follows.
func slurmQuote(s string) string {
	if shellQuote(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// slurmTime writes a time as Slurm does, D-HH:MM:SS.
func slurmTime(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second)
	return fmt.Sprintf("%d-%02d:%02d:%02d", s/86400, s/3600%24, s/60%60, s%60)
}

var (
	slurmForm = regexp.MustCompile(`^(?:(\d{1,4})-)?(\d{1,4}):(\d{1,2}):(\d{1,2})$`)
	daysForm  = regexp.MustCompile(`^(\d{1,4})d(.*)$`)
)

// timeLimit reads a time limit: 4h, 90m, 1d12h or 1-12:00:00. A bare number is
// refused, because Slurm means minutes by it and others hours.
func timeLimit(text string) (time.Duration, error) {
	d, err := parseTime(text)
	switch {
	case err != nil:
		return 0, err
	case d < leastLimit:
		return 0, fmt.Errorf("give at least %v, because a worker is told to stop up to %v before its time ends", leastLimit, notice*time.Second+time.Minute)
	}
	return d, nil
}

func parseTime(text string) (time.Duration, error) {
	if m := slurmForm.FindStringSubmatch(text); m != nil {
		var n [4]int64
		for i := range n {
			n[i], _ = strconv.ParseInt("0"+m[i+1], 10, 64)
		}
		return time.Duration(((n[0]*24+n[1])*60+n[2])*60+n[3]) * time.Second, nil
	}
	var days time.Duration
	rest := text
	if m := daysForm.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		days, rest = time.Duration(n)*24*time.Hour, m[2]
	}
	if rest == "" && days > 0 {
		return days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, errors.New("is not a time; write 4h, 90m, 1d12h or 1-12:00:00")
	}
	return days + d, nil
}
