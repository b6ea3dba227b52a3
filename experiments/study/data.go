package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// Lookup finds what a study names and does not hold. Errors say what was searched and
// what to do.
type Lookup struct {
	// Data finds a data set by the name that a user writes, read as the study says, as
	// dataset.Identify does.
	Data func(name string, r dataset.Reading) (dataset.Info, error)
	// Layers reads a network's layers, for images of a shape, from the file that has them
	// beside the weights.
	Layers func(file string, images dataset.Shape) (nn.Config, error)
	// Classes reads the order of a network's outputs from a file, as dataset.ReadOrder does.
	Classes func(file string) ([]string, error)
}

// maxSamples bounds counts of images.
const maxSamples = math.MaxInt32

// data reads the key data.
func (d *decoder) data(n *node) (dataset.Config, dataset.Info) {
	o := d.object(n, "name", "resize", "colour", "background", "classes", "label_bytes", "label", "validation", "validation_of", "split_seed", "train_samples", "test_samples", "stratified",
		"crop", "flip", "channels", "normalise")
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
	kind, _, err := dataset.ParseName(name.text)
	if err != nil {
		hint := ""
		if c := closest(name.text, dataset.Names()); c != "" {
			hint = fmt.Sprintf("; did you mean %q?", c)
		}
		d.fail(name.at, "%v%s", err, hint)
		return c, dataset.Info{}
	}
	before := len(d.faults)
	if c.Reading = d.reading(o, kind); len(d.faults) > before {
		return c, dataset.Info{}
	}
	info, err := d.lookup.Data(name.text, c.Reading)
	if err != nil {
		d.fail(name.at, "%v", err)
		return c, dataset.Info{}
	}
	c.Name, c.Digest = info.Name, info.Digest
	c.SplitSeed = saidOr(o, "split_seed", d.seed, c.SplitSeed)
	fits := true
	of := saidOr(o, "validation_of", word(d, "train", dataset.OfTest), "train")
	if v := o.get("validation"); v != nil {
		c.Validation = d.integer(v, 0, maxSamples)
		if of == dataset.OfTest && c.Validation > 0 {
			c.ValidationOf = of
		}
		switch {
		case info.Train == 0 && c.Validation > 0 && c.ValidationOf == "":
			d.fail(v.at, "%s has no training images to draw %d for validation from; add validation_of: test, which draws them from its %s and leaves the others to report on", c.Name, c.Validation, trial.Counted(info.Test, "test image"))
			fits = false
		case info.Train > 0 && c.Trains(info.Train) <= 0:
			d.fail(v.at, "%s leaves nothing to train on: %s has %s", v.describe(), c.Name, trial.Counted(info.Train, "training image"))
			fits = false
		case c.Tests(info.Test) <= 0 && c.ValidationOf != "":
			d.fail(v.at, "%s leaves no test images: %s has %s; half of them leaves as many to report on what is chosen on the others", v.describe(), c.Name, trial.Counted(info.Test, "test image"))
			fits = false
		}
	}
	if v := o.get("train_samples"); v != nil && v.text != "all" {
		if c.TrainSamples = d.integer(v, 1, maxSamples); fits && c.TrainSamples > c.Trains(info.Train) {
			d.fail(v.at, "%s is more than the %d training images that %s has beside the %d for validation; all takes what there is",
				v.describe(), c.Trains(info.Train), c.Name, info.Train-c.Trains(info.Train))
		}
	}
	if v := o.get("test_samples"); v != nil && v.text != "all" {
		if c.TestSamples = d.integer(v, 1, maxSamples); fits && c.TestSamples > c.Tests(info.Test) {
			beside := ""
			if c.ValidationOf != "" {
				beside = fmt.Sprintf(" beside the %d for validation", c.Validation)
			}
			d.fail(v.at, "%s is more than the %d test images of %s%s", v.describe(), c.Tests(info.Test), c.Name, beside)
		}
	}
	c.Stratified = saidOr(o, "stratified", d.flag, dataset.Own(c.Name)) && c.Parts()
	d.images(&c, o, info)
	return c, info
}

// reading reads what the keys of data say about the files of a user's data set.
func (d *decoder) reading(o object, kind string) dataset.Reading {
	var r dataset.Reading
	for _, key := range []string{"resize", "colour", "background", "classes", "label_bytes", "label"} {
		of := dataset.Images
		if strings.HasPrefix(key, "label") {
			of = dataset.CIFAR
		}
		if v := o.get(key); v != nil && kind != of {
			d.fail(v.at, "%s is for %s:DIR, and the data set is %s; leave it out", key, of, kind)
			return r
		}
	}
	r.Resize = saidOr(o, "resize", d.whole(1, dataset.MaxResized), 0)
	r.Colour = saidOr(o, "colour", d.flag, false)
	r.Background = saidOr(o, "background", word(d, dataset.Backgrounds...), "")
	if v := o.get("classes"); v != nil {
		r.Order = d.order(v)
	}
	if v := o.get("label_bytes"); v != nil {
		var names []string
		for _, it := range d.items(v) {
			name := d.text(it)
			if strings.Contains(name, ",") || slices.Contains(names, name) {
				d.fail(it.at, "%s has a comma or is there twice", it.describe())
			}
			names = append(names, name)
		}
		r.LabelBytes = strings.Join(names, ",")
	}
	r.Label = saidOr(o, "label", d.text, "")
	return r
}

// order reads the classes in the order of a network's outputs: a list, or the file that
// has them, one a line.
func (d *decoder) order(n *node) string {
	var names []string
	if n.kind == scalar {
		file := d.path(n)
		if file == "" || d.lookup.Classes == nil {
			return ""
		}
		var err error
		if names, err = d.lookup.Classes(file); err != nil {
			d.fail(n.at, "%v", err)
			return ""
		}
	} else {
		for _, it := range d.items(n) {
			names = append(names, d.text(it))
		}
	}
	order, err := dataset.Order(names)
	if err != nil {
		d.fail(n.at, "%s: %v", n.title(), err)
	}
	return order
}

// images reads what the keys of data say about each image.
func (d *decoder) images(c *dataset.Config, o object, info dataset.Info) {
	c.Crop = saidOr(o, "crop", d.whole(0, min(info.Shape.H, info.Shape.W)), c.Crop)
	c.Flip = saidOr(o, "flip", d.flag, c.Flip)
	c.Channels = saidOr(o, "channels", func(v *node) string { return d.channels(v, info) }, c.Channels)
	v := o.get("normalise")
	if v != nil {
		c.Normalise = d.normalise(v)
	}
	if shape, err := info.Shape.Pick(c.Channels); err == nil { // else said above
		if _, _, _, err := dataset.Moments(c.Normalise, shape.C); err != nil {
			if v == nil {
				v = o.n
			}
			d.fail(v.at, "%v", err)
		}
	}
	if info.Train == 0 && c.Normalise == "" {
		if v == nil {
			v = o.n
		}
		d.fail(v.at, "%s has no training images whose mean and standard deviation images could be normalised by; %s", c.Name, dataset.SayNormalise)
	}
}

// train is what normalise says of the rule that needs no words in a Config.
const normaliseTrain = "train"

// normalise reads train, 0..1, 0..255, or {mean: ..., std: ...}.
func (d *decoder) normalise(n *node) string {
	if n.kind == scalar {
		switch n.text {
		case normaliseTrain:
			return ""
		case dataset.UnitScale, dataset.ByteScale:
			return n.text
		}
		d.fail(n.at, "%s can be train (mean and standard deviation of the training part), {mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26]}, %s (bytes divided by 255) or %s (bytes as they are)",
			n.describe(), dataset.UnitScale, dataset.ByteScale)
		return ""
	}
	o := d.object(n, "mean", "std")
	if o.n == nil {
		return ""
	}
	before := len(d.faults)
	values := func(key string) (vs []float64) {
		v := o.get(key)
		switch {
		case v == nil:
			d.fail(n.at, "normalise has no %s; give {mean: ..., std: ...}, a number for all channels or a list of one for each", key)
		case v.kind == sequence:
			for _, it := range d.items(v) {
				vs = append(vs, d.number(it, 0, 255))
			}
		default:
			vs = []float64{d.number(v, 0, 255)}
		}
		return vs
	}
	mean, std := values("mean"), values("std")
	if len(d.faults) > before {
		return ""
	}
	text, err := dataset.Standardise(mean, std)
	if err != nil {
		d.fail(n.at, "normalise: %v", err)
	}
	return text
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
	return c.Trains(info.Train)
}
