package study

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// network reads the key network: the name of a built-in one, a list of layers,
// or a mapping with either, or with the file that has the layers, and the first weights, for images of a shape and so
// many classes.
func (d *decoder) network(n, initAt *node, shape dataset.Shape, classes int) nn.Config {
	before := len(d.faults)
	name, layers, file := n, (*node)(nil), (*node)(nil)
	c := nn.Config{Init: nn.InitTorch} // as the built-in ones
	switch n.kind {
	case sequence:
		name, layers = nil, n
	case mapping:
		o := d.object(n, "name", "layers", "init", "file", "sha256", "key", "names", "zeros")
		name, layers = o.get("name"), o.get("layers")
		if v := o.get("init"); v != nil {
			if initAt != nil {
				d.fail(v.at, "init is given twice; remove one")
			}
			initAt = v
		}
		if file = o.get("file"); name != nil || layers != nil {
			file = nil // they say what it holds the weights of
		}
		if name != nil && layers != nil || name == nil && layers == nil && file == nil {
			d.fail(n.at, "network needs either a name or layers, or the file of an ONNX model, which has them")
			return c
		}
	}
	if file != nil {
		if c = d.layersOf(file, shape); len(d.faults) > before {
			return c
		}
	} else if name != nil {
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
	t, err := c.Topology()
	if err != nil {
		at := n.at
		if m := (*nn.Misfit)(nil); layers != nil && errors.As(err, &m) {
			at = layers.items[m.Layer].at
		}
		d.fail(at, "for images of %v: %v", shape, err)
		return c
	}
	if costs, err := c.Costs(); err != nil || len(costs) == 0 {
		d.fail(n.at, "the network has no layer with weights")
		return c
	}
	if t.Classes() != classes {
		last := c.Layers[len(c.Layers)-1]
		what := cmp.Or(last.Name, string(last.Kind))
		have := fmt.Sprintf("%d classes", classes)
		if classes == 1 {
			have = "1 class"
		}
		do := "it has to have as many as there are classes"
		if d.trained {
			do = "a network from a file needs data of as many classes, in the order of its outputs"
		}
		d.fail(n.at, "the last layer, %s, has %s and the data set has %s; %s", what, trial.Counted(t.Classes(), "output"), have, do)
	}
	return c
}

// layersOf reads the network whose layers are in the file, for images of a shape; the
// arms of a study share it.
func (d *decoder) layersOf(file *node, shape dataset.Shape) nn.Config {
	path := d.path(file)
	if path == "" {
		return nn.Config{}
	}
	if d.described == nil {
		c, err := d.lookup.Layers(path, shape)
		if err != nil {
			d.fail(file.at, "%v", err)
			return nn.Config{}
		}
		d.described = &c
	}
	c := *d.described
	c.Layers = slices.Clone(c.Layers)
	return c
}

// inFile reads where in its file a network is, and what it is called there.
func (d *decoder) inFile(s *Study, network *node) {
	if network.kind != mapping {
		return
	}
	o := object{network}
	key, names, sum := o.get("key"), o.get("names"), o.get("sha256")
	for _, v := range []*node{key, names, sum} {
		if v != nil && !d.trained {
			d.fail(v.at, "%s speaks of the file of a network; remove it, or name the file", v.title())
			return
		}
	}
	if sum != nil {
		s.Sum = strings.ToLower(d.text(sum))
		if b, err := hex.DecodeString(s.Sum); err != nil || len(b) != sha256.Size {
			d.fail(sum.at, "%s is no SHA-256, which has 64 hexadecimal digits, as sha256sum FILE prints it", sum.describe())
		}
	}
	if key != nil {
		s.Entry = d.path(key)
	}
	if names == nil {
		return
	}
	if names.kind != mapping || len(names.fields) == 0 {
		d.fail(names.at, "%s is %s; it has to be a mapping from a layer or tensor of the network to its name in the file, as {conv1: features.0}", names.title(), names.kind)
		return
	}
	s.Names = map[string]string{}
	for _, f := range names.fields {
		if _, twice := s.Names[f.key]; twice {
			d.fail(f.at, "%q is there twice in %s; remove one", f.key, names.title())
		}
		s.Names[f.key] = d.path(f.value)
	}
}

// fileOf is the node of the file that a network's weights come from, nil when
// there is none.
func fileOf(n *node) *node {
	if n.kind != mapping {
		return nil
	}
	return object{n}.get("file")
}
