package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
)

// preprocessing is what an image becomes before the network reads it, channel by
// channel: x = (byte scale - mean) / std.
type preprocessing struct {
	scale, mean, std []float64 // scale is one number
	known            bool
}

// preprocessingOf is that of a trial: as its data state it, or as the plan has it noted
// of the training images.
func preprocessingOf(plan trial.Plan, s trial.Spec) (p preprocessing, err error) {
	channels := s.Net.Input.C
	p = preprocessing{scale: []float64{1. / 255}, known: true}
	switch s.Data.Normalise {
	case dataset.ByteScale:
		p.scale = []float64{1}
		fallthrough
	case dataset.UnitScale:
		p.mean, p.std = make([]float64, channels), slices.Repeat([]float64{1}, channels)
		return p, nil
	}
	stated := false
	if p.mean, p.std, stated, err = dataset.Moments(s.Data.Normalise, channels); err != nil || stated {
		return p, err
	}
	for _, seen := range plan.Seen {
		if seen.Data == s.Data {
			p.mean, p.std = seen.Mean, seen.SD
			return p, nil
		}
	}
	p.known = false
	return p, nil
}

// metadata is the preprocessing as it goes into a file.
func (p preprocessing) metadata() map[string]string {
	if !p.known {
		return nil
	}
	return map[string]string{
		"preprocessing": "x = (byte * scale - mean) / std, channel by channel",
		"scale":         numbers(p.scale, exact), "mean": numbers(p.mean, exact), "std": numbers(p.std, exact),
	}
}

func (p preprocessing) String() string {
	if !p.known {
		return "What images have to be made into is not known: the plan is of a version that did not note the mean and the standard deviation of the training images."
	}
	return fmt.Sprintf("The network reads x = (byte * scale - mean) / std, channel by channel: scale %s, mean %s, std %s.",
		numbers(p.scale, exact), numbers(p.mean, exact), numbers(p.std, exact))
}

// exact is as many digits as a float32 has.
const exact = 9

// numbers writes numbers with so many digits.
func numbers(list []float64, digits int) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.FormatFloat(v, 'g', digits, 64)
	}
	return strings.Join(words, ", ")
}
