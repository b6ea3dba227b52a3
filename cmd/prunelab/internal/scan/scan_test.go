package scan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"prunelab/experiments/study"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"
)

func parse(o Options) error {
	lookup := study.Lookup{Data: func(name string, _ dataset.Reading) (dataset.Info, error) {
		if name != "images:photos" {
			return dataset.Info{}, errors.New("there is none")
		}
		return dataset.Info{Name: "images", Shape: dataset.Shape{C: 1, H: 4, W: 4}, Classes: 10, Train: 600, Test: 100, Digest: "none"}, nil
	}, Layers: func(string, dataset.Shape) (nn.Config, error) { return nn.Config{}, errors.New("it is damaged") }}
	text := Study(o, "scan")
	_, err := study.Parse(o.Name+".yaml", []byte(text), nil, lookup)
	return o.Blame(text, err)
}

// What is wrong with a scan is said of what was typed, or of the user's list of layers
// where it stands there, and not of the study that was made of it.
func TestFaultsAreOfWhatWasTyped(t *testing.T) {
	good := Options{Name: "scan-net", File: "net.pt", Data: "images:photos", Architecture: "layers.yaml", Described: "- {dense: 20}\n- relu\n- {dense: 10}\n", Ratios: []float64{0.5}, Train: 600, Seeds: 1}
	if err := parse(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(o *Options){
		"layers.yaml:2:3: there is no layer \"foo\"": func(o *Options) { o.Described = "- {dense: 20}\n- foo\n- {dense: 10}\n" },
		"layers.yaml:2:5: there is no layer \"foo\"": func(o *Options) { o.Described = "  - {dense: 20}\n  - foo\n  - {dense: 10}\n" },
		"\n  - foo\n    ^^^":                         func(o *Options) { o.Described = "- {dense: 20}\n- foo\n- {dense: 10}" },
		"--layers or --ratios: the network has no":   func(o *Options) { o.Layers = []string{"conv9"} },
		"--layers or --ratios: sweeps[0].ratios[0]":  func(o *Options) { o.Ratios = []float64{2} },
		"--on, or what says how its images are":      func(o *Options) { o.Normalise = Normalise{Mean: []float64{33}, SD: []float64{70}} },
		"how its images are read: there is none":     func(o *Options) { o.Data = "mnist" },
		"the network: it is damaged":                 func(o *Options) { o.Architecture, o.Described = "", "" },
		"--reestimate: the network has no batch":     func(o *Options) { o.Reestimate = 128 },
		"--images: data.validation (700) leaves":     func(o *Options) { o.Images = 700 },
		"--images: data.test_samples (700) is more":  func(o *Options) { o.Test, o.Images = true, 700 },
		"--retrain: train.epochs (99999999) is":      func(o *Options) { o.Retrain = 99999999 },
	} {
		o := good
		change(&o)
		err := parse(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "scan-net.yaml") {
			t.Errorf("%v; it should have %q", err, want)
		}
	}
}

// Zeros are kept in each form of a network.
func TestZerosAreKeptWhereThatIsSaid(t *testing.T) {
	for want, o := range map[string]Options{
		`{file: "net", zeros: keep}`:                            {},
		`{file: "net", zeros: keep, name: "lenet-5"}`:           {Architecture: "lenet-5"},
		"  file: \"net\"\n  zeros: keep\n  layers:\n    - relu": {Architecture: "layers.yaml", Described: "- relu"},
	} {
		o.File, o.KeepZeros = "net", true
		if text := Study(o, "scan"); !strings.Contains(text, want) {
			t.Errorf("%s\nlacks %s", text, want)
		}
	}
}

// What is said of how images are read is in the study.
func TestReadingIsInTheStudy(t *testing.T) {
	text := Study(Options{Name: "x", File: "x", Data: "images:photos", Reading: dataset.Reading{Resize: 32, Colour: true, Background: "white"}, Train: 600, Seeds: 1}, "scan")
	if !strings.Contains(text, `"images:photos", resize: 32, colour: true, background: white, validation: 100`) {
		t.Error(text)
	}
}

// A network that answers one class whatever the image is at chance, however large that
// class is.
func TestTheCommonestClassIsChance(t *testing.T) {
	set := &dataset.Set{Classes: 2, Labels: make([]uint16, 100)}
	bits := make([]byte, 13)
	for i := range 90 {
		bits[i/8] |= 1 << (i % 8)
	}
	for i := 90; i < 100; i++ {
		set.Labels[i] = 1
	}
	b, err := Measured("test", train.Evaluation{N: 100, Correct: 90, Bits: bits}, set, 2)
	if err != nil || !b.AtChance() || b.Chance != 0.9 {
		t.Errorf("%+v, %v", b, err)
	}
}

// An order of classes is found where each is mostly taken for one other, and not where
// answers are spread, where two classes are taken for the same or the labels are right.
func TestReordered(t *testing.T) {
	for name, c := range map[string]struct {
		counts [][]int
		want   string
	}{
		"in turn": {[][]int{{1, 8, 1}, {0, 0, 10}, {6, 2, 2}}, "[2 0 1] 24 of 30"},
		"right":   {[][]int{{8, 1, 1}, {0, 10, 0}, {1, 2, 7}}, ""},
		"spread":  {[][]int{{3, 4, 3}, {3, 3, 4}, {4, 3, 3}}, ""},
		"one":     {[][]int{{0, 9, 1}, {0, 10, 0}, {0, 9, 1}}, ""},
		"absent":  {[][]int{{0, 9, 1}, nil, {9, 1, 0}}, ""},
		"swapped": {[][]int{{10, 0, 0}, {0, 1, 9}, {0, 9, 1}}, "[0 2 1] 28 of 30"},
	} {
		o, ok := Reordered(c.counts)
		got := ""
		if ok {
			got = fmt.Sprintf("%v %d of %d", o.Outputs, o.Right, o.Images)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	o := Order{Outputs: []int{1, 0}, Right: 9, Images: 10}
	if text := o.Advice(&dataset.Set{Names: []string{"cat", "dog"}}); !strings.Contains(text, "were dog, cat;") || !strings.Contains(text, "--classes FILE, with a folder's name on each line in this order") {
		t.Error(text)
	}
	if text := o.Advice(&dataset.Set{}); !strings.Contains(text, "were 1, 0;") || !strings.Contains(text, "labels are numbers here") {
		t.Error(text)
	}
}
