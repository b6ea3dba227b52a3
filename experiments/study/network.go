package study

import (
	"slices"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// network reads the key network: the name of a built-in one, a list of layers,
// or a mapping with either and the first weights, for images of a shape and so
// many classes.
func (d *decoder) network(n, initAt *node, shape dataset.Shape, classes int) nn.Config {
	before := len(d.faults)
	name, layers := n, (*node)(nil)
	c := nn.Config{Init: nn.InitTorch} // as the built-in ones
	switch n.kind {
	case sequence:
		name, layers = nil, n
	case mapping:
		o := d.object(n, "name", "layers", "init", "file", "zeros")
		name, layers = o.get("name"), o.get("layers")
		if v := o.get("init"); v != nil {
			if initAt != nil {
				d.fail(v.at, "init is given twice; remove one")
			}
			initAt = v
		}
		if (name == nil) == (layers == nil) {
			d.fail(n.at, "network needs either a name or layers")
			return c
		}
	}
	if name != nil {
		word := d.text(name)
		builtin, ok := nn.Builtin(word, shape, classes)
		if !ok && word != "" {
			d.fail(name.at, "there is no built-in network %q%s", word, suggest(word, nn.BuiltinNames()))
		}
		c = builtin
	} else {
		c.Layers = d.layers(layers)
	}
	if initAt != nil {
		c.Init = word(d, nn.InitHe, nn.InitGlorot, nn.InitTorch)(initAt)
	}
	c.Input = shape
	if len(d.faults) > before {
		return c
	}
	if err := c.Validate(); err != nil {
		at := n.at
		if layers != nil {
			at = layers.items[misfit(c)].at
		}
		d.fail(at, "for images of %v: %v", shape, err)
		return c
	}
	costs, err := c.Costs()
	if err != nil {
		d.fail(n.at, "%v", err)
		return c
	}
	if len(costs) == 0 {
		d.fail(n.at, "the network has no layer with weights")
		return c
	}
	if last := costs[len(costs)-1]; last.Outputs != classes {
		d.fail(n.at, "the last layer, %s, has %s and the data set has %d classes", last.Name, trial.Counted(last.Outputs, "output"), classes)
	}
	return c
}

// fileOf is the node of the file that a network's weights come from, nil when
// there is none.
func fileOf(n *node) *node {
	if n.kind != mapping {
		return nil
	}
	return object{n}.get("file")
}

// misfit is the position of the first layer that the network cannot have,
// found by building on layer by layer.
func misfit(c nn.Config) int {
	for i := range c.Layers {
		prefix := c
		prefix.Layers = append(slices.Clone(c.Layers[:i+1]), nn.LayerConfig{Kind: nn.KindDense, Name: " ", Units: 1})
		if prefix.Validate() != nil {
			return i
		}
	}
	return len(c.Layers) - 1
}
