package study

import (
	"errors"
	"strings"
	"testing"

	"prunelab/model/dataset"

	"prunelab/experiments/trial"
)

const ownImages = `name: own
data: {name: "images:photos", validation: 40, split_seed: 1}
network: {file: nets/w.safetensors, layers: [{dense: 20}, relu, {dense: 30}]}
seeds: 1
evaluate: validation
sweeps:
  - {targets: [each], ratios: [0.5], retrain: false}
`

// photographs is a lookup of images in folders, so many of them training images.
func photographs(train int) Lookup {
	return Lookup{
		Data: func(name string, r dataset.Reading) (dataset.Info, error) {
			return dataset.Info{Name: "images", Shape: dataset.Shape{C: 1, H: 4, W: 4}, Classes: 30, Train: train, Test: 100, Digest: "d" + r.Order}, nil
		},
		Classes: func(file string) ([]string, error) {
			if file != "order.txt" {
				return nil, errors.New("there is no file " + file)
			}
			return []string{"cat", "an ant, red"}, nil
		},
	}
}

func ofImages(t *testing.T, from Lookup, change ...string) (*Study, error) {
	t.Helper()
	return Parse("study.yaml", []byte(strings.NewReplacer(change...).Replace(ownImages)), nil, from)
}

// The order of classes is in the study as a list, whatever file it was read from, and in
// the key only where it is given.
func TestOrderOfClasses(t *testing.T) {
	plain, err := ofImages(t, photographs(600))
	if err != nil {
		t.Fatal(err)
	}
	if key := (trial.Spec{Data: plain.Data}).Text(); strings.Contains(key, "order") {
		t.Errorf("the key of a study without it has %s", key)
	}
	listed, err := ofImages(t, photographs(600), "validation: 40", `classes: [cat, "an ant, red"], validation: 40`)
	if err != nil {
		t.Fatal(err)
	}
	file, err := ofImages(t, photographs(600), "validation: 40", `classes: order.txt, validation: 40`)
	if err != nil {
		t.Fatal(err)
	}
	if file.Data != listed.Data || file.Data.Order != "cat\nan ant, red" || file.Data == plain.Data {
		t.Errorf("from a file %+v, listed %+v", file.Data, listed.Data)
	}
	again, err := Parse("study.yaml", file.YAML(), nil, photographs(600))
	if err != nil || again.Data != file.Data {
		t.Errorf("printed and read again: %v\n%s", err, file.YAML())
	}
	for want, data := range map[string]string{
		"there is no file gone.txt":             `classes: gone.txt, validation: 40`,
		"line 1 and line 2 both name the class": `classes: [cat, cat], validation: 40`,
	} {
		if _, err := ofImages(t, photographs(600), "validation: 40", data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; it should say %q", data, err, want)
		}
	}
	if _, err := Parse("study.yaml", []byte(strings.Replace(small, "{name: mnist", "{name: mnist, classes: [a]", 1)), nil, lookup); err == nil || !strings.Contains(err.Error(), "classes is for images:DIR") {
		t.Errorf("%v", err)
	}
}

// How many answers count is in the key only where it is not the rule.
func TestTopInTheKey(t *testing.T) {
	plain, err := ofImages(t, photographs(600))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"top: 5": 0, "top: 3": 3} {
		s, err := ofImages(t, photographs(600), "seeds: 1", "seeds: 1\n"+text)
		if err != nil || s.Top != want {
			t.Errorf("%s is %d, %v", text, s.Top, err)
			continue
		}
		if got := strings.Contains(string(s.YAML()), "\ntop: "); got != (want > 0) {
			t.Errorf("%s is printed: %v", text, got)
		}
	}
	if plain.Top != 0 {
		t.Errorf("unsaid it is %d", plain.Top)
	}
	for _, text := range []string{"top: 1", "top: 30"} {
		if _, err := ofImages(t, photographs(600), "seeds: 1", "seeds: 1\n"+text); err == nil || !strings.Contains(err.Error(), "top") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Without training images a network from a file can be pruned and scored, and nothing else.
func TestWithoutTrainingImages(t *testing.T) {
	good := []string{"validation: 40", "validation: 40, validation_of: test, normalise: 0..1"}
	s, err := ofImages(t, photographs(0), good...)
	if err != nil || s.Data.ValidationOf != dataset.OfTest || s.EvaluationSamples() != 40 {
		t.Fatal(err)
	}
	if again, err := Parse("study.yaml", s.YAML(), nil, photographs(0)); err != nil || again.Data != s.Data {
		t.Errorf("printed and read again: %v\n%s", err, s.YAML())
	}
	for want, change := range map[string][]string{
		"images has no training images to draw 40 for validation from; add validation_of: test": {"validation: 40", "validation: 40, normalise: 0..1"},
		"no training images whose mean and standard deviation images could be normalised by":    {"validation: 40", "validation: 40, validation_of: test"},
		"add validation: 50 and validation_of: test to data":                                    {"validation: 40, split_seed: 1", "normalise: 0..1"},
		"images has no training images, which are needed for retraining; say retrain: false":    append([]string{"retrain: false}\n", "retrain: true}\ntrain: {epochs: 1, batch: 10, optimizer: {sgd: {lr: 0.1}}}\nretrain: {epochs: 1}\n"}, good...),
		"which are needed for proxies; leave them out":                                          append([]string{"retrain: false", "retrain: false, proxies: true"}, good...),
		"images has no training images, and the network is to be trained here":                  append([]string{"file: nets/w.safetensors, layers:", "layers:", "sweeps:", "train: {epochs: 1, batch: 10, optimizer: {sgd: {lr: 0.1}}}\nsweeps:"}, good...),
	} {
		if _, err := ofImages(t, photographs(0), change...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
}
