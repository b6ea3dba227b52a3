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
	"quote":  func(s any) string { return ShellQuote(fmt.Sprint(s)) },
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
	// In the name of a log Slurm reads % as the beginning of a field.
	log := func(name string) string { return strings.ReplaceAll(j.Dir.Slurm(name), "%", "%%") }
	data := struct {
		*Jobs
		Last, Notice int // index of the array's last element; seconds
		ReportLimit  time.Duration
		Log          string // of the workers: an element that is requeued goes on with its own
		ReportLog    string
		Setting      string
	}{j, j.Workers - 1, notice, min(j.Limit, longestReport), log("worker-") + "%a.log", log("report.log"), j.setting()}
	scripts := []Script{{Name: j.Worker()}, {Name: j.Report()}}
	for i, s := range scripts {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, filepath.Base(s.Name)+".tmpl", data); err != nil {
			panic(err) // the template is wrong
		}
		scripts[i].Text = b.Bytes()
	}
	return scripts
}

// setting puts a job where the study was submitted, and into its environment
// also where Slurm does not pass that on.
func (j *Jobs) setting() string {
	text := "cd " + ShellQuote(j.Folder) + " || exit 1\n"
	if dirs := os.Getenv(dataset.Variable); dirs != "" {
		paths := filepath.SplitList(dirs)
		for i, p := range paths {
			if p != "" && !filepath.IsAbs(p) {
				paths[i] = filepath.Join(j.Folder, p)
			}
		}
		text += "export " + dataset.Variable + "=" + ShellQuote(strings.Join(paths, string(filepath.ListSeparator))) + "\n"
	}
	return text
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
