package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// place puts a text into a file of the folder, as somebody with an editor does.
func place(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func shows(t *testing.T, s *Store, want string) {
	t.Helper()
	if b, err := os.ReadFile(s.Dir.Study()); err != nil || string(b) != want {
		t.Errorf("study.yaml is %q, %v; want %q", b, err, want)
	}
}

// What is not the text of the study that was stored is told of by who reads it, once,
// and put back by who brings that text. Another text of the study that gives the plan is
// nobody's concern while what was stored is there.
func TestAlteredStudy(t *testing.T) {
	s, told := open(t)
	p, _ := outcomes(2)
	again := func() *Store { // as the next command opens it
		next := Open(string(s.Dir), Disk{})
		*told = nil
		next.Notice = s.Notice
		return next
	}
	says := func(parts ...string) {
		t.Helper()
		all := strings.Join(*told, "\n")
		for _, part := range parts {
			if len(*told) != 1 || !strings.Contains(all, part) {
				t.Errorf("told %q, want %q", *told, part)
			}
		}
	}
	pin := func(text string) {
		t.Helper()
		if err := again().Pin(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	pin("text")
	pin("text # other comment")
	if len(*told) > 0 {
		t.Errorf("told %q", *told)
	}
	shows(t, s, "text")

	place(t, s.Dir.Study(), "# forged\ntext")
	reader := again()
	for range 2 {
		if text, err := reader.Study(); err != nil || string(text) != "# forged\ntext" {
			t.Errorf("%q, %v", text, err)
		}
	}
	says(s.Dir.Study()+" is not the text that was stored", "prunelab run STUDY --out "+string(s.Dir))
	pin("text # other comment")
	says("is not the text that was stored", "comments included")
	shows(t, s, "# forged\ntext")
	pin("text")
	says("was not the text that was stored", "it was put back", s.Dir.Corrupt())
	shows(t, s, "text")
	kept, err := filepath.Glob(filepath.Join(s.Dir.Corrupt(), "study.yaml-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept are %v, %v", kept, err)
	}
	if b, err := os.ReadFile(kept[0]); err != nil || string(b) != "# forged\ntext" {
		t.Errorf("kept is %q, %v", b, err)
	}

	if err := os.Remove(s.Dir.Study()); err != nil {
		t.Fatal(err)
	}
	pin("text # other comment")
	says("is not the text that was stored")
	pin("text")
	shows(t, s, "text")

	larger, _ := outcomes(3)
	if _, err := s.Extend(larger, []byte("larger")); err != nil {
		t.Fatal(err)
	}
	place(t, s.Dir.Study(), "forged")
	if text, err := again().Study(); err != nil || string(text) != "larger" || len(*told) > 0 {
		t.Errorf("%q, %v, told %q", text, err, *told)
	}
	if err := again().Pin(larger, []byte("larger # other comment")); err != nil {
		t.Fatal(err)
	}
	says("it was put back")
	shows(t, s, "larger")
}

// A plan that was copied here from another run is not believed: nothing is run or put
// back for it, and what is said mends the folder.
func TestPlanOfAnotherRun(t *testing.T) {
	s, told := open(t)
	p, all := outcomes(3)
	other := trial.Plan{Schema: 1, Study: "other", Arms: []string{"L2"}, Trials: []trial.Spec{{Schema: 1, Seed: 9}}}
	if err := s.Pin(p, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := s.Stray(); err != nil {
		t.Errorf("of a folder without results: %v", err)
	}
	for _, o := range all[:2] {
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	place(t, s.Dir.Study(), "forged")
	if err := s.Stray(); err != nil {
		t.Errorf("of a study that was altered: %v", err)
	}
	place(t, s.Dir.Study(), "text")
	elsewhere, _ := open(t)
	if err := elsewhere.Pin(other, []byte("other text")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(elsewhere.Dir.Plan())
	if err != nil {
		t.Fatal(err)
	}
	place(t, s.Dir.Plan(), string(text))
	for how, try := range map[string]func(s *Store) error{
		"looking":         (*Store).Stray,
		"this run's":      func(s *Store) error { return s.Pin(p, []byte("text")) },
		"the other run's": func(s *Store) error { return s.Pin(other, []byte("other text")) },
	} {
		err := try(Open(string(s.Dir), Disk{}))
		for _, want := range []string{
			s.Dir.Plan() + ` is the plan of study "other" with 1 trial, of which 0 are in the folder, beside 2 results of other plans`,
			s.Dir.Study() + " is not the study that it was made from",
			"prunelab run " + s.Dir.Study() + " --out " + string(s.Dir) + " writes it again",
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; it should have %q", how, err, want)
			}
		}
	}
	shows(t, s, "text")
	place(t, s.Dir.Study(), "other text") // with its study the plan may be one for a folder that has older results
	if err := s.Stray(); err == nil || !strings.Contains(err.Error(), "it has nothing to report") {
		t.Errorf("with its study: %v", err)
	}
	if err := s.Pin(other, []byte("other text")); err != nil || len(*told) > 0 {
		t.Errorf("with its study: %v, told %q", err, *told)
	}
	if err := s.Fail(trial.Outcome{Key: other.Trials[0].Key(), Spec: other.Trials[0], Status: trial.Failed, Error: "panic"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Stray(); err != nil {
		t.Errorf("with a failure of its own: %v", err)
	}
}
