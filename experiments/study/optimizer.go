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
	switch c.Method {
	case optim.SGD:
		o = d.object(settings, "lr", "momentum")
		c.Momentum = saidOr(o, "momentum", d.unit, 0)
	case optim.Adam: // defaults of Kingma and Ba 2015
		o = d.object(settings, "lr", "beta1", "beta2", "epsilon")
		c.Beta1 = saidOr(o, "beta1", d.unit, 0.9)
		c.Beta2 = saidOr(o, "beta2", d.unit, 0.999)
		c.Epsilon = saidOr(o, "epsilon", d.positive, 1e-8)
	default:
		return nil // an unknown key, reported above
	}
	c.LR = needed(d, settings, o, "lr", d.positive)
	return &c
}

// unit reads a number in [0, 1).
func (d *decoder) unit(n *node) float64 {
	f, ok := number(n)
	if !ok || f < 0 || f >= 1 {
		d.fail(n.at, "%s has to be a number in [0, 1)", n.describe())
	}
	return f
}

// schedule reads constant, cosine, {cosine: {...}}, {steps: {...}} or {inverse: {...}}.
func (d *decoder) schedule(n *node) optim.Schedule {
	s := optim.Schedule{Kind: optim.Constant}
	if n.kind == scalar {
		switch n.text {
		case string(optim.Constant):
		case string(optim.Cosine):
			s.Kind = optim.Cosine
		default:
			d.fail(n.at, "schedule cannot be %q; write constant, cosine, {steps: {at: [0.5, 0.8], factor: 0.1}} or {inverse: {gamma: 1e-4, power: 0.75}}", n.text)
		}
		return s
	}
	o := d.object(n, string(optim.Steps), string(optim.Cosine), string(optim.Inverse))
	if o.n == nil {
		return s
	}
	if len(n.fields) != 1 {
		d.fail(n.at, "schedule needs one of steps, cosine and inverse")
		return s
	}
	s.Kind = optim.ScheduleKind(n.fields[0].key)
	settings := n.fields[0].value
	switch s.Kind {
	case optim.Steps:
		o = d.object(settings, "at", "factor")
		s.At = needed(d, settings, o, "at", d.moments)
		s.Factor = needed(d, settings, o, "factor", d.positive)
	case optim.Cosine:
		o = d.object(settings, "from")
		s.From = needed(d, settings, o, "from", d.unit)
	case optim.Inverse:
		o = d.object(settings, "gamma", "power")
		s.Gamma = needed(d, settings, o, "gamma", func(v *node) float64 { return d.number(v, 0, 1e6) })
		s.Power = needed(d, settings, o, "power", func(v *node) float64 { return d.number(v, 0, 1e3) })
	}
	return s
}

// moments reads an ascending list of fractions of a training.
func (d *decoder) moments(n *node) []float64 {
	var all []float64
	last := 0.0
	for _, it := range d.items(n) {
		f, ok := number(it)
		switch {
		case !ok || f <= 0 || f >= 1:
			d.fail(it.at, "%s has to be a fraction of the training, in (0, 1)", it.describe())
		case f <= last:
			d.fail(it.at, "%s has to be greater than the one before", it.describe())
		}
		last = f
		all = append(all, f)
	}
	return all
}
