package draft

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"prunelab/experiments/study"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// of is a question about a built-in network and invented data.
func of(network string, q Question) Answers {
	return Answers{Name: "mine", Out: "mine.yaml", Network: network, Data: "mnist", Info: mnist(), Question: q, Time: time.Hour, Workers: 2, Convolutions: network != "lenet-300-100"}
}

func mnist() dataset.Info {
	return dataset.Info{Name: "mnist", Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 60_000, Test: 10_000, Digest: "none"}
}

func parse(t *testing.T, text string) *study.Study {
	t.Helper()
	lookup := study.Lookup{
		Data: func(string, dataset.Reading) (dataset.Info, error) { return mnist(), nil },
		Layers: func(string, dataset.Shape) (nn.Config, error) {
			c, _ := nn.Builtin("lenet-5", mnist().Shape, 10)
			return c, nil
		},
	}
	s, err := study.Parse("mine.yaml", []byte(text), nil, lookup)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

// predicted is a prediction that grows with what a study does.
func predicted(t *testing.T, seconds float64) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		s := parse(t, text)
		p, err := s.Plan("generic")
		if err != nil {
			return 0, err
		}
		work := float64(len(p.Trials)) * float64(s.Arms[0].Train.Epochs) * float64(s.TrainSamples())
		return time.Duration(work * seconds * float64(time.Second)), nil
	}
}

// A study of every size, of every question and network, is one.
func TestEverySizeIsAStudy(t *testing.T) {
	for _, network := range []string{"lenet-300-100", "lenet-5", "conv-2"} {
		for _, q := range Questions {
			a := of(network, q.Name)
			for _, z := range a.sizes() {
				s := parse(t, a.text(z, []string{"why"}))
				if len(s.Seeds) != z.seeds || s.Network != network || !strings.Contains(s.Comment, "why") || !slices.Equal(s.Primary, a.claims()) {
					t.Errorf("%s, %s: %+v", network, q.Name, s)
				}
			}
		}
	}
	a := of("", Layers)
	a.File = "net.onnx"
	if s := parse(t, a.text(a.sizes()[0], nil)); s.File != "net.onnx" {
		t.Errorf("%+v", s)
	}
}

// limitOf is a time of which the second size takes a share.
func limitOf(t *testing.T, share float64) time.Duration {
	a := of("lenet-5", Regularizers)
	long, err := predicted(t, 1e-5)(a.text(a.sizes()[1], nil))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(float64(long) / share)
}

// More time gives a larger study, never one that does not fit, and first the seeds that
// decide something.
func TestFitTakesTheLargest(t *testing.T) {
	takes := predicted(t, 1e-5)
	trials := 0
	for _, limit := range []time.Duration{limitOf(t, 0.9), 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 10 * time.Hour} {
		a := of("lenet-5", Regularizers)
		a.Time = limit
		d, err := Fit(a, takes)
		if err != nil {
			t.Fatalf("%v: %v", limit, err)
		}
		want := time.Duration(0) // the largest that leaves a fifth of the time
		for _, z := range a.sizes() {
			long, err := takes(a.text(z, nil))
			if err != nil {
				t.Fatal(err)
			}
			if long <= limit*4/5 {
				want = long
			}
		}
		if got, err := takes(d.Text); err != nil || got != want || d.Takes != want {
			t.Errorf("%v: it takes %v and is said to take %v, want %v, %v", limit, got, d.Takes, want, err)
		}
		s := parse(t, d.Text)
		p, err := s.Plan("generic")
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Trials) < trials {
			t.Errorf("%v: %d trials, with less time %d", limit, len(p.Trials), trials)
		}
		trials = len(p.Trials)
		if s.Arms[0].Train.Epochs > efforts[0].train && len(s.Seeds) < a.needed() {
			t.Errorf("%v: %d seeds of %d epochs decide nothing", limit, len(s.Seeds), s.Arms[0].Train.Epochs)
		}
		said := strings.Join(d.Said, "\n")
		if decides := len(s.Seeds) >= 7; decides == strings.Contains(said, "decides nothing") {
			t.Errorf("%v: with %d seeds it says %s", limit, len(s.Seeds), said)
		}
		if len(s.Seeds) < 7 && !strings.Contains(said, "\n7 seeds would take about ") {
			t.Errorf("%v: it does not say what 7 seeds take: %s", limit, said)
		}
		if !strings.Contains(d.Text, "# "+d.Said[0]) {
			t.Errorf("%v: the study does not say why:\n%s", limit, d.Text)
		}
	}
}

func TestWhatMakesNoStudy(t *testing.T) {
	takes := predicted(t, 1)
	if _, err := Fit(of("lenet-5", Layers), takes); err == nil || !strings.Contains(err.Error(), "the smallest study, 2 seeds of 5 epochs, takes about") {
		t.Error(err)
	}
	broken := errors.New("broken")
	if _, err := Fit(of("lenet-5", Layers), func(string) (time.Duration, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	file := of("", Regularizers)
	file.File = "net.onnx"
	short := of("lenet-5", Layers)
	short.Time = 0
	for want, a := range map[string]Answers{
		"no network is called lenet, and there is no file of that name; there are lenet-300-100, ": of("lenet", Layers),
		"no question is called why; there are regularizers, layers":                                of("lenet-5", "why"),
		"is trained already, so that no other regularizer can train it":                            file,
		"a time as 30m or 2h is needed":                                                            short,
		"a network is needed: one of lenet-300-100":                                                of("", Layers),
	} {
		if _, err := Fit(a, takes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The seeds that are needed follow from the claims.
func TestSeedsNeeded(t *testing.T) {
	file := of("", Layers)
	file.File = "net.onnx"
	for _, c := range []struct {
		a    Answers
		want int
	}{{of("lenet-5", Regularizers), 7}, {of("lenet-5", Layers), 7}, {of("lenet-300-100", Layers), bandSeeds}, {of("lenet-5", HowFar), 7}, {file, bandSeeds}} {
		if got := c.a.needed(); got != c.want {
			t.Errorf("%s, %s: %d seeds, want %d", c.a.Network, c.a.Question, got, c.want)
		}
	}
}
