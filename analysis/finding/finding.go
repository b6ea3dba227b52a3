// Package finding puts the claims of Han et al. 2015 to the test on a study's
// results: every claim has a verdict that is computed and may come out either
// way.
//
//  1. A claim (one file each) names its pairs, its endpoint, the direction and
//     the margin, all stated before any result was seen, and picks the curves
//     of the study that bear on it: those of the whole network, pruned by
//     magnitude in one step, of the study's first arm that has them.
//  2. Pairs share a seed. The test is the exact sign-flip test, two-sided, the
//     interval Student's t (evidence.go).
//  3. The primary claims, no more than the study's seeds can decide, are a family,
//     corrected by Holm's method; doubts that the claim itself raises, and raw
//     accuracies that significantly point the other way, keep a verdict from being
//     given. The other claims show their effect without a verdict (judge.go).
//
// Accuracies, losses and areas are fractions. A claim whose trials the study
// does not have says which built-in study has them.
package finding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// Verdict is what the data say about a claim.
type Verdict string

// The verdicts.
const (
	Supported    Verdict = "supported"
	Refuted      Verdict = "refuted" // the reverse was shown
	Inconclusive Verdict = "inconclusive"
	Descriptive  Verdict = "descriptive"      // a number without a test
	Secondary    Verdict = "secondary"        // an effect and its interval: not one of the primary claims
	NotStudied   Verdict = "not in the study" // its trials are not planned
)

// Finding is a claim and what became of it.
type Finding struct {
	ID          string             `json:"id"`            // the name, with the arm where it is not the first
	Name        string             `json:"-"`             // of the claim, whatever arm is asked
	Claim       string             `json:"claim"`         // in words, without what limits every one, see Sentence
	Arm         string             `json:"arm,omitempty"` // of a claim that every arm is asked
	Pairs       string             `json:"pairs"`         // the difference of accuracy lost, seed by seed: above 0 the first named loses more
	Endpoint    string             `json:"endpoint"`      // of what
	Stages      []curve.Stage      `json:"-"`             // of the networks that the endpoint scores
	Direction   string             `json:"direction"`     // what the claim says of the difference
	Margin      float64            `json:"margin"`        // fraction; 0: none
	Verdict     Verdict            `json:"verdict"`
	Reason      string             `json:"reason"`
	P           *float64           `json:"p,omitempty"`           // of the claim, before the correction
	Adjusted    *float64           `json:"adjusted,omitempty"`    // Holm's method over the P of the primary claims; nil: not one of them
	Correlation *stats.Correlation `json:"correlation,omitempty"` // of a descriptive finding
	Evidence    []stats.Comparison `json:"evidence,omitempty"`
	Decides     int                `json:"decides,omitempty"` // the place in Evidence of the effect shown: where all have to hold, the one that the claim stands or falls with
	Seeds       []uint64           `json:"seeds,omitempty"`   // with all their numbers
	Trials      []trial.Key        `json:"trials,omitempty"`  // that it rests on, ascending
	Studies     []string           `json:"studies,omitempty"` // built-in studies that have the trials
	Caveats     []stats.Warning    `json:"caveats,omitempty"`
}

// Evaluate returns a finding for every claim, in the order of the claims.
func Evaluate(g *group.Study, curves []curve.Curve) ([]Finding, error) {
	s := newStudy(g, curves)
	var drafts []draft
	for _, claim := range claims() {
		ds, err := claim(s)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, ds...)
	}
	toCome := slices.ContainsFunc(g.Plan.Cells, func(c trial.Cell) bool { return g.Outcome(c.Key) == nil })
	return judge(drafts, g.Plan, toCome)
}

// claims are all claims, one file each, by priority: a study that names no primary
// claims has the first of them that it has trials for.
func claims() []func(*study) ([]draft, error) {
	return []func(*study) ([]draft, error){
		one(l1Before), one(l2After), one(l1ThenL2),
		one(convolutionsBefore), one(convolutionsAfter), one(firstLayerBefore), one(firstLayerAfter),
		one(localUniform), one(localGlobal), one(dropoutSame), one(dropoutOff),
		one(iterative), lossless, one(halfFree), one(keeping), one(random), order,
	}
}

// one is a claim that makes one finding of a study, whatever arms it has.
func one(claim func(*study) (draft, error)) func(*study) ([]draft, error) {
	return func(s *study) ([]draft, error) {
		d, err := claim(s)
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w", d.ID, err)
		}
		return []draft{d}, nil
	}
}

// corrected is how many claims were corrected together, those that wait for their trials
// included.
func corrected(fs []Finding) int {
	n := 0
	for _, f := range fs {
		if f.Adjusted != nil {
			n = max(n, f.Evidence[0].Family)
		}
	}
	return n
}

// JSON is the content of findings.json.
func JSON(p trial.Plan, fs []Finding) ([]byte, error) {
	limited := slices.Clone(fs)
	for i := range fs {
		limited[i].Claim += onThis
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	err := e.Encode(struct {
		Study    string      `json:"study"`
		Split    trial.Split `json:"split"`
		Unit     string      `json:"unit"`
		Alpha    float64     `json:"alpha"`
		Family   int         `json:"family"` // claims that were corrected together
		Findings []Finding   `json:"findings"`
	}{p.Study, p.Split, "fraction of the images", stats.Alpha, corrected(fs), limited})
	if err != nil {
		return nil, fmt.Errorf("findings of study %s: %w", p.Study, err)
	}
	return b.Bytes(), nil
}
