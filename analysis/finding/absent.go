package finding

import (
	"fmt"
	"strings"

	"prunelab/analysis/curve"
)

// onThis ends every claim: none is about networks in general.
const onThis = " on this network and data"

// Words is the claim, of its arm where every arm is asked, without what limits every
// one of them, for a place that says so once for all.
func (f Finding) Words() string {
	words := f.Claim
	if f.Arm != "" {
		words += ", in arm " + f.Arm
	}
	return words
}

// Sentence is the claim in full.
func (f Finding) Sentence() string {
	if f.Arm != "" {
		return f.Words() + "," + onThis
	}
	return f.Words() + onThis
}

// absent is a claim whose trials the study does not have. what says what is
// lacking; studies are the built-in ones that have it.
func (d draft) absent(what string, studies ...string) draft {
	d.Verdict, d.Studies = NotStudied, studies
	d.Reason = what
	if len(studies) > 0 {
		d.Reason += "; run " + strings.Join(studies, " or ")
	}
	return d
}

// noMargin is a claim about a margin on data for which none was stated.
func (d draft) noMargin() draft {
	return d.absent("no margin is stated for this data set: 0.1 pp on mnist, 0.5 pp on cifar-10")
}

// claim begins a draft.
func claim(name, text, pairs string, e measured, direction string) draft {
	return draft{Finding: Finding{ID: name, Name: name, Claim: text, Pairs: pairs, Endpoint: e.words, Stages: e.stages, Direction: direction}}
}

// measured is the number that a claim is about: words with the stages at which the
// networks are scored.
type measured struct {
	words  string
	stages []curve.Stage
}

// before and after are endpoints of networks as pruned and as retrained.
func before(words string) measured { return measured{words, []curve.Stage{curve.Pruned}} }
func after(words string) measured  { return measured{words, []curve.Stage{curve.Retrained}} }

// area is the endpoint that compares series over a range of sparsities.
func area(stage curve.Stage, lo, hi float64) measured {
	when := "after"
	if stage == curve.Pruned {
		when = "before"
	}
	return measured{fmt.Sprintf("area of the loss %s retraining, sparsity %v to %v", when, lo, hi), []curve.Stage{stage}}
}

// ofArm is the claim of the n-th arm that it is asked of: the first has its name.
func (d draft) ofArm(arm string, n int) draft {
	if n > 0 {
		d.ID += ": " + arm
	}
	return d
}
