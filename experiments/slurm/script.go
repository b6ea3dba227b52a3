package slurm

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"prunelab/model/dataset"
)

//go:embed *.tmpl
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"quote":  ShellQuote,
	"option": optionQuote,
	"slurm":  timeText,
}).ParseFS(files, "*.tmpl"))

// Script is a job script.
type Script struct {
	Name string // its file
	Text []byte
}

// Scripts are the workers' and the report's.
func (j *Jobs) Scripts() []Script {
	scripts := []Script{{Name: j.Worker()}, {Name: j.Report()}}
	for i, s := range scripts {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, filepath.Base(s.Name)+".tmpl", scriptData{j}); err != nil {
			panic(err) // the template is wrong
		}
		scripts[i].Text = b.Bytes()
	}
	return scripts
}

// scriptData is what the templates ask for.
type scriptData struct{ *Jobs }

// Last is the index of the array's last element.
func (j scriptData) Last() int { return j.Workers - 1 }

// Notice is told to Slurm.
func (j scriptData) Notice() int { return notice }

// Results is the results folder.
func (j scriptData) Results() string { return string(j.Dir) }

// ReportLimit is the time limit of the report.
func (j scriptData) ReportLimit() time.Duration { return min(j.Limit, longestReport) }

// Log is the pattern of the workers' logs: an element that is requeued goes on
// with its own.
func (j scriptData) Log() string { return logPattern(j.Dir.Slurm("worker-"), "%a.log") }

// ReportLog is the report's log.
func (j scriptData) ReportLog() string { return logPattern(j.Dir.Slurm("report.log"), "") }

// logPattern is a file name for Slurm, which reads % as the beginning of a
// field.
func logPattern(path, field string) string { return strings.ReplaceAll(path, "%", "%%") + field }

// Setting puts a job where the study was submitted, and into its environment
// also where Slurm does not pass that on.
func (j scriptData) Setting() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cd %s || exit 1\n", ShellQuote(j.Folder))
	if dirs := os.Getenv(dataset.Variable); dirs != "" {
		paths := filepath.SplitList(dirs)
		for i, p := range paths {
			if p != "" && !filepath.IsAbs(p) {
				paths[i] = filepath.Join(j.Folder, p)
			}
		}
		fmt.Fprintf(&b, "export %s=%s\n", dataset.Variable, ShellQuote(strings.Join(paths, string(filepath.ListSeparator))))
	}
	return b.String()
}

// ShellQuote makes one word of a shell of any text.
func ShellQuote(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+=:,@%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// optionQuote makes one word of an #SBATCH line, where a backslash takes the
// meaning from the sign that follows.
func optionQuote(s string) string {
	if ShellQuote(s) == s {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
