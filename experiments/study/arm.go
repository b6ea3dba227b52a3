package study

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"

	"prunelab/experiments/trial"
)

// Arm is a way to train and retrain that a study compares with others, seed by
// seed. It may also have a network of its own, with the layers of the study's
// by name and type, and see the images otherwise.
type Arm struct {
	Name    string
	Data    dataset.Config
	Network string // as in Study
	Net     nn.Config
	Train   train.Config
	Retrain *Retraining // nil: the study does not say how

	layers []nn.LayerCost // layers with weights, in order
}

// weights is the size of a layer.
func (a Arm) weights(layer string) int {
	for _, l := range a.layers {
		if l.Name == layer {
			return l.Weights
		}
	}
	panic("study: no such layer: " + layer)
}

// Only returns the study of one of its arms, whose data and network become the
// study's, without sweeps.
func (s *Study) Only(arm string) *Study {
	only := *s
	only.Arms, only.Sweeps, only.Figures = nil, nil, nil
	for _, a := range s.Arms {
		if a.Name == arm {
			only.Arms = []Arm{a}
			only.Data, only.Network, only.Net, only.layers = a.Data, a.Network, a.Net, a.layers
		}
	}
	return &only
}

// arms reads the arms, or makes the one that the study's own training is, and
// reports whether they were in order.
func (d *decoder) arms(s *Study, root *node, o object, network *node) bool {
	begin := len(d.faults)
	samples := trainSize(s.Data, s.info)
	first, second := d.patch(o.get("train"), false), d.patch(o.get("retrain"), true)
	listed := []*node{nil} // the study itself
	if arms := o.get("arms"); arms != nil {
		listed = d.items(arms)
	}
	seen := map[string]bool{}
	for _, it := range listed {
		var a Arm
		var arm object
		at := root.at
		switch {
		case it != nil:
			at = it.at
			arm = d.object(it, "name", "train", "retrain", "data", "network")
			if a.Name = d.armName(arm, seen); a.Name == "" {
				continue
			}
		case o.get("train") != nil:
			at = o.get("train").at
		}
		own, ownSecond := d.patch(arm.get("train"), false), d.patch(arm.get("retrain"), true)
		if len(d.faults) > begin {
			continue // what is missing may be what was not understood
		}
		a.Train = d.training(at, samples, first, own)
		named := a.Train.Regularizer
		if len(d.faults) == begin && (o.get("retrain") != nil || arm.get("retrain") != nil) {
			a.Retrain = d.retraining(a.Train, samples, second, ownSecond)
			// Only one that inherits from no training can lack anything.
			d.complete(at, a.Retrain.Config, "the network comes from a file and the retraining has no %s to inherit; add retrain: {%s}", 0.01)
			if d.trained {
				named = a.Retrain.Regularizer
			}
		}
		if a.Name == "" {
			a.Name = trial.Penalty(named)
		}
		d.own(&a, arm, s, network)
		s.Arms = append(s.Arms, a)
	}
	return len(d.faults) == begin
}

// armName reads the name of an arm, "" after a fault.
func (d *decoder) armName(arm object, seen map[string]bool) string {
	if arm.n == nil {
		return ""
	}
	n := arm.get("name")
	if n == nil {
		d.fail(arm.n.at, "the arm has no name; the name stands for it in tables and figures")
		return ""
	}
	name := d.text(n)
	if seen[name] {
		d.fail(n.at, "two arms are called %q; give one another name", name)
	}
	seen[name] = true
	return name
}

// own reads the data and the network of an arm, which are the study's where it
// does not say otherwise.
func (d *decoder) own(a *Arm, arm object, s *Study, network *node) {
	a.Data, a.Network, a.Net, a.layers = s.Data, s.Network, s.Net, s.layers
	images, other := arm.get("data"), arm.get("network")
	if images == nil && other == nil {
		return
	}
	before := len(d.faults)
	if d.trained {
		at := other
		if at == nil {
			at = images
		}
		d.fail(at.at, "the arms of a study whose network comes from a file share that network and its images; leave this out")
		return
	}
	at := other
	if images != nil {
		d.images(&a.Data, d.object(images, "crop", "flip", "channels", "normalise"), s.info)
		if at == nil {
			at = images
		}
	}
	if other != nil {
		network, a.Network = other, builtinName(other)
	}
	if len(d.faults) > before {
		return
	}
	shape, err := s.info.Shape.Pick(a.Data.Channels)
	if err != nil {
		panic("study: " + err.Error()) // d.images has checked it
	}
	a.Net = d.network(network, nil, shape, s.info.Classes)
	if len(d.faults) > before {
		return
	}
	if network.kind != mapping || network.get("init") == nil {
		a.Net.Init = s.Net.Init
	}
	a.layers, _ = a.Net.Costs() // d.network has called it
	if have, want := layerWords(a.layers), layerWords(s.layers); !slices.Equal(have, want) {
		d.fail(at.at, "the network of arm %s has the layers %s, that of the study %s; arms are compared layer by layer, so they need the same ones, of any size",
			a.Name, strings.Join(have, ", "), strings.Join(want, ", "))
	}
}

// layerWords names layers with their types.
func layerWords(layers []nn.LayerCost) []string {
	var words []string
	for _, l := range layers {
		words = append(words, fmt.Sprintf("%s (%s)", l.Name, l.Kind))
	}
	return words
}
