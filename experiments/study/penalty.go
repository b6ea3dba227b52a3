package study

import "prunelab/model/regularizer"

// regularizer reads l1, l2 or regularizer: none. Any of them replaces the
// penalty as a whole; without one it is inherited.
func (d *decoder) regularizer(o object) *regularizer.Config {
	l1, l2, none := o.get("l1"), o.get("l2"), o.get("regularizer")
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
	return &c
}
