package finding

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// series is a curve with the settings of its trials.
type series struct {
	curve.Curve
	spec   trial.Spec   // of its largest ratio, any seed
	extent trial.Extent // of its layers
}

// study is what the claims choose from.
type study struct {
	g      *group.Study
	series []series // in the curves' order: arms as the study has them
	margin float64  // M of the data set; 0: none was stated
}

func newStudy(g *group.Study, curves []curve.Curve) *study {
	s := &study{g: g, margin: Margin(g.Plan)}
	for _, c := range curves {
		spec, ok := s.last(c)
		if !ok || c.Parameter != trial.Ratio {
			continue
		}
		s.series = append(s.series, series{c, spec, g.Plan.Extent(c.Layers)})
	}
	return s
}

// Margin is the largest loss that counts as none in a study: 0.1 pp on MNIST,
// 0.5 pp on CIFAR-10; 0 for other data, for which none is stated.
func Margin(p trial.Plan) float64 {
	if len(p.Trials) == 0 {
		return 0
	}
	return map[string]float64{"mnist": 0.001, "cifar-10": 0.005}[p.Trials[0].Data.Name]
}

// last is a trial of the point that is pruned most.
func (s *study) last(c curve.Curve) (trial.Spec, bool) {
	if len(c.Points) == 0 {
		return trial.Spec{}, false
	}
	p := c.Points[len(c.Points)-1]
	var key trial.Key
	switch {
	case p.Requested == 0:
		return trial.Spec{}, false
	case len(p.Seeds) > 0:
		key = p.Seeds[0].Key
	case len(p.Missing) > 0:
		key = p.Missing[0].Key
	}
	spec, ok := s.g.Spec(key)
	return spec, ok && len(spec.Levels) > 0
}

// retraining is the retraining of every round, the zero value without.
func (s series) retraining() train.Config {
	if r := s.spec.Levels[0].Retrain; r != nil {
		return *r
	}
	return train.Config{}
}

// plain reports whether a series prunes by magnitude, the same ratio in each
// layer, and retrains as the paper does.
func (s series) plain() bool { return s.magnitude(prune.PerLayer) }

// magnitude reports whether a series prunes by magnitude, by one ratio in such a
// scope; survivors keep their values and no layer is frozen.
func (s series) magnitude(scope prune.Scope) bool {
	p, r := s.spec.Levels[0].Prune, s.retraining()
	return p.Criterion == prune.Magnitude && p.Scope == scope && uniform(p.Amounts) &&
		len(r.Frozen) == 0 && (r.Start == "" || r.Start == train.StartKeep)
}

func uniform(amounts []float64) bool {
	return !slices.ContainsFunc(amounts, func(a float64) bool { return a != amounts[0] })
}

// prunes reports whether a series prunes so much of the network, on such a
// schedule.
func (s series) prunes(extent trial.Extent, kind trial.ScheduleKind) bool {
	return s.extent == extent && s.Method.Schedule.Kind == kind
}

// layer reports whether a series prunes one layer alone, in one step.
func (s series) layer(name string) bool {
	return len(s.Layers) == 1 && s.Layers[0] == name && s.Method.Schedule.Kind == trial.OneShot
}

// whole selects the plain one-shot series of the whole network at a stage.
func whole(stage curve.Stage) func(series) bool {
	return func(s series) bool {
		return s.Stage == stage && s.prunes(trial.Whole, trial.OneShot) && s.plain()
	}
}

// find returns the series for which want holds.
func (s *study) find(want func(series) bool) []series {
	var out []series
	for _, x := range s.series {
		if want(x) {
			out = append(out, x)
		}
	}
	return out
}

// frame is everything that a series' trials have in common but what vary clears.
func (s series) frame(vary func(*trial.Spec, *trial.Level, *train.Config)) string {
	spec := s.spec
	spec.Seed = 0
	level := spec.Levels[0]
	level.Prune.Amounts, level.Proxies = nil, false
	r := s.retraining()
	level.Retrain = &r
	vary(&spec, &level, &r)
	spec.Levels = []trial.Level{level}
	b, err := json.Marshal(spec)
	if err != nil {
		panic("finding: a trial that is no JSON")
	}
	return string(b)
}

// pair is two series that differ in what a claim varies and in nothing else.
type pair struct{ a, b series }

// pairs returns every a and b that agree in all that vary does not clear.
func (s *study) pairs(isA, isB func(series) bool, vary func(*trial.Spec, *trial.Level, *train.Config)) []pair {
	var out []pair
	bs := s.find(isB)
	for _, a := range s.find(isA) {
		frame := a.frame(vary)
		for _, b := range bs {
			if b.frame(vary) == frame {
				out = append(out, pair{a, b})
			}
		}
	}
	return out
}

// spare words the pairs beside the first, which alone counts.
func spare(ps []pair) []string {
	if len(ps) < 2 {
		return nil
	}
	var names []string
	for _, p := range ps[1:] {
		names = append(names, p.words())
	}
	return []string{fmt.Sprintf("the first pair of the study counts, %s; not looked at: %s", ps[0].words(), strings.Join(names, ", "))}
}

func (p pair) words() string { return p.a.words() + " − " + p.b.words() }

// words names a series by arm and method.
func (s series) words() string { return s.Arm + " (" + s.Method.String() + ")" }
