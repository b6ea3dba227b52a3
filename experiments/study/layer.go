package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

var layerKinds = texts(nn.Kinds())

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
	}
	return l
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
		l.Stride = saidOr(o, "stride", d.whole(1, maxKernel), 1)
		l.Padding = saidOr(o, "padding", d.whole(0, maxKernel), 0)
		return o.get("name")
	case nn.KindMaxPool, nn.KindAvgPool:
		if plain {
			l.Kernel = d.integer(n, 1, maxKernel)
			l.Stride = l.Kernel
			return nil
		}
		o := d.object(n, "size", "stride")
		l.Kernel = need(o, "size", 1, maxKernel)
		l.Stride = saidOr(o, "stride", d.whole(1, maxKernel), l.Kernel)
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

// layerYAML prints a layer as layer reads it.
func layerYAML(l nn.LayerConfig) string {
	switch l.Kind {
	case nn.KindDense:
		return flow(string(l.Kind), flow("units", strconv.Itoa(l.Units), "name", quote(l.Name)))
	case nn.KindConv:
		return flow(string(l.Kind), flow("filters", strconv.Itoa(l.Units), "kernel", strconv.Itoa(l.Kernel),
			"stride", strconv.Itoa(l.Stride), "padding", strconv.Itoa(l.Padding), "name", quote(l.Name)))
	case nn.KindMaxPool, nn.KindAvgPool:
		return flow(string(l.Kind), flow("size", strconv.Itoa(l.Kernel), "stride", strconv.Itoa(l.Stride)))
	case nn.KindDropout:
		return flow(string(l.Kind), trial.Number(l.Rate))
	}
	return string(l.Kind)
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
