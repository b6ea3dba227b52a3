package study

import (
	"fmt"
	"math"

	"prunelab/model/dataset"
)

// Lookup finds a data set by the name that a user writes, as
// dataset.Identify does. Its error says what was searched and what to do.
type Lookup func(name string) (dataset.Info, error)

// maxSamples bounds counts of images.
const maxSamples = math.MaxInt32

// data reads the key data.
func (d *decoder) data(n *node) (dataset.Config, dataset.Info) {
	o := d.object(n, "name", "validation", "split_seed", "train_samples", "test_samples", "crop", "flip", "channels")
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
	if _, _, err := dataset.ParseName(name.text); err != nil {
		hint := ""
		if c := closest(name.text, dataset.Names()); c != "" {
			hint = fmt.Sprintf("; did you mean %q?", c)
		}
		d.fail(name.at, "%v%s", err, hint)
		return c, dataset.Info{}
	}
	info, err := d.lookup(name.text)
	if err != nil {
		d.fail(name.at, "%v", err)
		return c, dataset.Info{}
	}
	c.Name, c.Digest = info.Name, info.Digest
	c.SplitSeed = saidOr(o, "split_seed", d.seed, c.SplitSeed)
	fits := true
	if v := o.get("validation"); v != nil {
		if c.Validation = d.integer(v, 0, maxSamples); c.Validation >= info.Train {
			d.fail(v.at, "%s leaves nothing to train on: %s has %s", v.describe(), c.Name, counted(info.Train, "training image"))
			fits = false
		}
	}
	if v := o.get("train_samples"); v != nil && v.text != "all" {
		if c.TrainSamples = d.integer(v, 1, maxSamples); fits && c.TrainSamples > info.Train-c.Validation {
			d.fail(v.at, "%s is more than the %d training images that %s has beside the %d for validation; all takes what there is",
				v.describe(), info.Train-c.Validation, c.Name, c.Validation)
		}
	}
	if v := o.get("test_samples"); v != nil && v.text != "all" {
		if c.TestSamples = d.integer(v, 1, maxSamples); c.TestSamples > info.Test {
			d.fail(v.at, "%s is more than the %d test images of %s", v.describe(), info.Test, c.Name)
		}
	}
	d.images(&c, o, info)
	return c, info
}

// images reads what the keys of data say about each image.
func (d *decoder) images(c *dataset.Config, o object, info dataset.Info) {
	c.Crop = saidOr(o, "crop", d.whole(0, min(info.Shape.H, info.Shape.W)), c.Crop)
	c.Flip = saidOr(o, "flip", d.flag, c.Flip)
	c.Channels = saidOr(o, "channels", func(v *node) string { return d.channels(v, info) }, c.Channels)
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
	return info.Train - c.Validation
}
