package study

import (
	"slices"
	"strings"

	"prunelab/model/nn"
)

// Target is a set of layers that are pruned together.
type Target struct {
	Name   string
	Layers []string // in the network's order
}

// reservedTarget reports whether a word in targets means more than a layer.
func reservedTarget(word string) bool {
	return slices.Contains([]string{"all", "each", "conv", "fc"}, word)
}

// targets reads the list of what is pruned. A bare word is a layer or one of the
// reserved ones; of a network with a layer that is called so, {layer: NAME} is that
// layer, and the word is refused.
func (d *decoder) targets(n *node, s *Study) []Target {
	var targets []Target
	add := func(at *node, t Target) {
		for _, have := range targets {
			if have.Name == t.Name {
				d.fail(at.at, "the target %q is there twice", t.Name)
				return
			}
		}
		targets = append(targets, t)
	}
	for _, it := range d.items(n) {
		if it.kind == mapping && it.get("layer") != nil {
			if l := d.layerNamed(needed(d, it, d.object(it, "layer"), "layer", d.text), it, s); l != "" {
				add(it, Target{Name: l, Layers: []string{l}})
			}
			continue
		}
		if it.kind == mapping {
			if t, ok := d.group(it, s); ok {
				add(it, t)
			}
			continue
		}
		word := d.text(it)
		switch {
		case word == "":
		case word != "each" && reservedTarget(word) && slices.Contains(s.layerNames(), word):
			d.fail(it.at, "%s is a layer of this network and a word for layers; write {layer: %[1]s} for the one, {name: several, layers: [...]} for more", word)
		case word == "each":
			for _, l := range s.layers {
				add(it, Target{Name: l.Name, Layers: []string{l.Name}})
			}
		case word == "all":
			add(it, Target{Name: word, Layers: s.layerNames()})
		case word == "conv" || word == "fc":
			kind := map[string]nn.Kind{"conv": nn.KindConv, "fc": nn.KindDense}[word]
			t := Target{Name: word}
			for _, l := range s.layers {
				if l.Kind == kind {
					t.Layers = append(t.Layers, l.Name)
				}
			}
			if len(t.Layers) == 0 {
				d.fail(it.at, "the target %s prunes nothing: the network has no such layer, it has %s", word, strings.Join(s.layerNames(), ", "))
				continue
			}
			add(it, t)
		case slices.Contains(s.layerNames(), word):
			add(it, Target{Name: word, Layers: []string{word}})
		default:
			d.fail(it.at, "the network has no layer %q%s", word, suggest(word, append(s.layerNames(), "all", "each", "conv", "fc")))
		}
	}
	return targets
}

// layerNamed checks that the network has a layer of that name, "" after a fault.
func (d *decoder) layerNamed(name string, at *node, s *Study) string {
	if name == "" || slices.Contains(s.layerNames(), name) {
		return name
	}
	d.fail(at.at, "the network has no layer %q%s", name, suggest(name, s.layerNames()))
	return ""
}

// group reads {name, layers: [...]} or {name, except: [...]}.
func (d *decoder) group(n *node, s *Study) (Target, bool) {
	o := d.object(n, "name", "layers", "except")
	if o.n == nil {
		return Target{}, false
	}
	name, layers, except := o.get("name"), o.get("layers"), o.get("except")
	if name == nil || (layers == nil) == (except == nil) {
		d.fail(n.at, "a group needs a name and either layers or except, as {name: late, layers: [fc2, fc3]}")
		return Target{}, false
	}
	t := Target{Name: d.text(name)}
	if reservedTarget(t.Name) || slices.Contains(s.layerNames(), t.Name) && layers == nil {
		d.fail(name.at, "a group cannot be called %q, which means something else", t.Name)
	}
	named := layers
	if named == nil {
		named = except
	}
	listed := map[string]bool{}
	for _, it := range d.items(named) {
		l := d.layerNamed(d.text(it), it, s)
		if l != "" && listed[l] {
			d.fail(it.at, "the layer %q is there twice", l)
		}
		listed[l] = true
	}
	for _, l := range s.layers {
		if listed[l.Name] == (layers != nil) {
			t.Layers = append(t.Layers, l.Name)
		}
	}
	if slices.Contains(s.layerNames(), t.Name) && !slices.Equal(t.Layers, []string{t.Name}) {
		d.fail(name.at, "a group cannot be called %q, which is a layer", t.Name)
	}
	if len(t.Layers) == 0 && d.err() == nil {
		d.fail(n.at, "the target %s prunes nothing: except names every layer", t.Name)
	}
	return t, len(t.Layers) > 0
}
