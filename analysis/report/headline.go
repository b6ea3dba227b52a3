package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis"
	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// headlineBudget is the loss within which the first sentence names the largest
// amount that was measured.
const headlineBudget = 0.005

// point is one thing that a report says first: sentences about one question, and the
// figure that shows it.
type point struct {
	Sentences []string
	Figure    string // name; "": none
}

// headline is what was found, a sentence a question.
func headline(in Input) []point {
	a := in.Analysis
	target, layers := mainTarget(a), sensitive(a)
	goes := reach(a, in.Network)
	if len(layers) > 0 && a.Plan.Extent(a.Plan.Targets()[target]) != trial.Whole {
		goes = nil // how far one layer of several goes answers nothing
	}
	order := []point{{append(goes, compared(a)...), "tradeoff"}, {layers, "sensitivity"}}
	whole := func(c curve.Curve) bool { return c.Target == target && c.Stage == curve.Retrained }
	if len(ways(a, curve.Retrained)) > 0 && !slices.ContainsFunc(a.Curves, whole) {
		slices.Reverse(order) // the study is about the layers: they alone are retrained
	}
	var points []point
	for _, p := range order {
		if len(p.Sentences) > 0 {
			points = append(points, p)
		}
	}
	if a.Grid != nil && a.Grid.Chosen {
		if len(points) == 0 {
			points = []point{{}}
		}
		points[0].Sentences = slices.Insert(points[0].Sentences, 0, a.Tuned[0])
	}
	if said := unlearned(a); len(said) > 0 {
		points = []point{{said, "accuracy"}}
	}
	if len(points) == 0 {
		return []point{{Sentences: []string{"There is no result yet."}}}
	}
	return points
}

// Lines are the first lines of an answer, for a terminal.
func Lines(in Input) []string {
	var lines []string
	for _, p := range headline(in) {
		lines = append(lines, p.Sentences...)
	}
	for _, v := range verdictLines(in.Analysis.Findings) {
		lines = append(lines, v.Verdict+": "+v.Text)
	}
	return lines
}

// wider is the estimate with the wider one of its intervals over seeds and over seeds
// and images.
func wider(seeds, across stats.Estimate) stats.Estimate {
	switch {
	case across.Level == 0 || across.N != seeds.N:
		return seeds
	case seeds.Level == 0:
		seeds.Lo, seeds.Hi, seeds.Level = across.Lo, across.Hi, across.Level
	default:
		seeds.Lo, seeds.Hi = min(seeds.Lo, across.Lo), max(seeds.Hi, across.Hi)
	}
	return seeds
}

// cost words an accuracy loss in pp with its interval, for a text.
func cost(e stats.Estimate) string {
	if e.Level == 0 {
		return pp(e.Value) + " pp"
	}
	return fmt.Sprintf("%s [%s, %s] pp", pp(e.Value), pp(e.Lo), pp(e.Hi))
}

// decimals are those that a percentage has.
func decimals(v float64) int {
	if math.Abs(v-math.Round(v)) < 1e-9 {
		return 0
	}
	return 1
}

// compared says which arm, or else which way of pruning, loses less, at most a
// sentence a stage and one for all pairs without a difference.
func compared(a *analysis.Analysis) []string {
	what := "arms"
	if len(a.Plan.Arms) == 1 {
		what = "methods"
	}
	target := mainTarget(a)
	var out []string
	for _, stage := range curve.Stages() {
		said := contrasts(a, target, stage, what)
		out = append(out, said[:min(len(said), 1)]...)
	}
	return out
}

// sensitive says which layer is the most sensitive and which the least, with and
// without retraining, in the first arm that has its layers pruned alone.
func sensitive(a *analysis.Analysis) []string {
	var out []string
	for _, stage := range curve.Stages() {
		all := ways(a, stage)
		if len(all) == 0 {
			continue
		}
		var lacking []string
		all[0] = slices.DeleteFunc(all[0], func(s sensitivity.Sensitivity) bool {
			if !s.Measured() {
				lacking = append(lacking, s.Target)
			}
			return !s.Measured()
		})
		if len(all[0]) < 2 {
			continue
		}
		when := "Pruned alone" + moment(all[0][0])
		arm := ""
		if len(a.Plan.Arms) > 1 {
			arm = " (arm " + all[0][0].Arm + ")"
		}
		o, ok := sensitivity.Rank(all[0])
		if !ok {
			out = append(out, fmt.Sprintf("%s, no ratio was measured of all layers: which is the most sensitive cannot be said%s.", when, arm))
			continue
		}
		ranked := o.Targets
		first, last := ranked[0], ranked[len(ranked)-1]
		layer := "layer"
		if len(ranked) < len(a.Plan.Layers) {
			layer = fmt.Sprintf("of the %d layers compared", len(ranked))
		}
		over := fmt.Sprintf("at a ratio of %v", o.Ratio)
		if o.Ratio == 0 {
			lo, hi := curve.AreaRange(stage)
			over = fmt.Sprintf("on average over ratios from %v to %v, evenly in their log odds", lo, hi)
		}
		in := ""
		if len(a.Plan.Arms) > 1 {
			in = "arm " + first.Arm + ", "
		}
		over += fmt.Sprintf(" (%s%s)", in, count(ranked))
		least := fmt.Sprintf("; the least is %s with %s.", last.Target, cost(wider(last.Loss, last.Across)))
		loses := fmt.Sprintf("%s %s", cost(wider(first.Loss, first.Across)), over)
		switch others := rivals(a, o); {
		case first.Loss.Value == last.Loss.Value:
			out = append(out, fmt.Sprintf("%s, all %d layers lose the same, %s pp %s.", when, len(ranked), pp(first.Loss.Value), over))
		case len(others) == 0 && len(ranked) > 2:
			second := ranked[1]
			out = append(out, fmt.Sprintf("%s, %s is the most sensitive %s: it loses %s; next is %s with %s%s",
				when, first.Target, layer, loses, second.Target, cost(wider(second.Loss, second.Across)), least))
		case len(others) == 0:
			out = append(out, fmt.Sprintf("%s, %s is the most sensitive %s: it loses %s%s", when, first.Target, layer, loses, least))
		case len(others) == len(ranked)-1:
			out = append(out, fmt.Sprintf("%s, layers lose from %s to %s %s; which is the most sensitive cannot be told.",
				when, pp(last.Loss.Value)+" pp ("+last.Target+")", cost(wider(first.Loss, first.Across))+" ("+first.Target+")", over))
		default:
			out = append(out, fmt.Sprintf("%s, %s loses most, %s, and cannot be told apart from %s%s", when, first.Target, loses, enumerate(few(others)), least))
		}
		if len(lacking) > 0 {
			is := "has"
			if len(lacking) > 1 {
				is = "have"
			}
			out = append(out, fmt.Sprintf("%s %s no loss there and may be more sensitive than these.", enumerate(few(lacking)), is))
		}
		lo, hi := curve.AreaRange(stage)
		said := collapsed(a, func(c analysis.Collapse) bool {
			of := slices.ContainsFunc(ranked, func(s sensitivity.Compared) bool { return behind(s.Series, c) })
			return of && (c.Requested == o.Ratio || o.Ratio == 0 && lo <= c.Requested && c.Requested <= hi)
		}, func(c analysis.Collapse) string { return fmt.Sprintf("of %s at %v", c.Target, c.Requested) })
		if said != "" {
			out = append(out, said)
		}
	}
	return out
}

// count says how many networks the losses of layers are of, and where their intervals are
// over images alone.
func count(ranked []sensitivity.Compared) string {
	least, most, images := ranked[0].Loss.N, ranked[0].Loss.N, false
	for _, s := range ranked {
		least, most = min(least, s.Loss.N), max(most, s.Loss.N)
		images = images || s.Loss.OverImages() || s.Loss.Level == 0 && s.Across.Level > 0
	}
	n := fmt.Sprintf("n = %d", most)
	if least < most {
		n = fmt.Sprintf("n = %d to %d", least, most)
	}
	if images {
		n += ", intervals over images"
	}
	return n
}

// behind reports whether a cell is of a series that is scored after retraining.
func behind(s trial.Series, c analysis.Collapse) bool {
	after := s.Stage == curve.Retrained
	s.Stage = c.Stage
	return after && s == c.Series
}

// collapsed says that means are of networks, too, that their retraining made worse, where
// a cell that counts has some; at names a cell beside how many networks.
func collapsed(a *analysis.Analysis, counts func(analysis.Collapse) bool, at func(analysis.Collapse) string) string {
	var words []string
	for _, c := range a.Collapsed {
		if counts(c) {
			words = append(words, fmt.Sprintf("%d of %d %s", c.Worse, c.Of, at(c)))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf("Retraining left networks worse than they were right after pruning, and they are in these means: %s.", enumerate(few(words)))
}

// betweenRounds is when networks were scored that were pruned in rounds and not retrained
// after the last.
const betweenRounds = "right after the last of several prunings with retraining between them"

// moment says when the networks of a curve were scored.
func moment(s sensitivity.Sensitivity) string {
	switch {
	case s.Stage == curve.Retrained:
		return " and retrained"
	case s.Recovered:
		return ", " + betweenRounds
	}
	return ", without retraining"
}

// few are the first three of more than four, and how many others there are.
func few(names []string) []string {
	if len(names) <= 4 {
		return names
	}
	return append(slices.Clone(names[:3]), trial.Counted(len(names)-3, "other"))
}

// verdictLine is a claim and what became of it, in a line.
type verdictLine struct{ Verdict, ID, Text string }

// verdictLines are those of the claims with a verdict, which come first, and one line
// for the others.
func verdictLines(fs []finding.Finding) []verdictLine {
	var lines []verdictLine
	others, claim := 0, ""
	for _, f := range fs {
		switch f.Verdict {
		case finding.NotStudied:
			continue
		case finding.Secondary, finding.Descriptive:
			others++
			continue
		}
		if i := len(lines) - 1; i >= 0 && f.Arm != "" && claim == f.Claim && lines[i].Verdict == string(f.Verdict) {
			lines[i].Text = fmt.Sprintf("%s; in arm %s%s.", strings.TrimSuffix(lines[i].Text, "."), f.Arm, shortly(f)) // the same of another arm
			continue
		}
		claim = f.Claim
		lines = append(lines, verdictLine{string(f.Verdict), f.ID, f.Words() + shortly(f) + "."})
	}
	slices.SortStableFunc(lines, func(a, b verdictLine) int {
		return cmp.Compare(undecided(a.Verdict), undecided(b.Verdict))
	})
	if others > 0 {
		s, is := "s", "are"
		if others == 1 {
			s, is = "", "is"
		}
		lines = append(lines, verdictLine{"no verdict", "", fmt.Sprintf("%d more effect%s, of claims that are not primary, %s below.", others, s, is)})
	}
	return lines
}

// shortly is the effect of a claim and what decided, for one line; a ladder of ratios
// says how far it goes.
func shortly(f finding.Finding) string {
	why, _, _ := strings.Cut(f.Reason, ";")
	if len(f.Evidence) == 0 {
		return ": " + why
	}
	if f.Margin > 0 && len(f.Evidence) > 1 && f.Verdict != finding.Inconclusive {
		return ": " + why
	}
	if f.Margin > 0 {
		what := f.Pairs
		if name := f.Evidence[0].Name; name != what {
			what += ", " + name + ":"
		}
		if f.Verdict != finding.Inconclusive && f.Adjusted != nil {
			why = "adjusted p = " + table.Format(*f.Adjusted, 3)
		}
		return fmt.Sprintf(": %s %s pp, %s", what, f.Effect().Text, why)
	}
	what := f.Pairs
	if len(f.Evidence) > 1 {
		what = fmt.Sprintf("%s, of %d comparisons the one that decides:", f.Deciding().Name, len(f.Evidence))
	}
	s := fmt.Sprintf(": %s %s pp", what, f.Effect().Text)
	if f.Adjusted != nil && strings.Contains(why, "adjusted p") {
		s += ", adjusted p = " + table.Format(*f.Adjusted, 3)
		if d := f.Deciding().Difference; f.Verdict != finding.Inconclusive && d.Lo <= 0 && 0 <= d.Hi {
			s += " by the sign-flip test, which does not rest on the interval"
		}
		if f.Verdict != finding.Inconclusive && f.OppositeInRaw() {
			s += "; the accuracies themselves have the opposite sign, so that it may be the references' doing"
		}
		return s
	}
	return s + ", " + why
}

func undecided(verdict string) int {
	if verdict == string(finding.Inconclusive) {
		return 1
	}
	return 0
}
