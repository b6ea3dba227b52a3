package finding

import "strings"

// onThis ends every claim: none is about networks in general.
const onThis = " on this network and data"

// Words is the claim, of its arm where every arm is asked, without what limits every
// one of them, for a place that says so once for all.
func (f Finding) Words() string {
	words := strings.TrimSuffix(f.Claim, onThis)
	if f.Arm != "" {
		words += ", in arm " + f.Arm + ","
	}
	return words
}

// Sentence is the claim in full.
func (f Finding) Sentence() string { return f.Words() + onThis }

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
func claim(id, text, pairs, endpoint, direction string) draft {
	return draft{Finding: Finding{ID: id, Claim: text + onThis, Pairs: pairs, Endpoint: endpoint, Direction: direction}}
}
