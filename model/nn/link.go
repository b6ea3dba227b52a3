package nn

import "slices"

// Link is a layer with weights that reads another one's output, directly or
// through layers without weights.
type Link struct {
	Reader   string        // its name
	Between  []LayerConfig // what lies on the way, in order
	First    int           // channel of what the reader sees that comes from the layer's channel 0
	Channels int           // channels that the reader sees
}

// Readers returns the layers with weights that read the output of the named one;
// none for the last layer.
func (t *Topology) Readers(layer string) []Link {
	for i, n := range t.nodes {
		if n.HasWeights() && n.Name == layer {
			return t.links(i)
		}
	}
	return nil
}

// Exposed reports whether the network emits the output of the named layer, through
// layers without weights or as it is.
func (t *Topology) Exposed(layer string) bool {
	exposed := make([]bool, len(t.nodes))
	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := t.nodes[i]
		exposed[i] = len(n.readers) == 0 || slices.ContainsFunc(n.readers, func(r int) bool { return exposed[r] && !t.nodes[r].HasWeights() })
		if n.HasWeights() && n.Name == layer {
			return exposed[i]
		}
	}
	return false
}

// way is a point on the way from a layer to its readers.
type way struct{ layer, first int }

// links returns the layers with weights that read the output of layer i. Several
// ways to a reader on which channels keep their place are one link.
func (t *Topology) links(i int) []Link {
	seen := map[way]bool{}
	var all []Link
	var follow func(at way, between []LayerConfig)
	follow = func(at way, between []LayerConfig) {
		for _, r := range t.nodes[at.layer].readers {
			n := t.nodes[r]
			for _, first := range t.places(n, at) {
				to := way{r, first}
				if seen[to] {
					continue
				}
				seen[to] = true
				if n.HasWeights() {
					all = append(all, Link{n.Name, between, first, t.nodes[at.layer].out.C})
				} else {
					follow(to, append(between[:len(between):len(between)], n.LayerConfig))
				}
			}
		}
	}
	follow(way{i, 0}, nil)
	return all
}

// places returns where the channels of a way come out of n, which reads it.
func (t *Topology) places(n node, from way) []int {
	if places := n.kind().places; places != nil {
		return places(t, n, from)
	}
	return []int{from.first}
}
