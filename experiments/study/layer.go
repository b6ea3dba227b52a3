package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/nn"
)

var layerKinds = texts(nn.Kinds())

// maxLayers bounds a described network, so that a slip of the pen does not ask for more
// memory than there is.
const maxLayers = 1000

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
		if l = nn.Kind(n.text).Unsaid(); needsSettings(l.Kind) {
			d.fail(n.at, "a %s layer needs settings, as %s", l.Kind, l.Kind.Example())
		}
		return l
	}
	if n.kind == mapping && d.misplaced(n) {
		return l
	}
	o := d.object(n, slices.Concat(layerKinds, placement)...)
	if o.n == nil {
		return l
	}
	var settings *node
	for _, f := range n.fields {
		if slices.Contains(placement, f.key) {
			continue
		}
		if settings != nil {
			d.fail(f.at, "%s is two layers in one; put each in a list item of its own", n.title())
			return l
		}
		l, settings = nn.Kind(f.key).Unsaid(), f.value
	}
	if settings == nil {
		d.fail(n.at, "%s has a name and no layer", n.title())
		return l
	}
	d.settings(&l, settings)
	d.place(&l, o)
	return l
}

// placement are the keys that every kind of layer has: its name, and the layer whose
// output it reads where that is not the one before it. They stand beside the kind or
// among its settings.
var placement = []string{"name", "from"}

// place reads the placement of a layer from one of the two places.
func (d *decoder) place(l *nn.LayerConfig, o object) {
	if v := o.get("name"); v != nil {
		if l.Name != "" {
			d.fail(v.at, "the layer has two names; remove one")
		}
		l.Name = d.text(v)
		if l.Name == nn.InputName {
			d.fail(v.at, "%q is what the network reads; give the layer another name", l.Name)
		}
	}
	if v := o.get("from"); v != nil {
		if len(l.Inputs) > 0 {
			d.fail(v.at, "the layer says twice what it reads; remove one")
		}
		l.Inputs = []string{d.text(v)}
	}
}

// misplaced reports a mapping with a kind of layer that does not exist, or with
// settings that stand beside the kind instead of below it.
func (d *decoder) misplaced(n *node) bool {
	var kind, stray *field
	for i := range n.fields {
		switch f := &n.fields[i]; {
		case slices.Contains(placement, f.key):
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
	case kind.key == string(nn.KindConv) && (stray.key == "pad" || slices.Contains(settingKeys(nn.KindConv.Unsaid()), stray.key)):
		d.fail(stray.at, "%s belongs to the settings of conv; write %s", stray.key, gathered(n, kind.value))
	default:
		d.fail(stray.at, "unknown key %q beside %s; a layer is one kind with its settings, as %s", stray.key, kind.key, nn.Kind(kind.key).Example())
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
		all = append(all, nn.Kind(k).Example())
	}
	return fmt.Sprintf("there is no layer %q; a layer can be %s", word, list(all))
}
