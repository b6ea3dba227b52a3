package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// Lookup finds a data set by the name that a user writes, as
// dataset.Identify does. Its error says what was searched and what to do.
type Lookup func(name string) (dataset.Info, error)

// maxSamples bounds counts of images.
const maxSamples = math.MaxInt32

// data reads the key data.
func (d *decoder) data(n *node) (dataset.Config, dataset.Info) {
	o := d.object(n, "name", "validation", "split_seed", "train_samples", "test_samples", "crop", "flip", "channels")
	if o.n == nil {
		return dataset.Config{}, dataset.Info{}
	}
	c := dataset.Config{SplitSeed: 1}
	name := o.get("name")
	if name == nil {
		d.fail(n.at, "data has no name; say which data set, as data: {name: mnist}")
		return c, dataset.Info{}
	}
	if name.kind != scalar {
		d.fail(name.at, "%s is %s; it has to be the name of a data set", name.title(), name.kind)
		return c, dataset.Info{}
	}
	if _, _, err := dataset.ParseName(name.text); err != nil {
		hint := ""
		if c := closest(name.text, dataset.Names()); c != "" {
			hint = fmt.Sprintf("; did you mean %q?", c)
		}
		d.fail(name.at, "%v%s", err, hint)
		return c, dataset.Info{}
	}
	info, err := d.lookup(name.text)
	if err != nil {
		d.fail(name.at, "%v", err)
		return c, dataset.Info{}
	}
	c.Name, c.Digest = info.Name, info.Digest
	if v := o.get("split_seed"); v != nil {
		c.SplitSeed = d.seed(v)
	}
	fits := true
	if v := o.get("validation"); v != nil {
		if c.Validation = d.integer(v, 0, maxSamples); c.Validation >= info.Train {
			d.fail(v.at, "%s leaves nothing to train on: %s has %d training images", v.describe(), c.Name, info.Train)
			fits = false
		}
	}
	if v := o.get("train_samples"); v != nil && v.text != "all" {
		if c.TrainSamples = d.integer(v, 1, maxSamples); fits && c.TrainSamples > info.Train-c.Validation {
			d.fail(v.at, "%s is more than the %d training images that %s has beside the %d for validation; all takes what there is",
				v.describe(), info.Train-c.Validation, c.Name, c.Validation)
		}
	}
	if v := o.get("test_samples"); v != nil && v.text != "all" {
		if c.TestSamples = d.integer(v, 1, maxSamples); c.TestSamples > info.Test {
			d.fail(v.at, "%s is more than the %d test images of %s", v.describe(), info.Test, c.Name)
		}
	}
	d.images(&c, o, info)
	return c, info
}

// images reads what the keys of data say about each image.
func (d *decoder) images(c *dataset.Config, o object, info dataset.Info) {
	if v := o.get("crop"); v != nil {
		c.Crop = d.integer(v, 0, min(info.Shape.H, info.Shape.W))
	}
	if v := o.get("flip"); v != nil {
		c.Flip = d.flag(v)
	}
	if v := o.get("channels"); v != nil {
		c.Channels = d.channels(v, info)
	}
}

// channels reads all, luminance, or a list of red, green and blue.
func (d *decoder) channels(n *node, info dataset.Info) string {
	var names []string
	switch {
	case n.kind == scalar && n.text == "all":
		return ""
	case n.kind == scalar && n.text == dataset.Luminance:
		names = []string{n.text}
	case n.kind == scalar:
		d.fail(n.at, "%s can be all, %s or a list of channels, as [red, green]", n.describe(), dataset.Luminance)
		return ""
	default:
		before := len(d.faults)
		for _, it := range d.items(n) {
			names = append(names, d.text(it))
		}
		if len(d.faults) > before {
			return ""
		}
	}
	channels, err := dataset.Channels(names...)
	if err == nil {
		_, err = info.Shape.Pick(channels)
	}
	if err != nil {
		d.fail(n.at, "%s: %v", n.title(), err)
		return ""
	}
	return channels
}

// trainSize is the number of images that are trained on.
func trainSize(c dataset.Config, info dataset.Info) int {
	if c.TrainSamples > 0 {
		return c.TrainSamples
	}
	return info.Train - c.Validation
}

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
		o := d.object(n, "name", "layers", "init", "file")
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
		builtin, ok := nn.Builtin(word, shape)
		if !ok && word != "" {
			d.fail(name.at, "there is no built-in network %q%s", word, suggest(word, nn.BuiltinNames()))
		}
		c = builtin
	} else {
		c.Layers = d.layers(layers)
	}
	if initAt != nil {
		c.Init = nn.Init(d.choice(initAt, string(nn.InitHe), string(nn.InitGlorot), string(nn.InitTorch)))
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
		d.fail(n.at, "the last layer, %s, has %d outputs and the data set has %d classes", last.Name, last.Outputs, classes)
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

var layerKinds = []string{"conv", "dense", "relu", "dropout", "maxpool", "avgpool", "flatten"}

// Bounds of a described network, so that a slip of the pen does not ask for
// more memory than there is.
const (
	maxUnits  = 1 << 16
	maxKernel = 1 << 8
	maxLayers = 200
)

// layers reads a list of layers. Layers with weights are named conv1, conv2,
// ... and fc1, fc2, ... in order unless they say otherwise.
func (d *decoder) layers(n *node) []nn.LayerConfig {
	items := d.items(n)
	if len(items) > maxLayers {
		d.fail(n.at, "a network of %d layers; at most %d are allowed", len(items), maxLayers)
		return nil
	}
	var layers []nn.LayerConfig
	for _, it := range items {
		layers = append(layers, d.layer(it))
	}
	nn.NameLayers(layers)
	seen := map[string]bool{}
	for i, l := range layers {
		if l.Name != "" && seen[l.Name] {
			d.fail(items[i].at, "two layers are called %q; give one another name", l.Name)
		}
		seen[l.Name] = true
	}
	return layers
}

// layer reads one layer: a word, as relu, or a kind with its settings, as
// {dense: 300} or {conv: {filters: 20, kernel: 5}}.
func (d *decoder) layer(n *node) nn.LayerConfig {
	var l nn.LayerConfig
	if n.kind == scalar {
		if !slices.Contains(layerKinds, n.text) {
			d.fail(n.at, "%s", unknownLayer(n.text))
			return l
		}
		l.Kind = nn.Kind(n.text)
		switch l.Kind {
		case nn.KindReLU, nn.KindFlatten:
		default:
			d.fail(n.at, "a %s layer needs settings, as %s", l.Kind, layerExample(l.Kind))
		}
		return l
	}
	if n.kind == mapping && d.misplaced(n) {
		return l
	}
	o := d.object(n, append(layerKinds, "name")...)
	if o.n == nil {
		return l
	}
	var settings *node
	for _, f := range n.fields {
		if f.key == "name" {
			continue
		}
		if settings != nil {
			d.fail(f.at, "%s is two layers in one; put each in a list item of its own", n.title())
			return l
		}
		l.Kind, settings = nn.Kind(f.key), f.value
	}
	if settings == nil {
		d.fail(n.at, "%s has a name and no layer", n.title())
		return l
	}
	named := o.get("name")
	inner := d.settings(&l, settings)
	if inner != nil {
		if named != nil {
			d.fail(inner.at, "the layer has two names; remove one")
		}
		named = inner
	}
	if named != nil {
		if l.Name = d.text(named); l.Kind != nn.KindConv && l.Kind != nn.KindDense {
			d.fail(named.at, "a %s layer has no weights and needs no name", l.Kind)
		}
		if reservedTarget(l.Name) {
			d.fail(named.at, "a layer cannot be called %q, which is a target", l.Name)
		}
	}
	return l
}

// misplaced reports a mapping with a kind of layer that does not exist, or with
// settings that stand beside the kind instead of below it.
func (d *decoder) misplaced(n *node) bool {
	var kind, stray *field
	for i := range n.fields {
		switch f := &n.fields[i]; {
		case f.key == "name":
		case !slices.Contains(layerKinds, f.key):
			if stray == nil {
				stray = f
			}
		case kind == nil:
			kind = f
		}
	}
	switch {
	case stray == nil:
		return false
	case kind == nil:
		d.fail(stray.at, "%s", unknownLayer(stray.key))
	case kind.key == string(nn.KindConv) && slices.Contains([]string{"filters", "kernel", "stride", "padding", "pad"}, stray.key):
		d.fail(stray.at, "%s belongs to the settings of conv; write %s", stray.key, gathered(n, kind.value))
	default:
		d.fail(stray.at, "unknown key %q beside %s; a layer is one kind with its settings, as %s", stray.key, kind.key, layerExample(nn.Kind(kind.key)))
	}
	return true
}

// gathered writes a convolution whose settings are strewn over the mapping n
// and the value of its key conv as it should be. What is left unsaid is that of
// an example.
func gathered(n, conv *node) string {
	said := map[string]string{"filters": "4", "kernel": "5"}
	note := func(key string, v *node) {
		if key == "pad" {
			key = "padding"
		}
		if _, err := strconv.Atoi(v.text); err == nil && v.kind == scalar {
			said[key] = v.text
		}
	}
	note("filters", conv)
	for _, f := range slices.Concat(conv.fields, n.fields) {
		note(f.key, f.value)
	}
	var parts []string
	for _, key := range []string{"filters", "kernel", "stride", "padding"} {
		if v, ok := said[key]; ok {
			parts = append(parts, key+": "+v)
		}
	}
	return "{conv: {" + strings.Join(parts, ", ") + "}}"
}

// unknownLayer says which layers there are. Only a slip of one letter is
// guessed at: other words for layers are not near to ours in spelling.
func unknownLayer(word string) string {
	var all []string
	for _, k := range layerKinds {
		if edits(strings.ToLower(word), k) <= 1 {
			return fmt.Sprintf("there is no layer %q; did you mean %q?", word, k)
		}
		all = append(all, layerExample(nn.Kind(k)))
	}
	return fmt.Sprintf("there is no layer %q; a layer can be %s", word, list(all))
}

// settings reads what follows the kind of a layer and returns the node of its
// name, if there is one.
func (d *decoder) settings(l *nn.LayerConfig, n *node) (name *node) {
	plain := n.kind == scalar
	need := func(o object, key string, lo, hi int) int {
		v := o.get(key)
		if v == nil {
			if o.n != nil {
				d.fail(n.at, "%s has no %s, as in %s", n.title(), key, layerExample(l.Kind))
			}
			return lo
		}
		return d.integer(v, lo, hi)
	}
	optional := func(o object, key string, lo, hi, otherwise int) int {
		if v := o.get(key); v != nil {
			return d.integer(v, lo, hi)
		}
		return otherwise
	}
	switch l.Kind {
	case nn.KindDense:
		if plain {
			l.Units = d.integer(n, 1, maxUnits)
			return nil
		}
		o := d.object(n, "units", "name")
		l.Units = need(o, "units", 1, maxUnits)
		return o.get("name")
	case nn.KindConv:
		o := d.object(n, "filters", "kernel", "stride", "padding", "name")
		l.Units = need(o, "filters", 1, maxUnits)
		l.Kernel = need(o, "kernel", 1, maxKernel)
		l.Stride = optional(o, "stride", 1, maxKernel, 1)
		l.Padding = optional(o, "padding", 0, maxKernel, 0)
		return o.get("name")
	case nn.KindMaxPool, nn.KindAvgPool:
		if plain {
			l.Kernel = d.integer(n, 1, maxKernel)
			l.Stride = l.Kernel
			return nil
		}
		o := d.object(n, "size", "stride")
		l.Kernel = need(o, "size", 1, maxKernel)
		l.Stride = optional(o, "stride", 1, maxKernel, l.Kernel)
	case nn.KindDropout:
		if plain {
			l.Rate = d.ratio(n)
			return nil
		}
		o := d.object(n, "rate")
		if v := o.get("rate"); v != nil {
			l.Rate = d.ratio(v)
		} else if o.n != nil {
			d.fail(n.at, "%s has no rate, as in %s", n.title(), layerExample(l.Kind))
		}
	default:
		d.fail(n.at, "a %s layer has no settings; write - %s", l.Kind, l.Kind)
	}
	return nil
}

func layerExample(k nn.Kind) string {
	switch k {
	case nn.KindDense:
		return "{dense: 300}"
	case nn.KindConv:
		return "{conv: {filters: 20, kernel: 5}}"
	case nn.KindDropout:
		return "{dropout: 0.5}"
	case nn.KindReLU, nn.KindFlatten:
		return string(k)
	}
	return fmt.Sprintf("{%s: 2}", k)
}
