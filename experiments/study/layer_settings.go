package study

import (
	"fmt"
	"slices"
	"strconv"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// What a batch normalisation has unless the study says otherwise, as in PyTorch.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.1
)

// unset is a layer of a kind with what its settings are when they are not said.
func unset(k nn.Kind) nn.LayerConfig {
	l := nn.LayerConfig{Kind: k}
	switch k {
	case nn.KindConv:
		l.Stride = 1
	case nn.KindBatchNorm:
		l.Epsilon, l.Momentum = normEpsilon, normMomentum
	}
	return l
}

// needsSettings reports whether a kind says too little by its name alone.
func needsSettings(k nn.Kind) bool {
	switch k {
	case nn.KindReLU, nn.KindReLU6, nn.KindFlatten, nn.KindGlobalAvgPool, nn.KindBatchNorm:
		return false
	}
	return true
}

// settings reads what follows the kind of a layer: a mapping, or for some kinds the
// one value that they cannot do without.
func (d *decoder) settings(l *nn.LayerConfig, n *node) {
	if n.kind != mapping && d.plain(l, n) {
		return
	}
	with := func(keys ...string) object { return d.object(n, slices.Concat(keys, placement)...) }
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
	may := func(o object, key string, lo, unsaid int) int { return saidOr(o, key, d.whole(lo, maxKernel), unsaid) }
	var o object
	switch l.Kind {
	case nn.KindDense:
		o = with("units", "bias")
		l.Units = need(o, "units", 1, maxUnits)
		l.NoBias = !saidOr(o, "bias", d.flag, true)
	case nn.KindConv:
		o = with("filters", "kernel", "width", "stride", "padding", "groups", "bias")
		l.Units = need(o, "filters", 1, maxUnits)
		l.Kernel = need(o, "kernel", 1, maxKernel)
		if l.KernelWidth = may(o, "width", 1, l.Kernel); l.KernelWidth == l.Kernel {
			l.KernelWidth = 0
		}
		l.Stride = may(o, "stride", 1, 1)
		l.Padding = may(o, "padding", 0, 0)
		if l.Groups = saidOr(o, "groups", d.whole(1, maxUnits), 1); l.Groups == 1 {
			l.Groups = 0
		}
		l.NoBias = !saidOr(o, "bias", d.flag, true)
	case nn.KindMaxPool, nn.KindAvgPool:
		keys := []string{"size", "stride", "padding", "ceil"}
		if l.Kind == nn.KindAvgPool {
			keys = append(keys, "count_padding")
		}
		o = with(keys...)
		l.Kernel = need(o, "size", 1, maxKernel)
		l.Stride = may(o, "stride", 1, l.Kernel)
		l.Padding = may(o, "padding", 0, 0)
		l.Ceil = saidOr(o, "ceil", d.flag, false)
		l.CountPadding = saidOr(o, "count_padding", d.flag, false)
	case nn.KindDropout:
		o = with("rate")
		if v := o.get("rate"); v != nil {
			l.Rate = d.ratio(v)
		} else if o.n != nil {
			d.fail(n.at, "%s has no rate, as in %s", n.title(), layerExample(l.Kind))
		}
	case nn.KindLeakyReLU:
		o = with("slope")
		l.Slope = needed(d, n, o, "slope", d.slope)
	case nn.KindBatchNorm:
		o = with("epsilon", "momentum", "affine")
		l.Epsilon = saidOr(o, "epsilon", d.positive, normEpsilon)
		l.Momentum = saidOr(o, "momentum", func(n *node) float64 {
			return d.float(n, func(v float64) bool { return v > 0 && v <= 1 }, "is outside (0, 1]", normMomentum)
		}, normMomentum)
		l.Plain = !saidOr(o, "affine", d.flag, true)
	case nn.KindPad:
		o = with("top", "bottom", "left", "right")
		l.Top, l.Bottom, l.Left, l.Right = may(o, "top", 0, 0), may(o, "bottom", 0, 0), may(o, "left", 0, 0), may(o, "right", 0, 0)
	case nn.KindPadChannels:
		o = with("before", "after")
		channels := d.whole(0, maxUnits)
		l.Before, l.After = saidOr(o, "before", channels, 0), saidOr(o, "after", channels, 0)
	case nn.KindSubsample:
		o = with("stride")
		l.Stride = need(o, "stride", 1, maxKernel)
	case nn.KindAdd, nn.KindConcat:
		o = d.object(n, "inputs", "name")
		if v := o.get("inputs"); v != nil {
			l.Inputs = d.inputs(v)
		} else if o.n != nil {
			d.fail(n.at, "%s has no inputs, as in %s", n.title(), layerExample(l.Kind))
		}
	case nn.KindReLU, nn.KindReLU6, nn.KindFlatten, nn.KindGlobalAvgPool:
		if len(n.fields) == 0 {
			d.fail(n.at, "a %s layer has no settings; write - %s", l.Kind, l.Kind)
			return
		}
		o = with()
	}
	if o.n != nil {
		d.place(l, o)
	}
}

// plain reads a setting that stands for itself, and reports whether the kind has one.
func (d *decoder) plain(l *nn.LayerConfig, n *node) bool {
	switch l.Kind {
	case nn.KindDense:
		l.Units = d.integer(n, 1, maxUnits)
	case nn.KindMaxPool, nn.KindAvgPool:
		l.Kernel = d.integer(n, 1, maxKernel)
		l.Stride = l.Kernel
	case nn.KindDropout:
		l.Rate = d.ratio(n)
	case nn.KindLeakyReLU:
		l.Slope = d.slope(n)
	case nn.KindPad:
		l.Top = d.integer(n, 1, maxKernel)
		l.Bottom, l.Left, l.Right = l.Top, l.Top, l.Top
	case nn.KindSubsample:
		l.Stride = d.integer(n, 1, maxKernel)
	case nn.KindAdd, nn.KindConcat:
		l.Inputs = d.inputs(n)
	default:
		return false
	}
	return true
}

func (d *decoder) slope(n *node) float64 {
	return d.float(n, func(v float64) bool { return 0 <= v && v < 1 }, "is outside [0, 1)", 0)
}

// inputs reads the names of layers that are joined.
func (d *decoder) inputs(n *node) []string {
	var names []string
	for _, it := range d.items(n) {
		names = append(names, d.text(it))
	}
	if len(names) == 1 {
		d.fail(n.at, "%s names one layer; it joins two or more, as in %s", n.title(), layerExample(nn.KindAdd))
	}
	return names
}

// layerYAML prints a layer as layer reads it.
func layerYAML(l nn.LayerConfig) string {
	var set []string
	say := func(key, value string, said bool) {
		if said {
			set = append(set, key, value)
		}
	}
	count := func(key string, v, unsaid int) { say(key, strconv.Itoa(v), v != unsaid) }
	always := func(key string, v int) { say(key, strconv.Itoa(v), true) }
	flag := func(key string, v, unsaid bool) { say(key, strconv.FormatBool(v), v != unsaid) }
	switch l.Kind {
	case nn.KindDense:
		always("units", l.Units)
		flag("bias", !l.NoBias, true)
	case nn.KindConv:
		always("filters", l.Units)
		always("kernel", l.Kernel)
		count("width", l.KernelWidth, 0)
		always("stride", l.Stride)
		always("padding", l.Padding)
		count("groups", l.Groups, 0)
		flag("bias", !l.NoBias, true)
	case nn.KindMaxPool, nn.KindAvgPool:
		always("size", l.Kernel)
		always("stride", l.Stride)
		count("padding", l.Padding, 0)
		flag("ceil", l.Ceil, false)
		flag("count_padding", l.CountPadding, false)
	case nn.KindDropout:
		if l.Name == "" && len(l.Inputs) == 0 {
			return flow(string(l.Kind), trial.Number(l.Rate))
		}
		say("rate", trial.Number(l.Rate), true)
	case nn.KindLeakyReLU:
		say("slope", trial.Number(l.Slope), true)
	case nn.KindBatchNorm:
		say("epsilon", trial.Number(l.Epsilon), l.Epsilon != normEpsilon)
		say("momentum", trial.Number(l.Momentum), l.Momentum != normMomentum)
		flag("affine", !l.Plain, true)
	case nn.KindPad:
		count("top", l.Top, 0)
		count("bottom", l.Bottom, 0)
		count("left", l.Left, 0)
		count("right", l.Right, 0)
	case nn.KindPadChannels:
		count("before", l.Before, 0)
		count("after", l.After, 0)
	case nn.KindSubsample:
		always("stride", l.Stride)
	}
	say("name", quote(l.Name), l.Name != "")
	switch {
	case l.Kind == nn.KindAdd || l.Kind == nn.KindConcat:
		names := make([]string, len(l.Inputs))
		for i, name := range l.Inputs {
			names[i] = quote(name)
		}
		say("inputs", bracket(names), true)
	case len(l.Inputs) == 1:
		say("from", quote(l.Inputs[0]), true)
	}
	if len(set) == 0 && !needsSettings(l.Kind) {
		return string(l.Kind)
	}
	return flow(string(l.Kind), flow(set...))
}

func layerExample(k nn.Kind) string {
	switch k {
	case nn.KindDense:
		return "{dense: 300}"
	case nn.KindConv:
		return "{conv: {filters: 20, kernel: 5}}"
	case nn.KindDropout:
		return "{dropout: 0.5}"
	case nn.KindLeakyReLU:
		return "{leakyrelu: 0.1}"
	case nn.KindAdd, nn.KindConcat:
		return fmt.Sprintf("{%s: [conv2, relu1]}", k)
	case nn.KindPad:
		return "{pad: 1}"
	case nn.KindPadChannels:
		return "{padchannels: {before: 8, after: 8}}"
	}
	if !needsSettings(k) {
		return string(k)
	}
	return fmt.Sprintf("{%s: 2}", k)
}
