package scan

import (
	"errors"
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
