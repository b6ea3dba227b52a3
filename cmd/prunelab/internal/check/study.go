// Package check makes of a recommendation the study that checks it: the study
// that the ratios were chosen in with other sweeps, on other seeds.
package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"prunelab/analysis/recommend"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/prune"
)

// Study is the study that checks a recommendation from a study: of the one arm,
// on as many seeds, which follow on the largest of its own, since what was
// chosen on some seeds is measured on others; settled: on the test set, without
// the ladders, as what holds best among many is not looked for there. The
// command is the one that makes it. Reading the study as it is printed completes
// it.
func Study(from *study.Study, r *recommend.Recommendation, settled bool, command string) *study.Study {
	s := from.Only(r.Arm)
	s.Comment = comment(r, settled, from.File != "", command)
	s.Name = fmt.Sprintf("%s-within-%gpp", from.Name, 100*r.Budget)
	if r.Objective != recommend.Weights {
		s.Name += "-" + string(r.Objective)
	}
	if i := slices.IndexFunc(from.Arms, func(a study.Arm) bool { return a.Name == r.Arm }); i > 0 {
		s.Name += fmt.Sprintf("-arm%d", i+1)
	}
	if settled {
		s.Name += "-test"
		s.Evaluate = trial.Test
	}
	s.Seeds = nil
	last := slices.Max(from.Seeds)
	for i := range from.Seeds {
		s.Seeds = append(s.Seeds, last+1+uint64(i))
	}
	as := slices.IndexFunc(from.Sweeps, func(w study.Sweep) bool {
		read := r.Method
		read.Name = "" // the words of a plan that its trials did not tell
		return w.Method() == read
	})
	for _, w := range r.Sweeps(settled) {
		checking := sweep(r, w, s.Arms[0].Retrain != nil)
		if as >= 0 && r.Method.Retrain != "" {
			checking.RetrainAs(from.Sweeps[as])
		}
		s.Sweeps = append(s.Sweeps, checking)
	}
	return s
}

// sweep is a series of the check as a sweep of the only arm.
func sweep(r *recommend.Recommendation, w recommend.Sweep, retrain bool) study.Sweep {
	t := study.Target{Name: w.Target}
	if w.Given == nil && slices.ContainsFunc(r.Layers, func(l recommend.Layer) bool { return l.Name == w.Target }) {
		t.Name = "several " + w.Target // else it would be the layer of that name
		for _, l := range r.Layers {
			if w.Target == "all" || !l.Conv {
				t.Layers = append(t.Layers, l.Name)
			}
		}
	}
	s := study.Sweep{Criterion: w.Criterion, Scope: w.Scope, Rule: prune.ByRatio, Amounts: w.Ratios, Arms: []int{0}, Retrain: retrain, Control: true}
	for i, ratio := range w.Given {
		if ratio > 0 {
			t.Layers = append(t.Layers, r.Layers[i].Name)
			s.Given = append(s.Given, ratio)
		}
	}
	s.Targets = []study.Target{t}
	return s
}

// comment heads the study with its question.
func comment(r *recommend.Recommendation, settled, fixed bool, command string) string {
	removed, size, _, _ := r.Totals()
	beside := "the same for parts of the budget and for more; ladders of uniform ratios and of global ones, each with as many weights removed among them"
	if settled {
		beside = "as many weights removed uniformly and globally"
	}
	seeds := "The seeds are not those that the ratios were chosen on."
	if fixed {
		seeds = "The network, from a file, is the one that the ratios were chosen on; seeds differ in what is drawn and retrained."
		if !settled {
			seeds += " The images are those that they were chosen on as well, so what is lost on others will tend to be more: --test measures it."
		}
	}
	what := map[recommend.Objective]string{recommend.Weights: "weights", recommend.MACs: "multiply-adds"}[r.Objective]
	return strings.Join([]string{
		wrap(fmt.Sprintf("Do ratios recommended from layers pruned alone hold when all layers are pruned together? They are to remove most %s within %g pp of accuracy %s; predicted are %.2f pp with %d of %d weights removed.",
			what, 100*r.Budget, r.Moment(), 100*r.Predicted(), removed, size)),
		wrap(fmt.Sprintf("Source: study %s, arm %s, %s split. What layers lose together: %s.", r.Study, r.Arm, r.Split, r.Joint)),
		wrap(fmt.Sprintf("Beside the recommended ratios: %s; fully connected layers alone; at random.", beside)),
		wrap(seeds),
		"Command: " + command,
	}, "\n")
}

// wrap breaks a text of a study's comment into lines; all but the first are
// indented.
func wrap(text string) string {
	const width = 78
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n  ")
			at = 2
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
