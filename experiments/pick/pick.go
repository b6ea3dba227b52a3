// Package pick finds trials of a plan by the beginning of their keys and by
// their labels in the study, and says which labels there are when none fits.
package pick

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/experiments/trial"
)

// Labels say which trials are meant; what is empty or nil leaves it open.
type Labels struct {
	Key     string // the beginning of one
	Arm     string
	Target  string // Dense: the networks before pruning
	Method  string
	Ratio   *float64 // as the study requests it
	Amount  *float64 // of another parameter: a quality, a threshold, what given ratios remove of the network
	Round   *int
	Seed    *uint64
	Retrain *bool
}

// Dense is the target of the networks before pruning.
const Dense = "dense"

// Find returns the first cell of each trial that fits, in the plan's order. When
// there is none the error says which labels there are.
func (l Labels) Find(plan trial.Plan) ([]trial.Cell, error) {
	var found []trial.Cell
	seen := map[trial.Key]bool{}
	for _, c := range plan.Cells {
		if !seen[c.Key] && l.fits(c) {
			seen[c.Key] = true
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no trial fits; %s", l.whatThereIs(plan))
	}
	return found, nil
}

func (l Labels) fits(c trial.Cell) bool {
	return l.begins(c) && slices.IndexFunc(l.asked(), func(a asked) bool { return a.of(c) != a.wanted }) < 0 &&
		(l.Retrain == nil || *l.Retrain == c.Retrain)
}

// begins reports whether a cell's key begins as is asked for.
func (l Labels) begins(c trial.Cell) bool {
	return strings.HasPrefix(string(c.Key), strings.ToLower(l.Key))
}

// asked is a label that is asked for.
type asked struct {
	name, wanted string
	of           func(trial.Cell) string
}

// asked lists the labels that are asked for, as text.
func (l Labels) asked() []asked {
	var all []asked
	add := func(name, wanted string, of func(trial.Cell) string) {
		if wanted != "" {
			all = append(all, asked{name, wanted, of})
		}
	}
	add("arm", l.Arm, func(c trial.Cell) string { return c.Arm })
	add("target", l.Target, func(c trial.Cell) string {
		if c.Role == trial.Dense {
			return Dense
		}
		return c.Target
	})
	add("method", l.Method, func(c trial.Cell) string {
		if c.Method.Called(l.Method) {
			return l.Method // in the words of a plan
		}
		return c.Method.String()
	})
	add("ratio", amount(l.Ratio), func(c trial.Cell) string {
		if c.Requested != 0 && c.Parameter != trial.Ratio {
			return ""
		}
		return amount(&c.Requested)
	})
	add("amount", amount(l.Amount), func(c trial.Cell) string {
		if c.Requested == 0 || c.Parameter == trial.Ratio {
			return ""
		}
		return amount(&c.Requested)
	})
	add("round", text(l.Round), func(c trial.Cell) string { return fmt.Sprint(c.Round) })
	add("seed", text(l.Seed), func(c trial.Cell) string { return fmt.Sprint(c.Seed) })
	return all
}

// amount is an amount as it is printed, "" of none.
func amount(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(trial.Significant(*v))
}

// text is a value as it is printed, "" of none.
func text[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}

// whatThereIs names a label that no trial has with those that there are, else it
// says that they do not go together.
func (l Labels) whatThereIs(plan trial.Plan) string {
	for _, a := range l.asked() {
		var have []string
		for _, c := range plan.Cells {
			if v := a.of(c); v != "" && !slices.Contains(have, v) {
				have = append(have, v)
			}
		}
		if a.name == "ratio" && !slices.Contains(have, a.wanted) && slices.ContainsFunc(plan.Cells, func(c trial.Cell) bool { return c.Requested != 0 && c.Parameter != trial.Ratio }) {
			return fmt.Sprintf("ratio %q is not in the study, which has %s; amounts that are no ratios are asked for by --amount", a.wanted, strings.Join(have, ", "))
		}
		if a.name == "amount" && len(have) == 0 {
			return "all amounts of the study are ratios: ask by --ratio"
		}
		if !slices.Contains(have, a.wanted) {
			return fmt.Sprintf("%s %q is not in the study, which has %s", a.name, a.wanted, strings.Join(have, ", "))
		}
	}
	if !slices.ContainsFunc(plan.Cells, l.begins) {
		return fmt.Sprintf("no key begins with %q; without a key all trials are listed", l.Key)
	}
	return "no trial has all that was asked for; leave some of it out to see what there is"
}
