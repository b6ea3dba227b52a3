package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

const published = "../../../../results/survivors-lenet-300-100"

// hostile is a folder's name that would be a script or a path if it were taken for one.
const hostile = `<img src=x onerror=alert(1)>..%2f..%2f`

const unfinished = "have not been run yet"

// half makes a run of which some trials are there, and returns the others' store and
// outcomes.
func half(t *testing.T, dir string) (*store.Store, []trial.Outcome) {
	t.Helper()
	from := store.Inspect(published, store.Disk{}, nil)
	plan, err := from.Plan()
	if err != nil {
		t.Fatal(err)
	}
	outs, err := from.Outcomes(plan)
	if err != nil {
		t.Fatal(err)
	}
	text, err := from.Study()
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(dir, store.Disk{})
	if err := st.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := st.Pin(plan, text); err != nil {
		t.Fatal(err)
	}
	n := len(outs) / 2
	for _, o := range outs[:n] {
		if err := st.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	return st, outs[n:]
}

// A study that is not the run's is told of beside what is damaged.
func TestForeignStudyIsTold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	st, _ := half(t, dir)
	if now := observe(dir); now.err != nil || len(now.damaged) > 0 {
		t.Fatalf("%v, %q", now.err, now.damaged)
	}
	if err := os.WriteFile(st.Dir.Study(), []byte("name: another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	now := observe(dir)
	if now.err != nil || len(now.damaged) != 1 || !strings.Contains(now.damaged[0], st.Dir.Study()+" is not the text that was stored") {
		t.Errorf("%v, %q", now.err, now.damaged)
	}
}

func served(t *testing.T, dir, host string) *httptest.Server {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s, err := New(ctx, dir, host)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() { stop(); server.Close() })
	return server
}

func get(t *testing.T, url string) (int, http.Header, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(b)
}

// Fifty readers follow a run, are told of each trial that is done meanwhile, and see it
// in the report.
func TestReadersFollowARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), hostile)
	st, rest := half(t, dir)
	server := served(t, dir, "127.0.0.1")
	at := server.URL + "/run/" + url.PathEscape(hostile) + "/"
	code, _, before := get(t, at+"results/report.html")
	if code != http.StatusOK || !strings.Contains(before, unfinished) {
		t.Fatalf("the report of half a run: %d, %.300s", code, before)
	}
	const readers = 50
	var ready, all sync.WaitGroup
	ready.Add(readers)
	for range readers {
		all.Go(func() {
			r, err := http.Get(at + "events")
			if err != nil {
				t.Error(err)
				ready.Done()
				return
			}
			defer r.Body.Close()
			lines, first := bufio.NewScanner(r.Body), true
			for lines.Scan() {
				text, ok := strings.CutPrefix(lines.Text(), "data: ")
				if !ok {
					continue
				}
				if first {
					first = false
					ready.Done()
				}
				var now struct{ Trials, Done, Remaining int }
				if err := json.Unmarshal([]byte(text), &now); err != nil {
					t.Error(err)
					return
				}
				if now.Done+now.Remaining != now.Trials {
					t.Errorf("told of %+v", now)
				}
				if now.Remaining == 0 {
					return
				}
			}
			t.Error("the events ended before the run")
		})
	}
	ready.Wait()
	for _, o := range rest {
		if err := st.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, _, after := get(t, at+"results/report.html")
		if !strings.Contains(after, unfinished) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the report is still of the half")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if code, head, csv := get(t, at+"results/tables/trials.csv"); code != http.StatusOK || !strings.HasPrefix(head.Get("Content-Type"), "text/plain") || len(csv) == 0 {
		t.Errorf("a table that the report links to: %d, %v", code, head)
	}
}

// What is in the folder and was not rendered, and what lies outside of it, is not sent,
// however a request writes its path; and nothing but reading is answered.
func TestNoFileIsServed(t *testing.T) {
	top := t.TempDir()
	half(t, filepath.Join(top, "one"))
	if err := os.WriteFile(filepath.Join(top, "secret.txt"), []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "one", "secret.txt"), []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := served(t, top, "127.0.0.1")
	for _, p := range []string{
		"/secret.txt", "/run/secret.txt", "/run/one/secret.txt", "/run/one/results/secret.txt", "/run/one/results/../secret.txt", "/run/one/results/..%2fsecret.txt",
		"/run/one/results/..%2f..%2fsecret.txt", "/run/..%2fsecret.txt/", "/run/%2e%2e/", "/run/./", "/run/one/results//etc/passwd", "/run/one/results/%2fetc%2fpasswd", "/run/one/results/plan.json",
		"/run/one/results/..\\secret.txt", "/../../../../etc/passwd", "/run/one%00/", "/run/one/results/report.html%00",
	} {
		conn, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		conn.URL.Opaque = p // as it is written, not cleaned by the client
		r, err := http.DefaultTransport.RoundTrip(conn)
		if err != nil {
			continue // refused by the server as no request at all
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode == http.StatusOK || bytes.Contains(b, []byte("SECRET")) || bytes.Contains(b, []byte("root:")) {
			t.Errorf("%s: %d, %.80s", p, r.StatusCode, b)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		r, err := http.NewRequest(method, server.URL+"/run/one/", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, answer.StatusCode)
		}
	}
}

// A page elsewhere whose name leads to this machine is not answered; whoever listens
// to the world answers to any name.
func TestRequestsForOtherHosts(t *testing.T) {
	top := t.TempDir()
	half(t, filepath.Join(top, "one"))
	for host, want := range map[string]map[string]int{
		"127.0.0.1": {"evil.example": http.StatusMisdirectedRequest, "evil.example:80": http.StatusMisdirectedRequest, "localhost:9": http.StatusOK, "LOCALHOST.:9": http.StatusOK, "localhost.evil.example": http.StatusMisdirectedRequest, "127.0.0.1": http.StatusOK, "[::1]:80": http.StatusOK, "127.0.0.1.evil.example": http.StatusMisdirectedRequest},
		"":          {"head-node": http.StatusOK},
	} {
		server := served(t, top, host)
		for name, code := range want {
			r, err := http.NewRequest("GET", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = name
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != code {
				t.Errorf("listening at %q, asked as %q: %d, want %d", host, name, answer.StatusCode, code)
			}
		}
	}
}

// Several runs are listed with the scoreboard; names are text; one that cannot be read
// says so and leaves the others.
func TestSeveralRunsAreListed(t *testing.T) {
	top := t.TempDir()
	half(t, filepath.Join(top, "one"))
	half(t, filepath.Join(top, hostile))
	if err := os.MkdirAll(filepath.Join(top, "broken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "broken", "plan.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := served(t, top, "127.0.0.1")
	code, head, page := get(t, server.URL)
	if code != http.StatusOK {
		t.Fatal(page)
	}
	for _, want := range []string{"nobody is at work", "Scoreboard", "lossless-rate", `href="run/one/"`, "&lt;img src=x", "broken"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page, "<img") {
		t.Error("a name became an element")
	}
	if policy := head.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if code, _, page := get(t, server.URL+"/run/"+url.PathEscape(hostile)+"/"); code != http.StatusOK || strings.Contains(page, "<img") {
		t.Errorf("the page of a run with a hostile name: %d, %.200s", code, page)
	}
	if code, _, page := get(t, server.URL+"/run/broken/state.json"); code != http.StatusOK || !strings.Contains(page, "plan.json") {
		t.Errorf("a run that cannot be read: %d, %s", code, page)
	}
}

// A run whose study cannot be read hides neither the others' verdicts nor itself, and
// is on the scoreboard when its study has been put right.
func TestScoreboardWithoutOneStudy(t *testing.T) {
	top := t.TempDir()
	half(t, filepath.Join(top, "a-bad"))
	half(t, filepath.Join(top, "one"))
	study := filepath.Join(top, "a-bad", "study.yaml")
	good, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(study, []byte("a: ["), 0o644); err != nil {
		t.Fatal(err)
	}
	server := served(t, top, "127.0.0.1")
	const left = "a-bad is not on the scoreboard"
	_, _, page := get(t, server.URL)
	for _, want := range []string{"<h2>Scoreboard", "lossless-rate", left} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if err := os.WriteFile(study, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, page := get(t, server.URL); strings.Contains(page, left) || !strings.Contains(page, "<h2>Scoreboard") {
		t.Error("a study that has been put right is still left out")
	}
}

// Nothing in the folder changes by being looked at.
func TestServingWritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	half(t, dir)
	list := func() (s string) {
		_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			info, _ := d.Info()
			s += fmt.Sprintln(p, info.Size(), info.ModTime())
			return err
		})
		return s
	}
	before := list()
	server := served(t, dir, "127.0.0.1")
	get(t, server.URL)
	get(t, server.URL+"/run/one/results/report.html")
	if list() != before {
		t.Error("the folder has changed")
	}
}
