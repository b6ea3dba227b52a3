package nn

import (
	"fmt"

	"prunelab/model/dataset"
)

var dense = kind{
	name: KindDense, example: "{dense: 300}",
	settings: func(l *LayerConfig) []Setting {
		return []Setting{
			{Key: "units", Value: &l.Units, Least: 1, Most: mostUnits, Needed: true, Alone: true},
			{Key: "bias", Value: &l.NoBias, Not: true},
		}
	},
	words: func(l LayerConfig) string { return fmt.Sprintf("%s %d", l.Name, l.Units) },
	fanIn: func(_ LayerConfig, in dataset.Shape) int { return in.Features() }, learns: true,
	emits: func(l LayerConfig, _ []dataset.Shape) (dataset.Shape, error) {
		return dataset.Shape{C: l.Units, H: 1, W: 1}, nil
	},
	build: buildAffine,
}

func buildAffine(n *Network, i int, p node) Layer { return newAffine(p, n.topology.fusesReLU(i)) }
