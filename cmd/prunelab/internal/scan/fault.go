package scan

import (
	"errors"
	"strings"

	"prunelab/experiments/study"
)

// said is what of the command line makes the lines of the study that begin so.
var said = []struct{ key, by string }{
	{"name:", "the name of the network's file"},
	{"data:", "--on, or what says how its images are read"},
	{"network:", "the network"},
	{"  file:", "the network"},
	{"seeds:", "--seeds"},
	{"top:", "--top"},
	{"train:", "--retrain"},
	{"retrain:", "--retrain"},
	{"sweeps:", "--layers or --ratios"},
	{"  - {targets:", "--layers or --ratios"},
}

// described is how far the layers of Options.Described are indented in the study.
const described = "    "

// Blame makes of an error about the study one about what it was made of: nobody has
// written that study. Faults of layers are where they stand in their file.
func (o Options) Blame(text string, err error) error {
	var faults study.Faults
	if !errors.As(err, &faults) {
		return err
	}
	lines := strings.Split(text, "\n")
	first := 0 // the line of the first of the layers, from 1
	for i, l := range lines {
		if l == "  layers:" && o.Described != "" {
			first = i + 2
		}
	}
	own := make(study.Faults, len(faults))
	for i, f := range faults {
		if at := f.Line - first; first > 0 && at >= 0 && at < len(strings.Split(o.Described, "\n")) {
			f.Source, f.Line, f.Column = o.Architecture, at+1, f.Column-len(described)
			f.Excerpt = strings.ReplaceAll("\n"+f.Excerpt, "\n"+described, "\n")[1:]
		} else if f.Line > 0 && f.Line <= len(lines) {
			for _, s := range said {
				if strings.HasPrefix(lines[f.Line-1], s.key) {
					f.Source = s.by
				}
			}
			if o.Images > 0 && (strings.HasPrefix(f.Message, "data.test_samples ") || strings.HasPrefix(f.Message, "data.validation ")) {
				f.Source = "--images"
			}
			if at := strings.Index(lines[f.Line-1], reestimated); at >= 0 && f.Column > at {
				f.Source = "--reestimate"
			}
			f.Line, f.Column, f.Excerpt = 0, 0, ""
		}
		own[i] = f
	}
	return own
}
