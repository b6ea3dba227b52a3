package study

import (
	"encoding/json"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// normalised is small with a network that has batch normalisation.
var normalised = strings.Replace(small, "network: lenet-300-100", "network: {layers: [{conv: {filters: 4, kernel: 5, stride: 2}}, {batchnorm: {}}, relu, {dense: 10}]}", 1)

// Statistics that are estimated anew are part of every trial of the sweep, of its
// control too, and of what the way of pruning is called; nothing else changes.
func TestReestimation(t *testing.T) {
	for _, c := range []struct{ sweep, more, method string }{
		{"{targets: [all], ratios: [0.5], retrain: false", "batchnorm: {images: 1280}", "magnitude, batch norm re-estimated on 1280 images in batches of 128"},
		{"{targets: [all], ratios: [0.5]", "batchnorm: {images: 400, batch: 100, retraining: true}", "magnitude, batch norm re-estimated on 400 images in batches of 100 and again after retraining"},
		{"{targets: [all], ratios: [0.5, 0.75], iterative: {per_round: 0.5}", "batchnorm: {images: 400, batch: 100}", "iterative 0.5, batch norm re-estimated on 400 images in batches of 100"},
		{"{targets: [all], ratios: [0.5], retrain: {epochs: 3}", "batchnorm: {images: 400, batch: 100}", "magnitude, batch norm re-estimated on 400 images in batches of 100, 3 epochs"},
	} {
		s := mustParse(t, normalised+"  - "+c.sweep+", "+c.more+"}\n")
		saved := mustPlan(t, mustParse(t, normalised+"  - "+c.sweep+", batchnorm: saved}\n"))
		without := mustPlan(t, mustParse(t, normalised+"  - "+c.sweep+"}\n"))
		p := mustPlan(t, s)
		if !saved.Same(without) || len(p.Trials) != len(saved.Trials) || p.Same(saved) {
			t.Fatalf("%s: saved is not what is unsaid, or the same as estimated", c.more)
		}
		for i, spec := range p.Trials {
			if err := spec.Validate(); err != nil {
				t.Error(err)
			}
			for k := range spec.Levels {
				if spec.Levels[k].BatchNorm == nil {
					t.Errorf("%s: level %d of trial %d has statistics as saved", c.more, k+1, i)
				}
			}
			as, _ := saved.Trials[i].Work(1000, 500)
			if w, err := spec.Work(1000, 500); err != nil || len(spec.Levels) > 0 && !(w.FLOP > as.FLOP) {
				t.Errorf("%s: %v FLOP, as saved %v, %v", c.more, w.FLOP, as.FLOP, err)
			}
			spec.Levels = append([]trial.Level(nil), spec.Levels...)
			for k := range spec.Levels {
				spec.Levels[k].BatchNorm = nil
			}
			if spec.Key() != saved.Trials[i].Key() {
				t.Errorf("%s: it changes more than that", c.more)
			}
		}
		for _, cell := range p.Cells {
			if got := cell.Method.String(); cell.Role == trial.Point && got != c.method {
				t.Errorf("%s is called %s, want %s", c.more, got, c.method)
			}
		}
		again := mustParse(t, string(s.YAML()))
		if !mustPlan(t, again).Same(p) {
			t.Errorf("%s: printed and read again it is another study", c.more)
		}
	}
}

// A plan that is read back knows how statistics were estimated.
func TestReestimationIsReadOffAPlan(t *testing.T) {
	p := mustPlan(t, mustParse(t, normalised+`  - {targets: [all], ratios: [0.5], retrain: {epochs: 3}, batchnorm: {images: 400, batch: 100, retraining: true}}
  - {targets: [all], ratios: [0.5], retrain: {epochs: 3}}
`))
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back trial.Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Warnings) > 0 {
		t.Error(back.Warnings)
	}
	for i, c := range back.Cells {
		if c.Method != p.Cells[i].Method {
			t.Errorf("%+v is read as %+v", p.Cells[i].Method, c.Method)
		}
	}
}

func TestReestimationFaults(t *testing.T) {
	for _, c := range []struct{ text, sweep, want string }{
		{small, "batchnorm: {images: 1280}", "the network has no batch normalisation; leave batchnorm out"},
		{normalised, "batchnorm: {batch: 128}", "it does not say on how many training images statistics are estimated; add images: 1280"},
		{normalised, "batchnorm: {images: 1000}", "1000 images in batches of 128; a batch has at least 2 images, and the images are a multiple of it"},
		{normalised, "batchnorm: {images: 1000, batch: 1}", "a batch has at least 2 images"},
		{normalised, "batchnorm: {images: 128000}", "128000 training images are asked for, and there are 55000"},
		{normalised, "retrain: false, batchnorm: {images: 1280, retraining: true}", "statistics after retraining, and this sweep does not retrain"},
		{normalised, "batchnorm: frozen", "saved"},
		{normalised, "batchnorm: {picture: 3, images: 128}", "picture"},
	} {
		_, err := Parse("study.yaml", []byte(c.text+"  - {targets: [all], ratios: [0.5], "+c.sweep+"}\n"), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.sweep, err, c.want)
		}
	}
}
