package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/model/prune"
	"prunelab/model/train"
)

// published calls f with every published plan, as bytes.
func published(t *testing.T, f func(t *testing.T, text []byte)) {
	t.Helper()
	names, err := filepath.Glob("../../results/*/plan*.json")
	if err != nil || len(names) < 9 {
		t.Fatalf("%d published plans, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var sealed struct{ Plan, Extension json.RawMessage }
			if err := json.Unmarshal(b, &sealed); err != nil {
				t.Fatal(err)
			}
			if sealed.Plan == nil { // an extension
				var e struct{ Plan json.RawMessage }
				if err := json.Unmarshal(sealed.Extension, &e); err != nil {
					t.Fatal(err)
				}
				sealed.Plan = e.Plan
			}
			f(t, sealed.Plan)
		})
	}
}

func mustRead(t *testing.T, text []byte) Plan {
	t.Helper()
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// The methods of published plans say the words that the plans have, and the plans
// are written as they were.
func TestPublishedPlansSayTheirMethods(t *testing.T) {
	published(t, func(t *testing.T, text []byte) {
		p := mustRead(t, text)
		if len(p.Warnings) > 0 {
			t.Errorf("warnings %q", p.Warnings)
		}
		for _, c := range p.Cells {
			if c.Method.Name != "" || c.Role != Dense && c.Method.Criterion == "" {
				t.Fatalf("%+v was not derived", c.Method)
			}
		}
		again, err := json.Marshal(p)
		if err != nil || !bytes.Equal(again, text) {
			t.Errorf("written again it is another plan (%v)", err)
		}
	})
}

// What a plan calls its methods does not matter to what they are.
func TestMethodsFollowFromTheTrials(t *testing.T) {
	published(t, func(t *testing.T, text []byte) {
		p := mustRead(t, text)
		renamed := map[string]string{}
		for _, c := range p.Cells {
			if words := c.Method.String(); words != "" && renamed[words] == "" {
				renamed[words] = fmt.Sprintf("%c-method", 'z'-rune(len(renamed)))
			}
		}
		q := mustRead(t, text)
		for i := range q.Cells {
			if c := &q.Cells[i]; c.Role != Dense {
				c.Method = Method{Name: renamed[c.Method.String()]}
			}
		}
		nonsense, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		q = mustRead(t, nonsense)
		if len(q.Warnings) != len(renamed) || !strings.Contains(q.Warnings[0], "-method") {
			t.Errorf("%d warnings of %d methods: %q", len(q.Warnings), len(renamed), q.Warnings)
		}
		for i, c := range q.Cells {
			want := p.Cells[i].Method
			want.Name = renamed[want.String()]
			if c.Method != want {
				t.Fatalf("called %q: %+v, want %+v", want.Name, c.Method, want)
			}
		}
	})
}

// Words that contradict the trials are a warning, not an error, and do not count.
func TestWordsThatContradictTheTrials(t *testing.T) {
	s := example()
	s.Levels = []Level{{Prune: prune.Config{Layers: []string{"fc1"}, Criterion: prune.Random, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.5}}}}
	p := Plan{Study: "s", Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}, Trials: []Spec{s}}
	p.Cells = []Cell{{Series: Series{Arm: "a", Target: "fc1", Method: Plain(), Parameter: Ratio}, Requested: 0.5, Round: 1, Role: Point, Seed: s.Seed, Key: s.Key()}}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	q := mustRead(t, text)
	m := q.Cells[0].Method
	if m.Criterion != prune.Random || m.Plain() || m.String() != "magnitude" {
		t.Errorf("random pruning called magnitude: %+v", m)
	}
	if want := []string{`the plan calls a way of pruning "magnitude"; its trials say "random", and that is what counts`}; !slices.Equal(q.Warnings, want) {
		t.Errorf("warnings %q", q.Warnings)
	}
	q.Trials = nil
	if text, err = json.Marshal(q); err != nil {
		t.Fatal(err)
	}
	if q = mustRead(t, text); q.Cells[0].Method != (Method{Name: "magnitude"}) {
		t.Errorf("without its trial: %+v", q.Cells[0].Method)
	}
}

// A retraining of a sweep's own is a difference from the arm's, also where the
// words do not tell.
func TestRetrainingOfItsOwnFollowsFromTheTrials(t *testing.T) {
	c, own := train.Config{Epochs: 2, Batch: 64, Start: train.StartKeep}, train.Config{Epochs: 30, Batch: 64, Start: train.StartKeep}
	if got := difference(c, own); got != "2 epochs" {
		t.Errorf("difference %q", got)
	}
	c.Frozen = []string{"fc1"}
	if got := difference(c, own); got != "2 epochs, others frozen" {
		t.Errorf("difference %q", got)
	}
	if got := difference(own, own); got != "" {
		t.Errorf("no difference is %q", got)
	}
}

func TestExtents(t *testing.T) {
	p := Plan{Layers: []string{"a", "b", "c", "d", "e"}, Kinds: []string{"conv", "conv", "dense", "dense", "dense"}}
	for _, c := range []struct {
		layers string
		want   Extent
	}{{"a b c d e", Whole}, {"a b", Type}, {"c d e", Type}, {"b", Layer}, {"a c", Group}, {"c d", Group}, {"", Group}} {
		if got := p.Extent(strings.Fields(c.layers)); got != c.want {
			t.Errorf("%q is extent %d, want %d", c.layers, got, c.want)
		}
	}
	if got := p.OfKind("conv"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("convolutions %v", got)
	}
}

// A plan calls what has the retrainings of rounds as it always did, whatever people
// are told.
func TestLabelsStayAsTheyAre(t *testing.T) {
	m := Plain()
	m.Schedule = Schedule{Kind: EqualSteps, PerRound: 0.5}
	text, err := m.MarshalText()
	if err != nil || string(text) != "one-shot, steps of iterative 0.5" {
		t.Errorf("label %q, %v", text, err)
	}
	if got := m.String(); got != "one-shot, retrained as often as iterative 0.5" {
		t.Errorf("in words %q", got)
	}
}

// One epoch was once called "1 epochs": plans that say so are the same.
func TestOneEpochInOldPlans(t *testing.T) {
	s := example()
	s.Levels = []Level{{Prune: prune.Config{Layers: []string{"fc1"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.5}}, Retrain: &train.Config{Epochs: 1, Batch: 10}}}
	m := Plain()
	m.Retrain = strings.Join((SetEpochs | SetBatch).Words(*s.Levels[0].Retrain), ", ")
	p := Plan{Study: "s", Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}, Trials: []Spec{s}}
	p.Cells = []Cell{{Series: Series{Arm: "a", Target: "fc1", Method: m, Parameter: Ratio}, Retrain: true, Requested: 0.5, Round: 1, Role: Point, Seed: s.Seed, Key: s.Key()}}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"magnitude, 1 epoch, batch 10"`) {
		t.Fatalf("a plan has %s", text)
	}
	old := mustRead(t, []byte(strings.ReplaceAll(string(text), "1 epoch,", "1 epochs,")))
	if old.Cells[0].Method != m || len(old.Warnings) > 0 || !old.Same(p) || len(old.Differences(p, "then", "now")) != 1 {
		t.Errorf("read as %+v, warnings %q, differences %q", old.Cells[0].Method, old.Warnings, old.Differences(p, "then", "now"))
	}
}
