package study

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
)

// lookup knows the published data sets by their sizes.
func lookup(name string, _ dataset.Reading) (dataset.Info, error) {
	i := dataset.Info{Name: name, Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 60000, Test: 10000, Digest: "digest of " + name}
	switch name {
	case "mnist", "fashion-mnist":
		return i, nil
	case "cifar-10":
		i.Shape, i.Train = dataset.Shape{C: 3, H: 32, W: 32}, 50000
		return i, nil
	case "idx:some/folder":
		i.Name = "idx"
		return i, nil
	}
	return dataset.Info{}, errors.New("data set " + name + " was not found")
}

func mustParse(t *testing.T, text string, overrides ...string) *Study {
	t.Helper()
	s, err := Parse("study.yaml", []byte(text), overrides, lookup)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustPlan(t *testing.T, s *Study) trial.Plan {
	t.Helper()
	p, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuiltins(t *testing.T) {
	if got := Builtins()[:len(Defaults())]; !slices.Equal(got, Defaults()) {
		t.Errorf("the first built-in studies are %v", got)
	}
	for _, name := range Builtins() {
		t.Run(name, func(t *testing.T) {
			text, ok := Builtin(name)
			if !ok {
				t.Fatal("is listed and not there")
			}
			s := mustParse(t, string(text))
			if s.Name != name {
				t.Errorf("is called %s in its file", s.Name)
			}
			for _, part := range []string{"?", "Paper: ", "Expected", "Cost: ", "Command: prunelab run"} {
				if !strings.Contains(s.Comment, part) {
					t.Errorf("the head comment has no %q", part)
				}
			}
			p := mustPlan(t, s)
			for _, spec := range p.Trials {
				if err := spec.Validate(); err != nil {
					t.Fatal(err)
				}
			}
			dense := 0
			for _, spec := range p.Trials {
				if len(spec.Levels) == 0 {
					dense++
				}
			}
			t.Logf("%d trials, %d of them dense networks, %d cells", len(p.Trials), dense, len(p.Cells))
		})
	}
}

// A printed study reads back to the same plan, with all its settings shown.
func TestPrintedStudyGivesTheSamePlan(t *testing.T) {
	texts := map[string]string{"everything": everything, "networks": networks}
	for _, name := range Builtins() {
		b, _ := Builtin(name)
		texts[name] = string(b)
	}
	for name, text := range texts {
		s := mustParse(t, text, "seeds=2")
		printed := string(s.YAML())
		again, err := Parse("printed.yaml", []byte(printed), nil, lookup)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, printed)
		}
		if a, b := mustPlan(t, s), mustPlan(t, again); !equalJSON(t, a, b) {
			t.Errorf("%s: the printed study has another plan:\n%s", name, printed)
		}
		if again := string(again.YAML()); again != printed {
			t.Errorf("%s: printing again gives\n%s\nafter\n%s", name, again, printed)
		}
		if s.Comment != again.Comment {
			t.Errorf("%s: the comment became %q", name, again.Comment)
		}
	}
}

// The work that a head comment states is that of the plan, in TFLOP; and none
// asks for more than two hours of a machine that does 0.1 TFLOP/s, two cores
// with AVX-512.
func TestCostsInHeadComments(t *testing.T) {
	for _, name := range Builtins() {
		text, _ := Builtin(name)
		s := mustParse(t, string(text))
		var flop float64
		for _, spec := range mustPlan(t, s).Trials {
			w, err := spec.Work(s.TrainSamples(), s.EvaluationSamples())
			if err != nil {
				t.Fatal(err)
			}
			flop += w.FLOP
		}
		flop /= 1e12
		if flop > 2*3600*0.1 {
			t.Errorf("%s: %.0f TFLOP, more than 720", name, flop)
		}
		said := regexp.MustCompile(`Cost: ([0-9.]+) TFLOP`).FindStringSubmatch(s.Comment)
		if said == nil {
			t.Logf("%s: the head comment does not state the work, %.3g TFLOP", name, flop)
			continue
		}
		if v, err := strconv.ParseFloat(said[1], 64); err != nil || math.Abs(v-flop) > 0.02*flop {
			t.Errorf("%s: the head comment states %s TFLOP, the plan has %.3g", name, said[1], flop)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (-update writes it anew); got\n%s", path, got)
	}
}
