package study

import "prunelab/model/optim"

// optimizer reads {sgd: {...}} or {adam: {...}}.
func (d *decoder) optimizer(n *node) *optim.Config {
	o := d.object(n, string(optim.SGD), string(optim.Adam))
	if o.n == nil {
		return nil
	}
	if len(n.fields) != 1 {
		d.fail(n.at, "optimizer needs one of {sgd: {lr: 0.1, momentum: 0.9}} and {adam: {lr: 0.001}}")
		return nil
	}
	c := optim.Config{Method: optim.Method(n.fields[0].key)}
	settings := n.fields[0].value
	unit := func(o object, key string, otherwise float64) float64 {
		v := o.get(key)
		if v == nil {
			return otherwise
		}
		f, ok := number(v)
		if !ok || f < 0 || f >= 1 {
			d.fail(v.at, "%s has to be a number in [0, 1)", v.describe())
		}
		return f
	}
	switch c.Method {
	case optim.SGD:
		o = d.object(settings, "lr", "momentum")
		c.Momentum = unit(o, "momentum", 0)
	case optim.Adam: // defaults of Kingma and Ba 2015
		o = d.object(settings, "lr", "beta1", "beta2", "epsilon")
		c.Beta1 = unit(o, "beta1", 0.9)
		c.Beta2 = unit(o, "beta2", 0.999)
		c.Epsilon = 1e-8
		if v := o.get("epsilon"); v != nil {
			c.Epsilon = d.positive(v)
		}
	default:
		return nil // an unknown key, reported above
	}
	if v := o.get("lr"); v != nil {
		c.LR = d.positive(v)
	} else if o.n != nil {
		d.fail(settings.at, "%s has no lr", settings.title())
	}
	return &c
}

// schedule reads constant, {steps: {...}} or {inverse: {...}}.
func (d *decoder) schedule(n *node) *optim.Schedule {
	s := &optim.Schedule{Kind: optim.Constant}
	if n.kind == scalar {
		if n.text != string(optim.Constant) {
			d.fail(n.at, "schedule cannot be %q; write constant, {steps: {at: [0.5, 0.8], factor: 0.1}} or {inverse: {gamma: 1e-4, power: 0.75}}", n.text)
		}
		return s
	}
	o := d.object(n, string(optim.Steps), string(optim.Inverse))
	if o.n == nil {
		return s
	}
	if len(n.fields) != 1 {
		d.fail(n.at, "schedule needs one of steps and inverse")
		return s
	}
	s.Kind = optim.ScheduleKind(n.fields[0].key)
	settings := n.fields[0].value
	needed := func(o object, key string) *node {
		v := o.get(key)
		if v == nil && o.n != nil {
			d.fail(settings.at, "%s has no %s", settings.title(), key)
		}
		return v
	}
	switch s.Kind {
	case optim.Steps:
		o = d.object(settings, "at", "factor")
		if v := needed(o, "at"); v != nil {
			last := 0.0
			for _, it := range d.items(v) {
				f, ok := number(it)
				switch {
				case !ok || f <= 0 || f >= 1:
					d.fail(it.at, "%s has to be a fraction of the training, in (0, 1)", it.describe())
				case f <= last:
					d.fail(it.at, "%s has to be greater than the one before", it.describe())
				}
				last = f
				s.At = append(s.At, f)
			}
		}
		if v := needed(o, "factor"); v != nil {
			s.Factor = d.positive(v)
		}
	case optim.Inverse:
		o = d.object(settings, "gamma", "power")
		if v := needed(o, "gamma"); v != nil {
			s.Gamma = d.number(v, 0, 1e6)
		}
		if v := needed(o, "power"); v != nil {
			s.Power = d.number(v, 0, 1e3)
		}
	}
	return s
}
