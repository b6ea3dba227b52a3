package nn

import (
	"math"

	"prunelab/model/kernel"
)

// activity counts the values that a layer reads.
type activity struct {
	seen    int
	nonzero int // of these
}

// count counts x. Whether a value is zero is as good as random, so there is no
// branch on it: of its bits b without the sign, b | -b has the highest one set
// exactly when b is not 0.
func (c *activity) count(x kernel.Mat) {
	for i := range x.Rows {
		n := 0
		for _, v := range x.Row(i) {
			b := math.Float32bits(v) << 1
			n += int((b | -b) >> 31)
		}
		c.nonzero += n
	}
	c.seen += x.Rows * x.Cols
}
