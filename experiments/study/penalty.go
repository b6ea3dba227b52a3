package study

import (
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
)

// penaltyKeys are the keys of a training that say its regularizer.
var penaltyKeys = []string{"l2", "l1", "regularizer", "decay"}

// regularizer reads l1, l2 or regularizer: none, and with the first two decay, what is
// penalised. Any of them replaces the penalty as a whole; without one it is
// inherited.
func (d *decoder) regularizer(o object) *regularizer.Config {
	l1, l2, none, decay := o.get("l1"), o.get("l2"), o.get("regularizer"), o.get("decay")
	if decay != nil && l1 == nil && l2 == nil {
		d.fail(decay.at, "decay says what l1 and l2 act on; give it beside one of them")
	}
	if l1 == nil && l2 == nil && none == nil {
		return nil
	}
	var c regularizer.Config
	if none != nil {
		d.choice(none, "none")
		if l1 != nil || l2 != nil {
			d.fail(none.at, "regularizer: none beside l1 or l2; remove one")
		}
		return &c
	}
	const strongest = 1e3
	if l2 != nil {
		c.L2 = d.number(l2, 0, strongest)
	}
	switch {
	case l1 == nil:
	case l1.kind == mapping:
		o := d.object(l1, "strength", "proximal")
		if v := o.get("strength"); v != nil {
			c.L1 = d.number(v, 0, strongest)
		} else if o.n != nil {
			d.fail(l1.at, "%s has no strength, as in {strength: 5e-5, proximal: true}", l1.title())
		}
		if v := o.get("proximal"); v != nil {
			c.Proximal = d.flag(v) && c.L1 > 0
		}
	default:
		c.L1 = d.number(l1, 0, strongest)
	}
	if decay != nil {
		c.All = d.choice(decay, "weights", "all") == "all" && (c.L1 > 0 || c.L2 > 0)
	}
	return &c
}

// penaltyYAML is the keys of a regularizer with their values.
func penaltyYAML(c regularizer.Config) []string {
	var pairs []string
	for _, t := range c.Terms() {
		value := trial.Number(t.Strength)
		if t.Proximal {
			value = flow("strength", value, "proximal", "true")
		}
		pairs = append(pairs, strings.ToLower(string(t.Norm)), value)
	}
	if len(pairs) == 0 {
		return []string{"regularizer", "none"}
	}
	if c.All {
		pairs = append(pairs, "decay", "all")
	}
	return pairs
}
