package study

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestOverridesReachTheStudy(t *testing.T) {
	s := mustParse(t, valid,
		"train.epochs=2", "arms[0].train.l2=1e-4", "arms[L1→L2].train.l1=7e-5", "seeds=[5, 6]", "train.epochs = 3",
		"retrain.schedule={steps: {at: [0.5], factor: 0.1}}", "sweeps[0].ratios[1]=0.75", "data.train_samples=300", "evaluate=test",
	)
	for what, ok := range map[string]bool{
		"epochs, the last of two":  s.Arms[0].Train.Epochs == 3,
		"penalty by position":      s.Arms[0].Train.Regularizer.L2 == 1e-4,
		"penalty by name":          s.Arms[1].Train.Regularizer.L1 == 7e-5,
		"seeds":                    slices.Equal(s.Seeds, []uint64{5, 6}),
		"a mapping as value":       s.Arms[0].Retrain.Schedule.Factor == 0.1,
		"an item of a list":        slices.Equal(s.Sweeps[0].Amounts, []float64{0.5, 0.75}),
		"a key that was not there": s.Data.TrainSamples == 300,
		"a key at the top":         s.Evaluate == "test",
		"printed":                  strings.Contains(string(s.YAML()), "train_samples: 300"),
	} {
		if !ok {
			t.Errorf("the override did not reach: %s", what)
		}
	}
}

func TestOverridesOfWhatIsNotThere(t *testing.T) {
	text := strings.Replace(valid, "retrain: {epochs: 3, lr: 0.01}\n", "", 1)
	s := mustParse(t, text, "retrain.epochs=3", "retrain.optimizer.sgd.lr=0.01")
	if r := s.Arms[0].Retrain; r == nil || r.Epochs != 3 || r.Optimizer.LR != 0.01 {
		t.Errorf("retraining is %+v", r)
	}
}

// What an override says to a study goes to its only arm, whatever the study
// says of that: how it is trained is printed above it.
func TestOverridesReachAPrintedArm(t *testing.T) {
	one := mustParse(t, valid).Only("L1→L2")
	one.Sweeps = []Sweep{{Targets: []Target{{Name: "all"}}, Criterion: "magnitude", Scope: "layer", Rule: "ratio", Amounts: []float64{0.5}, Arms: []int{0}, Retrain: true, Control: true}}
	s := mustParse(t, string(one.YAML()), "train.epochs=2", "retrain.epochs=5", "retrain.l2=1e-3", "data.crop=1")
	if a := s.Arms[0]; len(s.Arms) != 1 || a.Name != "L1→L2" || a.Train.Epochs != 2 || a.Train.Regularizer.L1 != 5e-5 || a.Retrain.Epochs != 5 || a.Retrain.Regularizer.L2 != 1e-3 || a.Data.Crop != 1 {
		t.Errorf("the arms are %+v", s.Arms)
	}
}

func TestFaultyOverrides(t *testing.T) {
	var all strings.Builder
	for _, o := range []string{
		"train.epochs", "=3", "train.epochs=", "train.epochs=many", "train.epoch=3", "arms[5].train.l2=1", "arms[L3].train.l2=1",
		"seeds[0]=1", "arms.L2=1", "sweeps[0.ratios=1", "train..epochs=1", ".train=1", "train.epochs.x=1", "train=[1, 2", "train=&x 1",
		"arms.L2.train.l2=1", "arms.L1→L2.train.l2=1", "arms.1.train.l2=1", "sweeps.0.ratios=[0.5]", "seeds=[1, 1]", "arms[L2].train.l2=→ 5",
		"train.l1=1e-4", // of which every arm says its own
	} {
		_, err := Parse("study.yaml", []byte(valid), []string{o}, lookup)
		var faults Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: got %v, want Faults", o, err)
			continue
		}
		if !strings.HasPrefix(faults[0].Source, "in --set ") {
			t.Errorf("%s: the fault is placed in %s", o, faults[0].Source)
		}
		all.WriteString(err.Error() + "\n")
	}
	golden(t, "overrides.txt", all.String())
}

// An override that no trial would know of is a fault, wherever the places are that
// say otherwise: in all arms, or in all sweeps that an arm has.
func TestOverridesThatReachNoTrialAreFaults(t *testing.T) {
	const head = `
name: s
data: {name: mnist, validation: 5000}
network: lenet-300-100
seeds: 1
train: {epochs: 1, batch: 100, optimizer: {sgd: {lr: 0.1}}}
retrain: {epochs: 5, lr: 0.01}
`
	two := "arms:\n- {name: a, retrain: {lr: 0.02}}\n- {name: b}\n"
	own := "sweeps:\n- {targets: [all], ratios: [0.5], retrain: {epochs: 2}}\n"
	for _, c := range []struct{ text, set, want string }{
		{head + own, "retrain.epochs=3", "retrain.epochs reaches no sweep: each that retrains has its own in its place; set sweeps[0].retrain.epochs"},
		{head + own, "retrain.lr=0.03", ""},
		{head + own, "retrain.epochs=5", "retrain.epochs reaches no sweep"}, // no trial has five, as before
		{head + own + "- {targets: [all], ratios: [0.7]}\n", "retrain.epochs=3", ""},
		{head + own + "- {targets: [all], ratios: [0.7], retrain: false}\n", "retrain.epochs=3", "sweeps[0].retrain.epochs"},
		{head + "sweeps:\n- {targets: [all], ratios: [0.5], retrain: false}\n", "retrain.epochs=3", "retrain.epochs reaches no sweep: none retrains"},
		{head + two + own, "arms[1].retrain.epochs=3", "arms[1].retrain.epochs reaches no sweep"},
		{head + two + own, "arms[0].retrain.lr=0.03", ""},
		{head + two + "sweeps:\n- {targets: [all], ratios: [0.5], arms: [a]}\n- {targets: [all], ratios: [0.5], arms: [b], retrain: {epochs: 2}}\n", "arms[1].retrain.epochs=3", "sweeps[1].retrain.epochs"},
		{head + two + "sweeps:\n- {targets: [all], ratios: [0.5], arms: [a], retrain: {lr: 0.1}}\n- {targets: [all], ratios: [0.5], arms: [b], retrain: {epochs: 2}}\n", "retrain.epochs=3", ""},
		{head + two + "sweeps:\n- {targets: [all], ratios: [0.5], arms: [a]}\n- {targets: [all], ratios: [0.5], arms: [b], retrain: {lr: 0.2}}\n", "retrain.lr=0.03", "retrain.lr reaches no"},
	} {
		_, err := Parse("s.yaml", []byte(c.text), []string{c.set}, lookup)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s in %q: %v, want %q", c.set, c.text[len(head):], err, c.want)
		}
	}
}
