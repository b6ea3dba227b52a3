package serve

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"prunelab/analysis/report"
	"prunelab/analysis/scoreboard"
	"prunelab/cmd/prunelab/internal/render"
	"prunelab/cmd/prunelab/internal/state"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

var (
	//go:embed page/index.html
	indexText string
	//go:embed page/run.html
	runText string
	//go:embed page/style.css
	style string
	//go:embed page/run.js
	script string

	indexPage = template.Must(template.New("index").Parse(indexText))
	runPage   = template.Must(template.New("run").Parse(runText))
)

// run is the page of a run.
func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	run := s.wanted(w, r)
	if run == nil {
		return
	}
	now := run.look()
	s.send(w, runPage, struct {
		Name     string
		State    state.State
		Finished int
		Progress string
		Style    template.CSS
		Script   template.JS
	}{run.name, now.state, now.finished(), now.progress(), template.CSS(style), template.JS(script)})
}

// line is a run in the list.
type line struct {
	Path, Name, Progress, Words string
	Bad                         bool
}

// index lists the runs, with the scoreboard where there are several.
func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	runs, err := s.folder.runs()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	page := struct {
		Dir        string
		Runs       []line
		Scoreboard *board
		Trouble    []string
		Style      template.CSS
	}{Dir: s.folder.dir, Style: template.CSS(style)}
	var seen []observed
	for _, run := range runs {
		now := run.look()
		seen = append(seen, now)
		page.Runs = append(page.Runs, line{"run/" + url.PathEscape(run.name) + "/", run.name, now.progress(), now.words(), now.err != nil || now.state.Failed+now.state.Diverged > 0})
	}
	if len(runs) > 1 {
		page.Scoreboard, page.Trouble = s.folder.scoreboard(runs, seen)
	}
	s.send(w, indexPage, page)
}

// send executes a page. Its policy names what may run by digest and forbids
// everything else, so that no name of a study becomes a script.
func (s *Server) send(w http.ResponseWriter, page *template.Template, data any) {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'", report.Allowed(style), report.Allowed(script)))
	_, _ = w.Write(b.Bytes())
}

// board is a scoreboard as it is shown, of results of some versions.
type board struct {
	versions       string
	Element, Notes template.HTML
}

// scoreboard judges the runs that can be read; what is half finished is judged by
// what there is. One that cannot be judged is told of and hides none of the others.
func (f *folder) scoreboard(runs []*watch, seen []observed) (_ *board, trouble []string) {
	f.judging.Lock()
	defer f.judging.Unlock()
	versions := ""
	for _, now := range seen {
		versions += now.version + " "
	}
	if f.board != nil && f.board.versions == versions {
		return f.board, nil
	}
	var studies []scoreboard.Study
	for i, run := range runs {
		if seen[i].err != nil || len(seen[i].outcomes) == 0 {
			continue
		}
		one, err := judged(run.dir, seen[i])
		if err != nil {
			trouble = append(trouble, fmt.Sprintf("%s is not on the scoreboard: %v", run.name, err))
			continue
		}
		studies = append(studies, one)
	}
	if len(studies) == 0 {
		return nil, trouble
	}
	element, notes := scoreboard.Table(studies).HTML()
	b := &board{versions, template.HTML(element), template.HTML(notes)} // escaped by package table
	if len(trouble) == 0 {                                              // else asked again: what ails may be a study's file, which has no part in the versions
		f.board = b
	}
	return b, trouble
}

func judged(dir string, o observed) (one scoreboard.Study, err error) {
	r, err := render.Open(store.Inspect(dir, store.Disk{}, func(string, error) {}), o.plan)
	if err != nil {
		return one, err
	}
	r.Outcomes = o.outcomes
	return r.Judged()
}

func (o observed) finished() int { return o.state.Done + o.state.Diverged }

func (o observed) progress() string {
	if o.err != nil {
		return ""
	}
	return fmt.Sprintf("%d of %s", o.finished(), trial.Counted(o.state.Trials, "trial"))
}

// words says what is the matter with a run.
func (o observed) words() string {
	working := 0
	for _, j := range o.state.Jobs {
		if !j.Dead {
			working++
		}
	}
	text := "finished"
	switch {
	case o.err != nil:
		return o.err.Error()
	case o.state.Remaining > 0 && working > 0:
		text = trial.Counted(working, "worker") + " at work"
		if left := o.left(); left != "" {
			text += ", about " + left + " left"
		}
	case o.state.Remaining > 0:
		text = "nobody is at work"
	}
	if n := o.state.Diverged; n > 0 {
		text += fmt.Sprintf(", %d diverged", n)
	}
	if n := o.state.Failed; n > 0 {
		text += fmt.Sprintf(", %d failed", n)
	}
	return text
}
