package nn

import (
	"fmt"

	"prunelab/model/dataset"
)

// Node is a layer in its network: its configuration with what it reads and emits.
type Node struct {
	LayerConfig
	Title string   // its name, or kind and position where it has none
	Reads []string // the titles of the layers that it reads, or InputName
	Out   dataset.Shape
}

// Nodes lists the layers in the order in which they run.
func (c Config) Nodes() ([]Node, error) {
	t, err := c.Topology()
	if err != nil {
		return nil, err
	}
	count := map[Kind]int{}
	nodes := make([]Node, len(t.nodes))
	for i, n := range t.nodes {
		nodes[i] = Node{LayerConfig: n.LayerConfig, Title: n.Name, Out: n.out}
		if count[n.Kind]++; n.Name == "" {
			nodes[i].Title = fmt.Sprintf("(%s %d)", n.Kind, count[n.Kind])
		}
		for _, j := range n.inputs {
			if j == networkInput {
				nodes[i].Reads = append(nodes[i].Reads, InputName)
			} else {
				nodes[i].Reads = append(nodes[i].Reads, nodes[j].Title)
			}
		}
	}
	return nodes, nil
}
