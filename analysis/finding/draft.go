package finding

import (
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/stats"
)

// rule says how a claim's comparisons make one p.
type rule int

const (
	single rule = iota // the one comparison
	every              // all have to hold: the largest p; to refute, one has to fail: the smallest, times their number
	ladder             // in order, up to the first that fails: the p of the first, the others at the level that it had
)

// draft is a finding before its verdict.
type draft struct {
	Finding
	rule   rule
	bound  float64 // the claim: the difference is above bound
	below  bool    // or below it
	parts  []evidence
	doubts []string  // whatever the numbers are, these forbid a verdict
	notes  []string  // caveats
	rates  []float64 // of a ladder, parallel to parts
	spare  bool      // the same claim of another arm: primary only after all others
}

// wanted reports whether a comparison's mean lies on the claimed side.
func (d draft) wanted(c stats.Comparison) bool { return d.side(c.Difference.Value) > 0 }

// side is how far a value lies on the claimed side of the bound.
func (d draft) side(v float64) float64 {
	if d.below {
		return curve.Difference(d.bound, v)
	}
	return curve.Difference(v, d.bound)
}

func (d draft) gaps() []string {
	var out []string
	for _, e := range d.parts {
		if s := e.gaps(); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// close ends a draft.
func (d draft) close(v Verdict, reasons []string) Finding {
	f := d.Finding
	f.Verdict, f.Reason = v, strings.Join(reasons, "; ")
	for _, n := range d.notes {
		f.Caveats = append(f.Caveats, stats.Warning(n))
	}
	return f
}
