package plots

import (
	"slices"

	"prunelab/analysis/curve"
)

// baseline is the accuracy of an arm's dense network.
type baseline struct {
	arm string
	y   float64
}

type baselines []baseline

// with adds that of a curve, if its arm has none yet.
func (b baselines) with(c curve.Curve) baselines {
	if c.Baseline.N == 0 || slices.ContainsFunc(b, func(o baseline) bool { return o.arm == c.Arm }) {
		return b
	}
	return append(b, baseline{c.Arm, c.Baseline.Value})
}

// baselines are those of the arms of some series.
func (in Input) baselines(all []series) baselines {
	var b baselines
	for _, arm := range in.arms() {
		if !slices.ContainsFunc(all, func(s series) bool { return s.Arm == arm }) {
			continue
		}
		for _, target := range in.targets() {
			for _, method := range in.methods() {
				for _, stage := range stages {
					if c, ok := in.curve(arm, target, method, stage); ok {
						b = b.with(c)
					}
				}
			}
		}
	}
	return b
}

func (b baselines) values() []float64 {
	var vs []float64
	for _, o := range b {
		vs = append(vs, o.y)
	}
	return vs
}

// marks are dashed lines in the colours of the arms.
func (b baselines) marks(in Input) []mark {
	var marks []mark
	for _, o := range b {
		marks = append(marks, named{o.arm + ", dense", []mark{level{o.y, baselineLine, in.armLook(o.arm).color, baselineDash}},
			[]facet{{byArm, o.arm}, {byPart, "dense"}}, 0})
	}
	return marks
}

func (b baselines) legend() []entry {
	if len(b) == 0 {
		return nil
	}
	return []entry{ruleEntry("dense network", softInk, baselineLine, baselineDash).of(byPart, "dense")}
}
