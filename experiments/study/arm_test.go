package study

import (
	"slices"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// networks compares networks that read other channels and are of other widths.
const networks = `
name: networks
data: {name: cifar-10, validation: 5000, train_samples: 1000, flip: true, channels: [green, red]}
network: {init: he, layers: [{conv: {filters: 4, kernel: 5}}, relu, {maxpool: 2}, {dense: 10}]}
seeds: 2
train: {epochs: 2, batch: 100, optimizer: {sgd: {lr: 0.1}}}
arms:
  - {name: two}
  - {name: three, data: {channels: all, flip: false}}
  - {name: grey, data: {channels: luminance}}
  - {name: wide, network: [{conv: {filters: 8, kernel: 5}}, relu, {maxpool: 2}, {dense: 10}]}
  - {name: glorot, network: {init: glorot, layers: [{conv: {filters: 4, kernel: 5}}, relu, {maxpool: 2}, {dense: 10}]}}
retrain: {epochs: 1}
sweeps: [{targets: [conv1], ratios: [0.5]}]
`

func TestArmsWithNetworksOfTheirOwn(t *testing.T) {
	s := mustParse(t, networks)
	p := mustPlan(t, s)
	type want struct {
		channels string
		flip     bool
		inputs   int
		filters  int
		init     nn.Init
	}
	wants := []want{
		{"red,green", true, 2, 4, nn.InitHe}, {"", false, 3, 4, nn.InitHe}, {dataset.Luminance, true, 1, 4, nn.InitHe},
		{"red,green", true, 2, 8, nn.InitHe}, {"red,green", true, 2, 4, nn.InitGlorot},
	}
	all := specs(p)
	seen := map[string]int{}
	for _, c := range p.Cells {
		spec := all[c.Key]
		i := slices.Index(p.Arms, c.Arm)
		got := want{spec.Data.Channels, spec.Data.Flip, spec.Net.Input.C, spec.Net.Layers[0].Units, spec.Net.Init}
		if got != wants[i] {
			t.Errorf("arm %s, %s: %+v, want %+v", c.Arm, c.Role, got, wants[i])
		}
		if spec.Data.TrainSamples != 1000 || spec.Data.Validation != 5000 {
			t.Errorf("arm %s has other images: %+v", c.Arm, spec.Data)
		}
		seen[c.Arm]++
	}
	if len(seen) != len(wants) {
		t.Errorf("cells of %d arms, want %d", len(seen), len(wants))
	}
	if !slices.Equal(p.Layers, []string{"conv1", "fc1"}) {
		t.Errorf("layers %v", p.Layers)
	}
}

// A ratio has to remove something of the network of every arm that it is for.
func TestRatioThatPrunesNothingInOneArm(t *testing.T) {
	tiny := strings.Replace(networks, "{name: two}", "{name: tiny, network: [{conv: {filters: 1, kernel: 1}}, relu, {dense: 10}]}", 1)
	tiny = strings.Replace(tiny, "ratios: [0.5]", "ratios: [0.1]", 1)
	_, err := Parse("study.yaml", []byte(tiny), nil, lookup)
	if err == nil || !strings.Contains(err.Error(), "would prune nothing: conv1 has 2 weights") {
		t.Errorf("got %v", err)
	}
	mustParse(t, strings.Replace(tiny, "ratios: [0.1]", "arms: [wide], ratios: [0.1]", 1))
}
