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
	"prunelab/model/nn"
)

// lookup knows the published data sets by their sizes, and finds no layers in files.
var lookup = Lookup{Data: published, Layers: func(string, dataset.Shape) (nn.Config, error) {
	return nn.Config{}, errors.New("it holds weights only")
}}

func published(name string, _ dataset.Reading) (dataset.Info, error) {
	i := dataset.Info{Name: name, Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 60000, Test: 10000, Digest: "digest of " + name}
	switch name {
	case "mnist", "fashion-mnist":
		return i, nil
	case "cifar-10":
		i.Shape, i.Train = dataset.Shape{C: 3, H: 32, W: 32}, 50000
		return i, nil
	case "idx:some/folder", "images:photos", "cifar:batches":
		i.Name, _, _ = strings.Cut(name, ":")
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

// What is said of one's own data is printed, and read back to the same plan.
func TestOwnDataAreReadBack(t *testing.T) {
	for data, want := range map[string]dataset.Config{
		"{name: \"images:photos\", validation: 10, resize: 28, colour: true, background: white, normalise: {mean: [0.1], std: 0.2}}": {
			Name: "images", Validation: 10, Stratified: true, Normalise: "mean 0.1 std 0.2", Reading: dataset.Reading{Resize: 28, Colour: true, Background: "white"}},
		"{name: \"cifar:batches\", validation: 10, label_bytes: [super, sub, site], label: sub, stratified: false, normalise: 0..1}": {
			Name: "cifar", Validation: 10, Normalise: dataset.UnitScale, Reading: dataset.Reading{LabelBytes: "super,sub,site", Label: "sub"}},
		"{name: \"idx:some/folder\"}":                                     {Name: "idx"},
		"{name: mnist, train_samples: 100, stratified: true}":             {Name: "mnist", TrainSamples: 100, Stratified: true},
		"{name: mnist, validation: 5, train_samples: 100}":                {Name: "mnist", Validation: 5, TrainSamples: 100},
		"{name: \"idx:some/folder\", train_samples: 9, normalise: train}": {Name: "idx", TrainSamples: 9, Stratified: true},
	} {
		text := "name: own\ndata: " + data + `
network: lenet-300-100
seeds: 1
evaluate: test
train: {epochs: 1, batch: 1, optimizer: {sgd: {lr: 0.1, momentum: 0.9}}}
arms:
  - {name: a}
  - {name: b, data: {normalise: 0..255}}
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`
		s := mustParse(t, text)
		want.SplitSeed, want.Digest = 1, s.Data.Digest
		if s.Data != want {
			t.Errorf("%s is %+v, want %+v", data, s.Data, want)
		}
		want.Normalise = dataset.ByteScale
		if s.Arms[1].Data != want {
			t.Errorf("%s: the second arm has %+v, want %+v", data, s.Arms[1].Data, want)
		}
		printed := string(s.YAML())
		again := mustParse(t, printed)
		if !equalJSON(t, mustPlan(t, s), mustPlan(t, again)) || string(again.YAML()) != printed {
			t.Errorf("the printed study has another plan:\n%s", printed)
		}
	}
}

// The work that a head comment states is that of the plan, in TFLOP; and none
// asks for more than two hours of a machine that does 0.1 TFLOP/s, two cores
// with AVX-512, unless it is of the paper's own shape and says that it takes hours: then
// twenty on all of the data, and six on 20,000 images or more.
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
		most := 2 * 3600 * 0.1
		if strings.HasSuffix(name, "-alexnet-cifar") && strings.Contains(s.Comment, "hours to a day") {
			switch n := s.TrainSamples(); {
			case n == 45_000:
				most *= 10
			case n >= 20_000:
				most *= 3
			}
		}
		if flop > most {
			t.Errorf("%s: %.0f TFLOP, more than %.0f", name, flop, most)
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

// A study names claims that exist, each once; its plan has them.
func TestPrimaryClaimsAreNamed(t *testing.T) {
	s := mustParse(t, everything+"\nprimary: [half-free, lossless-rate]\n")
	p, err := s.Plan("generic")
	if err != nil || !slices.Equal(p.Primary, []string{"half-free", "lossless-rate"}) {
		t.Errorf("primary claims %v (%v)", p.Primary, err)
	}
	for text, want := range map[string]string{
		"[half-fre]":             "half-free",
		"[half-free, half-free]": "the claim half-free is named twice",
	} {
		if _, err := Parse("s.yaml", []byte(everything+"\nprimary: "+text+"\n"), nil, lookup); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("primary: %s: %v, want %q", text, err, want)
		}
	}
}
