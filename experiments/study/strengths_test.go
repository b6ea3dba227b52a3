package study

import (
	"slices"
	"strings"
	"testing"
)

const strengthsStudy = `name: s
data: {name: mnist, validation: 5000}
network: lenet-300-100
seeds: 2
strengths: {from: strength-lenet-300-100, seeds: [1001, 1002]}
train: {epochs: 1, batch: 128, l2: 5e-4, optimizer: {sgd: {lr: 0.1}}}
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`

func TestStrengthsReachThePlanAndTheFile(t *testing.T) {
	s, err := Parse("s.yaml", []byte(strengthsStudy), nil, lookup)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time as the run's folder has it
		p, err := s.Plan("generic")
		if err != nil {
			t.Fatal(err)
		}
		if p.Pilot == nil || p.Pilot.Study != "strength-lenet-300-100" || !slices.Equal(p.Pilot.Seeds, []uint64{1001, 1002}) {
			t.Fatalf("the plan's pilot is %+v", p.Pilot)
		}
		if s, err = Parse("study.yaml", s.YAML(), nil, lookup); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStrengthsWithoutSeedsAreRefused(t *testing.T) {
	for _, text := range []string{"{from: other}", "{seeds: [1]}", "{from: other, seed: [1]}"} {
		study := strings.Replace(strengthsStudy, "{from: strength-lenet-300-100, seeds: [1001, 1002]}", text, 1)
		if _, err := Parse("s.yaml", []byte(study), nil, lookup); err == nil || !strings.Contains(err.Error(), "s.yaml:5:") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
