package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"prunelab/experiments/trial"
)

// override puts the value of "path=value" into the tree, as --set does. A path
// is made of keys and positions, as train.epochs or arms[0].train.l2; an item
// of a list that has a name can be called by it, as arms[L1].train.l1. What is
// not there yet is added; whether it may be there is for decoding to say.
func override(root *node, set string) error {
	src := newSource("in --set "+set, []byte(set))
	src.override = true
	whole := place{src: src, line: 1, col: 1, width: 1}
	path, value, found := strings.Cut(set, "=")
	path = strings.TrimSpace(path)
	if !found || path == "" {
		return Faults{whole.fault("an override has the form path=value, as train.epochs=2")}
	}
	if !utf8.ValidString(set) {
		return Faults{whole.fault("the override is not UTF-8 text; type it in a terminal that writes UTF-8")}
	}
	whole.width = utf8.RuneCountInString(path)
	steps, err := split(path)
	if err != nil {
		return Faults{whole.fault("%v; a path looks like arms[0].train.l2", err)}
	}
	// The value is parsed behind as many blanks as the path is long, so that
	// its columns are those of the override.
	indent := utf8.RuneCountInString(set) - utf8.RuneCountInString(value)
	v, err := parse(src, []byte(strings.Repeat(" ", indent)+value))
	if text := strings.TrimSpace(value); err != nil && strings.Contains(text, " #") && !strings.ContainsAny(text[:1], "[{'\"#") {
		v, err = &node{kind: scalar, text: text, at: place{src: src, line: 1, col: indent + 1, width: utf8.RuneCountInString(text)}}, nil
	}
	if err != nil {
		return err
	}
	if v.kind == null && strings.TrimSpace(value) == "" {
		return Faults{whole.fault("an override needs a value after the equals sign, as train.epochs=2")}
	}
	if err := put(root, steps, v, whole); err != nil {
		return Faults{whole.fault("%v", err)}
	}
	return nil
}

// step is a key of a mapping, or an item of a list by position or name.
type step struct {
	key  string
	item bool
}

func split(path string) ([]step, error) {
	var steps []step
	for i := 0; i < len(path); {
		switch {
		case path[i] == '[':
			end := strings.IndexByte(path[i:], ']')
			if end < 0 {
				return nil, fmt.Errorf("the path %q has a [ without ]", path)
			}
			steps = append(steps, step{key: path[i+1 : i+end], item: true})
			i += end + 1
		case path[i] == '.' && i > 0 && i+1 < len(path) && path[i+1] != '.' && path[i+1] != '[':
			i++
			fallthrough
		case i == 0 && path[i] != '.':
			end := strings.IndexAny(path[i:], ".[")
			if end < 0 {
				end = len(path) - i
			}
			steps = append(steps, step{key: path[i : i+end]})
			i += end
		default:
			return nil, fmt.Errorf("the path %q cannot be read from %q on", path, path[i:])
		}
	}
	if len(steps) > maxDepth {
		return nil, fmt.Errorf("the path has more than %d parts", maxDepth)
	}
	return steps, nil
}

// put walks to the place that the steps name and puts v there.
func put(n *node, steps []step, v *node, at place) error {
	for i, s := range steps {
		last := i == len(steps)-1
		if s.item {
			item, err := n.item(s.key)
			if err != nil {
				return err
			}
			if last {
				item.replace(v)
				return nil
			}
			n = item
			continue
		}
		if n.kind == null {
			n.kind, n.at = mapping, at
		}
		if n.kind != mapping {
			return fmt.Errorf("%s is %s and has no key %q%s", n.title(), n.kind, s.key, n.brackets(s.key))
		}
		next := n.get(s.key)
		if next == nil {
			next = &node{path: join(n.path, s.key), at: at}
			n.fields = append(n.fields, field{key: s.key, at: at, value: next})
		}
		if last {
			next.replace(v)
			return nil
		}
		n = next
	}
	return nil
}

// unreachable reports what an override says to all arms although each of them says
// otherwise, or to a retraining although each sweep does: no trial would know of it.
func (d *decoder) unreachable(root *node) {
	var arms []*node
	if n := root.get("arms"); n != nil {
		arms = n.items
	}
	for _, section := range []string{"data", "train", "retrain"} {
		for _, f := range overrides(root.get(section)) {
			heirs := slices.DeleteFunc(slices.Clone(arms), func(arm *node) bool { return says(arm.get(section), f.key) })
			switch {
			case len(arms) > 0 && len(heirs) == 0:
				d.fail(f.value.at, "%s reaches no arm: each has its own in its place; set %s.%s.%s, and so on", f.value.path, arms[0].path, section, f.key)
			case section == "retrain":
				d.reachesNoSweep(f, root.get("sweeps"), heirs)
			}
		}
	}
	for _, arm := range arms {
		for _, f := range overrides(arm.get("retrain")) {
			d.reachesNoSweep(f, root.get("sweeps"), []*node{arm})
		}
	}
}

// reachesNoSweep reports a value of the retraining of some arms, of all where there
// are none, that each of their sweeps replaces.
func (d *decoder) reachesNoSweep(f field, sweeps *node, arms []*node) {
	if sweeps == nil || len(sweeps.items) == 0 {
		return
	}
	var own *node
	for _, w := range sweeps.items {
		retrain := w.get("retrain")
		switch {
		case !sweepsAny(w, arms) || retrain != nil && retrain.text == "false":
		case !says(retrain, f.key):
			return
		case own == nil:
			own = w
		}
	}
	if own == nil {
		d.fail(f.value.at, "%s reaches no sweep: none retrains", f.value.path)
		return
	}
	d.fail(f.value.at, "%s reaches no sweep: each that retrains has its own in its place; set %s.retrain.%s, and so on", f.value.path, own.path, f.key)
}

// sweepsAny reports whether a sweep prunes any of some arms: without a list it prunes
// all that there are.
func sweepsAny(sweep *node, arms []*node) bool {
	list := sweep.get("arms")
	return list == nil || len(arms) == 0 || slices.ContainsFunc(arms, func(arm *node) bool {
		name := arm.get("name")
		return name != nil && (list.text == name.text || slices.ContainsFunc(list.items, func(n *node) bool { return n.text == name.text }))
	})
}

// overrides are the fields of a section that come from overrides.
func overrides(section *node) []field {
	if section == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(section.fields), func(f field) bool { return !f.value.overridden() })
}

// says reports whether a section has a key, or one that takes its place.
func says(section *node, key string) bool {
	return section != nil && slices.ContainsFunc(replaces(key), func(k string) bool { return section.get(k) != nil })
}

// replaces are the keys of an arm any of which takes the place of the study's.
func replaces(key string) []string {
	switch {
	case slices.Contains(penaltyKeys, key):
		return penaltyKeys
	case key == "lr":
		return []string{"lr", "optimizer"}
	}
	return []string{key}
}

// overridden reports whether any of a value comes from an override.
func (n *node) overridden() bool {
	return n.at.src.override || slices.ContainsFunc(n.items, (*node).overridden) ||
		slices.ContainsFunc(n.fields, func(f field) bool { return f.value.overridden() })
}

// brackets ends a message about a key of a list with how its items are written.
func (n *node) brackets(key string) string {
	if n.kind != sequence || len(n.items) == 0 {
		return ""
	}
	at, err := strconv.Atoi(key)
	if err != nil || at < 0 || at >= len(n.items) {
		at = max(0, slices.IndexFunc(n.items, func(it *node) bool {
			name := it.get("name")
			return name != nil && name.text == key
		}))
	}
	hint := fmt.Sprintf("; write %s[%d]", n.title(), at)
	if name := n.items[at].get("name"); name != nil {
		hint += fmt.Sprintf(" or %s[%s]", n.title(), name.text)
	}
	return hint
}

// item finds an item of a list by its position or its name.
func (n *node) item(key string) (*node, error) {
	if n.kind != sequence {
		return nil, fmt.Errorf("%s is %s, not a list, and has no item [%s]", n.title(), n.kind, key)
	}
	if i, err := strconv.Atoi(key); err == nil {
		if i < 0 || i >= len(n.items) {
			return nil, fmt.Errorf("%s has %s, [0] to [%d]; there is no [%d]", n.title(), trial.Counted(len(n.items), "item"), len(n.items)-1, i)
		}
		return n.items[i], nil
	}
	var names []string
	for _, it := range n.items {
		if name := it.get("name"); name != nil {
			if name.text == key {
				return it, nil
			}
			names = append(names, name.text)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no items with names; call them by their place, %s[0] to [%d]", n.title(), n.title(), len(n.items)-1)
	}
	return nil, fmt.Errorf("%s has no item named %q%s", n.title(), key, suggest(key, names))
}

// replace gives n the value of v; n keeps its path.
func (n *node) replace(v *node) {
	path := n.path
	*n = *v
	n.rename(path)
}

// rename sets the paths of a tree.
func (n *node) rename(path string) {
	n.path = path
	for i := range n.fields {
		n.fields[i].value.rename(join(path, n.fields[i].key))
	}
	for i, it := range n.items {
		it.rename(fmt.Sprintf("%s[%d]", path, i))
	}
}

// title names the node in a sentence.
func (n *node) title() string {
	if n.path == "" {
		return "the study"
	}
	return n.path
}
