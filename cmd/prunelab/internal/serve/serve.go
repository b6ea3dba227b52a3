// Package serve shows runs in a browser while they go on: how far each is, who
// works on what, what failed, and its report from the trials that there are.
//
//  1. Folder finds the runs in a folder, anew at each look (folder.go).
//  2. A watch looks at one run from time to time, as long as somebody wants to
//     know, and tells all of them (watch.go).
//  3. Handler answers: the list of runs with the scoreboard, the page of a run, its
//     events, its report and what the report links to (serve.go, pages.go).
//
// Nothing is written and no file is served: what is sent was made in memory from
// the trials, so that no path of a request reaches the disk.
package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"time"
)

// Server answers for the runs in a folder.
type Server struct {
	folder *folder
	ctx    context.Context
	host   string // requests have to name it, "": any
	mux    *http.ServeMux
}

// New serves the run in dir, or those directly below it, until ctx ends. host is
// the address that it is reached at, as far as it is a loopback address: a page
// elsewhere that had its own name resolve to this machine would else read the
// results through its visitor's browser (DNS rebinding).
func New(ctx context.Context, dir, host string) (*Server, error) {
	s := &Server{folder: newFolder(ctx, dir), ctx: ctx, host: host, mux: http.NewServeMux()}
	if _, err := s.folder.runs(); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /{$}", s.index)
	s.mux.HandleFunc("GET /run/{name}/{$}", s.run)
	s.mux.HandleFunc("GET /run/{name}/events", s.events)
	s.mux.HandleFunc("GET /run/{name}/state.json", s.state)
	s.mux.HandleFunc("GET /run/{name}/results/{file...}", s.results)
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.host != "" && !loopback(r.Host) {
		http.Error(w, fmt.Sprintf("this server answers at %s, localhost or what a tunnel makes of them, not as %q", s.host, r.Host), http.StatusMisdirectedRequest)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// loopback reports whether a request's host is this machine for whoever asks.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// wanted is the watch of the run that a request names; nil: there is none, and the
// request has been answered.
func (s *Server) wanted(w http.ResponseWriter, r *http.Request) *watch {
	runs, err := s.folder.runs()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return nil
	}
	for _, run := range runs {
		if run.name == r.PathValue("name") {
			return run
		}
	}
	http.Error(w, fmt.Sprintf("there is no run %q; the first page lists those that there are", r.PathValue("name")), http.StatusNotFound)
	return nil
}

func (s *Server) state(w http.ResponseWriter, r *http.Request) {
	if run := s.wanted(w, r); run != nil {
		now := run.look()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(now.json(), '\n'))
	}
}

// events tells of a run as it changes, as server-sent events (HTML Standard, section
// 9.2); one a quarter of a minute at least shows that the server lives.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	run := s.wanted(w, r)
	if run == nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	defer run.join()()
	for {
		now, changed := run.last()
		_ = out.SetWriteDeadline(time.Now().Add(patience))
		if _, err := fmt.Fprintf(w, "data: %s\n\n", now.json()); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-time.After(patience):
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// patience is how long a silence may be, and how long a client may take to read.
const patience = 15 * time.Second

// results sends a rendered file of a run.
func (s *Server) results(w http.ResponseWriter, r *http.Request) {
	run := s.wanted(w, r)
	if run == nil {
		return
	}
	files, err := run.rendered()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	name := r.PathValue("file")
	data, ok := files[name]
	if !ok {
		http.Error(w, fmt.Sprintf("the report of %s has no %q", run.name, name), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", contentType(name))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".md", ".tex", ".txt", ".csv":
		return "text/plain; charset=utf-8"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// json is what the page is told.
func (o observed) json() []byte {
	type job struct {
		What, Host, For string
		PID             int
		Dead            bool
	}
	type missing struct{ What, Status, Error, File string }
	told := struct {
		Study                                     string
		Trials, Done, Diverged, Failed, Remaining int
		Left                                      string
		Jobs                                      []job
		Missing                                   []missing
		Damaged                                   []string
		Version                                   string // of the results: another one, another report
		Error                                     string
	}{Version: o.version, Damaged: o.damaged}
	if o.err != nil {
		told.Error = o.err.Error()
	} else {
		n := o.state
		told.Study, told.Trials, told.Done, told.Diverged, told.Failed, told.Remaining = n.Study, n.Trials, n.Done, n.Diverged, n.Failed, n.Remaining
		told.Left = o.left()
		for _, j := range n.Jobs {
			told.Jobs = append(told.Jobs, job{What: j.What, Host: j.Host, For: o.age(j), PID: j.PID, Dead: j.Dead})
		}
		for _, m := range n.Missing {
			told.Missing = append(told.Missing, missing{m.What, string(m.Status), m.Error, m.File})
		}
	}
	b, err := json.Marshal(told)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return b
}
