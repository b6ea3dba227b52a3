package trial

import (
	"maps"
	"slices"
)

// Series is what the points of a curve have in common. It is compared as a
// value, never by the names in it: what a target is follows from the layers that
// its trials prune (Extent), how they are pruned from the Method. A field that
// several series are compared in is left empty.
type Series struct {
	Arm       string `json:"arm"`       // regularizer arm: "L2", "L1→L2", ...
	Target    string `json:"target"`    // what is pruned, as the study calls it; "" for the dense network
	Method    Method `json:"method"`    // how; in JSON its words
	Parameter string `json:"parameter"` // of the amount: Ratio, Quality, Threshold, Given
	Stage     Stage  `json:"-"`         // "" of what is not tied to one
}

// The parameters of an amount.
const (
	Ratio     = "ratio"
	Quality   = "quality"
	Threshold = "threshold"
	Given     = "given" // a ratio of its own for each layer; the amount is what they remove of the network
)

// Stage is the moment at which a network was scored.
type Stage string

// The stages.
const (
	Pruned    Stage = "pruned"    // right after pruning
	Retrained Stage = "retrained" // after retraining, final epoch
)

// Extent is how much of a network a target is.
type Extent int

// The extents, in the order in which a reader expects them.
const (
	Whole Extent = iota // every layer
	Type                // every layer of one type, and not just one
	Layer               // a single layer
	Group               // anything else
)

// Extent says what some layers, in the network's order, are of the network.
func (p Plan) Extent(layers []string) Extent {
	switch {
	case len(layers) == 0:
		return Group
	case slices.Equal(layers, p.Layers):
		return Whole
	case len(layers) == 1:
		return Layer
	}
	for _, kind := range p.Kinds {
		if slices.Equal(layers, p.OfKind(kind)) {
			return Type
		}
	}
	return Group
}

// OfKind are the layers of a kind, "conv" or "dense".
func (p Plan) OfKind(kind string) []string {
	var layers []string
	for _, name := range p.Layers {
		if p.KindOf(name) == kind {
			layers = append(layers, name)
		}
	}
	return layers
}

// KindOf is the kind of a layer, "" of one that the network does not have.
func (p Plan) KindOf(layer string) string {
	if i := slices.Index(p.Layers, layer); i >= 0 && i < len(p.Kinds) {
		return p.Kinds[i]
	}
	return ""
}

// Targets are the layers that each target prunes, in the network's order; not
// those of given ratios, which stand for themselves.
func (p Plan) Targets() map[string][]string {
	first := map[string]Key{}
	for _, c := range p.Cells {
		if _, ok := first[c.Target]; !ok && c.Role == Point && c.Parameter != Given {
			first[c.Target] = c.Key
		}
	}
	specs := p.specs(slices.Collect(maps.Values(first)))
	targets := map[string][]string{}
	for name, key := range first {
		for _, l := range specs[key].Levels {
			if !l.Prune.Empty() {
				targets[name] = l.Prune.Layers
			}
		}
	}
	return targets
}

// specs finds a few trials by their keys. Computing a key takes time, and those
// of a plan's first seed come first.
func (p Plan) specs(keys []Key) map[Key]Spec {
	found := map[Key]Spec{}
	wanted := map[Key]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	for _, s := range p.Trials {
		if len(found) == len(wanted) {
			break
		}
		if k := s.Key(); wanted[k] {
			found[k] = s
		}
	}
	return found
}
