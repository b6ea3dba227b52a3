package plots

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"prunelab/analysis/course"
	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/overlap"
	"prunelab/analysis/proxy"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Input is what a study found. Nothing in it is modified, and the order of
// Curves, Courses and Outcomes does not matter.
type Input struct {
	Plan     trial.Plan
	Curves   []curve.Curve
	Overlaps []overlap.Set     // of masks; may be empty
	Proxies  []proxy.Ranking   // sensitivity without accuracy; may be empty
	Findings []finding.Finding // for their effects; may be empty
	Courses  []course.Course   // of the trainings; may be empty
	Outcomes []trial.Outcome   // for weights; may be empty

	Sensitivities []sensitivity.Sensitivity // for the order of layers where these are many; may be empty

	runs  []member // of several that are drawn together; nil: one
	coded bool     // colours of places are codes for those that were chosen
	words *lexicon // of figures that lay words out themselves; nil: as they are
}

// check refuses numbers that are not finite. Missing ones have their own place
// in a Curve.
func (in Input) check() error {
	for _, c := range in.Curves {
		name := fmt.Sprintf("curve %s, %s, %s, %s", c.Arm, c.Target, c.Method, c.Stage)
		if !finite(numbers(c.Baseline)...) || !finite(numbers(c.Control)...) {
			return fmt.Errorf("plots: %s: baseline or control is not finite; leave N = 0 where there is none", name)
		}
		for _, p := range c.Points {
			v := []float64{p.Requested, p.Sparsity, p.Whole, p.Kept, p.MACs}
			v = append(v, numbers(p.Accuracy)...)
			v = append(v, numbers(p.Loss)...)
			v = append(v, numbers(p.AccuracyBand)...)
			v = append(v, numbers(p.LossBand)...)
			for _, s := range p.Seeds {
				v = append(v, s.Accuracy, s.Loss)
			}
			if !finite(v...) {
				return fmt.Errorf("plots: %s: the point at %v holds a number that is not finite; list missing seeds in Missing", name, p.Requested)
			}
		}
	}
	for _, f := range in.Findings {
		for _, c := range f.Evidence {
			if !finite(append(numbers(c.Difference), f.Margin)...) {
				return fmt.Errorf("plots: finding %s: the difference %s is not finite; a comparison without numbers has no evidence", f.ID, c.Name)
			}
		}
	}
	for _, c := range in.Courses {
		for _, r := range c.Runs {
			for _, e := range r.History {
				if !finite(e.Loss, e.Accuracy) {
					return fmt.Errorf("plots: arm %s, seed %d: epoch %d of a training is not finite; a history ends before the divergence", c.Arm, r.Seed, e.Epoch)
				}
			}
		}
	}
	for _, o := range in.Outcomes {
		for _, l := range o.Result.Layers {
			for _, h := range []*trial.Histogram{l.Before, l.After} {
				if h != nil && (!finite(h.Lo, h.Hi) || h.Lo > h.Hi || len(h.Counts) == 0) {
					return fmt.Errorf("plots: trial %s: layer %s has a histogram over [%v, %v] with %d bins", o.Key.Short(), l.Name, h.Lo, h.Hi, len(h.Counts))
				}
			}
		}
	}
	return nil
}

func numbers(e stats.Estimate) []float64 { return []float64{e.Value, e.Lo, e.Hi, e.Level, e.SD} }

func finite(vs ...float64) bool {
	for _, v := range vs {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// arms are the study's arms in its order.
func (in Input) arms() []string {
	arms := slices.Clone(in.Plan.Arms)
	var more []string
	for _, c := range in.Curves {
		if !slices.Contains(arms, c.Arm) && !slices.Contains(more, c.Arm) {
			more = append(more, c.Arm)
		}
	}
	slices.Sort(more)
	return append(arms, more...)
}

// armLook is the look of an arm through all figures.
func (in Input) armLook(arm string) look { return in.lookAt(max(slices.Index(in.arms(), arm), 0)) }

// layerLook is the look of a layer through all figures.
func (in Input) layerLook(layer string) look {
	return in.lookAt(max(slices.Index(in.Plan.Layers, layer), 0))
}

// isLayer reports whether a target is a single layer.
func (in Input) isLayer(target string) bool { return in.extents()[target] == trial.Layer }

// extents are those of the targets that the curves have. Given ratios stand for
// themselves, as a group, whatever they prune.
func (in Input) extents() map[string]trial.Extent {
	extents := map[string]trial.Extent{}
	for _, c := range in.Curves {
		e := in.of(c.Arm).Plan.Extent(c.Layers)
		if c.Parameter == trial.Given {
			e = trial.Group
		}
		if have, ok := extents[c.Target]; !ok || e < have {
			extents[c.Target] = e
		}
	}
	return extents
}

// targets are the targets that the curves have: the whole network, then groups
// from the largest to the smallest, then layers in the network's order.
func (in Input) targets() []string {
	layers := map[string][]string{}
	for _, c := range in.Curves {
		if len(c.Layers) > len(layers[c.Target]) {
			layers[c.Target] = c.Layers
		}
	}
	extents := in.extents()
	place := func(target string) int {
		switch extents[target] {
		case trial.Whole:
			return -2
		case trial.Layer:
			return slices.Index(in.Plan.Layers, layers[target][0])
		}
		return -1
	}
	return slices.SortedFunc(maps.Keys(extents), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(len(layers[b]), len(layers[a])), strings.Compare(a, b))
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// widest is the target that prunes most layers.
func (in Input) widest() string {
	best, most := "", 0
	for _, t := range in.targets() {
		for _, c := range in.Curves {
			if c.Target == t && len(c.Layers) > most {
				best, most = t, len(c.Layers)
			}
		}
	}
	return best
}

// methods are the ways of pruning, the main one first: plain magnitude where
// there is one.
func (in Input) methods() []trial.Method {
	var methods []trial.Method
	for _, c := range in.Curves {
		if !slices.Contains(methods, c.Method) {
			methods = append(methods, c.Method)
		}
	}
	rank := func(m trial.Method) int {
		switch {
		case m.Plain():
			return 0
		case m.Schedule.Kind == trial.Iterative:
			return 1
		case m.Schedule.Kind == trial.EqualSteps:
			return 2
		}
		return 3
	}
	slices.SortFunc(methods, func(a, b trial.Method) int { return cmp.Or(rank(a)-rank(b), group.Methods(a, b)) })
	return methods
}

// methodLook is the look of an arm pruned by a method.
func (in Input) methodLook(l look, method trial.Method) look {
	if i := slices.Index(in.methods(), method); i > 0 {
		return l.as(i - 1)
	}
	return l
}

// parameters are the ways in which the amounts of a target's curves are given,
// ratios first.
func (in Input) parameters(target string) []string {
	var found []string
	for _, c := range in.Curves {
		if c.Target == target && !slices.Contains(found, c.Parameter) {
			found = append(found, c.Parameter)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(b2i(b == trial.Ratio)-b2i(a == trial.Ratio), strings.Compare(a, b))
	})
	return found
}

// curve returns the curve of an arm, target, method and stage. Where several
// parameters gave one, ratios come first, and one without points last.
func (in Input) curve(arm, target string, method trial.Method, stage curve.Stage) (found curve.Curve, ok bool) {
	for _, parameter := range in.parameters(target) {
		if c, is := in.curveBy(parameter, arm, target, method, stage); is && (!ok || len(found.Points) == 0) {
			found, ok = c, true
		}
	}
	return found, ok
}

// curveBy is curve for one parameter.
func (in Input) curveBy(parameter, arm, target string, method trial.Method, stage curve.Stage) (curve.Curve, bool) {
	want := trial.Series{Arm: arm, Target: target, Method: method, Parameter: parameter, Stage: stage}
	for _, c := range in.Curves {
		if c.Series == want {
			return c, true
		}
	}
	return curve.Curve{}, false
}

// where says what was measured on, for captions.
func (in Input) where() string {
	if len(in.runs) > 0 {
		return in.whereTogether()
	}
	parts := in.measured()
	if in.Plan.Study != "" {
		parts = slices.Insert(parts, 0, "study "+in.Plan.Study)
	}
	if len(parts) == 0 {
		return ""
	}
	s := strings.Join(parts, ", ")
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// measured is what was measured on: the data and their split.
func (in Input) measured() []string {
	var parts []string
	if len(in.Plan.Trials) > 0 && in.Plan.Trials[0].Data.Name != "" {
		parts = append(parts, in.Plan.Trials[0].Data.Name)
	}
	if in.Plan.Split != "" {
		parts = append(parts, string(in.Plan.Split)+" split")
	}
	return parts
}

// armFile is an arm's part of a file name: fileName, with the arm's position before
// it where letters beyond ASCII or everything would be lost, and a number behind it
// where another arm has the same in small and large letters. Arms whose name is a
// file name as it is keep it.
func (in Input) armFile(arm string) string {
	arms := in.arms()
	names, taken := make([]string, len(arms)), map[string]bool{}
	for _, asIs := range []bool{true, false} {
		for i, label := range arms {
			base := fileName(label)
			if (base == label && base != "") != asIs {
				continue
			}
			if base == "" || strings.IndexFunc(label, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) }) >= 0 {
				base = strings.TrimSuffix(fmt.Sprintf("arm-%d-%s", i+1, base), "-")
			}
			names[i] = base
			for n := 2; taken[strings.ToLower(names[i])]; n++ {
				names[i] = fmt.Sprintf("%s-%d", base, n)
			}
			taken[strings.ToLower(names[i])] = true
		}
	}
	if i := slices.Index(arms, arm); i >= 0 {
		return names[i]
	}
	return fileName(arm)
}

// fileName makes a part of a file name of a label: letters, digits, dots and
// single hyphens.
func fileName(label string) string {
	var b strings.Builder
	for _, r := range label {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-.")
}
