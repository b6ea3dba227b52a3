package prune

// Scope says over what a ratio is taken.
type Scope string

// The scopes.
const (
	PerLayer Scope = "layer"  // the ratio holds in each layer
	Global   Scope = "global" // one ranking over all the layers together
)

// Criterion names a way to score weights; the lowest scores are removed.
type Criterion string

// The criteria.
const (
	Magnitude Criterion = "magnitude" // |w|
	Random    Criterion = "random"    // uniform, the control
)

// Criteria lists them, the default first.
func Criteria() []Criterion { return []Criterion{Magnitude, Random} }

// Draws reports whether another seed gives other scores to the same weights.
func (c Criterion) Draws() bool { return c == Random }

// Rule says how many weights go.
type Rule string

// The rules.
const (
	ByRatio     Rule = "ratio"     // a fraction of all weights of the layer, those removed before included
	ByQuality   Rule = "quality"   // |w| < quality x standard deviation of the layer's weights (Han et al. 2015)
	ByThreshold Rule = "threshold" // |w| < threshold
)

// Config is one pruning of a network. The zero value prunes nothing.
type Config struct {
	Layers    []string  `json:"layers,omitempty"` // in the network's order
	Criterion Criterion `json:"criterion,omitempty"`
	Scope     Scope     `json:"scope,omitempty"`
	Rule      Rule      `json:"rule,omitempty"`
	Amounts   []float64 `json:"amounts,omitempty"` // the rule's parameter, one a layer; global: one in all
}

// Empty reports whether the pruning removes nothing by construction.
func (c Config) Empty() bool { return len(c.Layers) == 0 }
