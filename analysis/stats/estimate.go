package stats

// Warning is something a reader of a number must know; it ends as a footnote.
type Warning string

// Estimate is a number with an interval that says how it was made.
type Estimate struct {
	Value    float64   `json:"value"`
	Lo       float64   `json:"lo"` // NaN-free: equal to Value when no interval can be given, see N
	Hi       float64   `json:"hi"`
	Level    float64   `json:"level"` // confidence, e.g. 0.95; 0: no interval
	N        int       `json:"n"`     // independent replicates (seeds)
	SD       float64   `json:"sd"`    // sample standard deviation of the replicates; 0 when N < 2
	Method   string    `json:"method"`
	Warnings []Warning `json:"warnings,omitempty"`
}
