package stats

import "fmt"

// Alpha is the chance of any false verdict in a family of claims, and WantedPower
// that with which Comparison.Detectable would have been found: both by custom.
const (
	Alpha       = 0.05
	WantedPower = 0.8
)

// Comparison is what paired differences say about one claim.
type Comparison struct {
	Name       string    `json:"name"`
	Difference Estimate  `json:"difference"`           // Student t
	Bootstrap  Estimate  `json:"bootstrap"`            // BCa, descriptive
	Test       Test      `json:"test"`                 // exact sign-flip, two-sided
	Family     int       `json:"family,omitempty"`     // claims that were corrected together; 0: not corrected yet
	Adjusted   *float64  `json:"adjusted,omitempty"`   // p after Holm, nil before Adjust
	Detectable *float64  `json:"detectable,omitempty"` // difference found with probability 0.8; nil: none, see Warnings
	Warnings   []Warning `json:"warnings,omitempty"`
}

// Compare tests and estimates the mean of the paired differences d.
func Compare(name string, d []float64, level float64) (Comparison, error) {
	c := Comparison{Name: name}
	var err error
	if c.Difference, err = Mean(d, level); err != nil {
		return c, fmt.Errorf("comparing %s: %w", name, err)
	}
	mean := func(x []float64) float64 { m, _ := meanSD(x); return m }
	if c.Bootstrap, err = BCa(d, mean, level); err != nil {
		return c, fmt.Errorf("comparing %s: %w", name, err)
	}
	if c.Test, err = SignFlip(d, TwoSided); err != nil {
		return c, fmt.Errorf("comparing %s: %w", name, err)
	}
	return c.inFamily(1, 1-level), nil
}

// Adjust corrects the comparisons of one family, claims in all, by Holm's
// method; claims that are not among them count as not significant. It also
// says, for each, what could have been found and whether n suffices at all.
func Adjust(family []Comparison, claims int, alpha float64) []Comparison {
	checkLevel(alpha)
	if claims < len(family) {
		panic("stats: a family smaller than its members")
	}
	p := make([]float64, claims)
	for i := range p {
		p[i] = 1
		if i < len(family) {
			p[i] = family[i].Test.P
		}
	}
	adjusted := Holm(p)
	out := make([]Comparison, len(family))
	for i, c := range family {
		out[i] = c.inFamily(claims, alpha)
		out[i].Family, out[i].Adjusted = claims, &adjusted[i]
	}
	return out
}

// inFamily computes what depends on the number of claims.
func (c Comparison) inFamily(claims int, alpha float64) Comparison {
	c.Detectable, c.Warnings = nil, nil
	if effect, ok := Detectable(c.Difference.SD, c.Difference.N, alpha/float64(claims), WantedPower); ok {
		c.Detectable = &effect
		return c
	}
	c.Warnings = []Warning{needs(claims, alpha, c.Difference.N)}
	return c
}

// needs words why no verdict is possible.
func needs(claims int, alpha float64, n int) Warning {
	word := "claims"
	if claims == 1 {
		word = "claim"
	}
	return Warning(fmt.Sprintf("needs >= %d seeds for %d %s, has %d", SeedsNeeded(claims, alpha, TwoSided), claims, word, n))
}
