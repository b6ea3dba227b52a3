package nn_test

import (
	"testing"

	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

// A sample's logits are the same to the bit whatever else is in the batch and
// wherever it stands there.
func TestLogitsDoNotDependOnTheBatch(t *testing.T) {
	for name, c := range networks {
		for pruning, density := range prunings {
			for _, variant := range kernel.Variants() {
				useKernel(t, variant)
				net := build(t, c, density)
				r := rng.Stream(8, "test")
				const n = 150
				x := kernel.NewMat(c.Input.Features(), n)
				for i := range x.Rows {
					for j := range n {
						x.Data[i*x.Stride+j] = float32(r.NormFloat64())
					}
				}
				var want [][]float32
				logits := net.Forward(x, nn.Mode{})
				for k := range logits.Rows {
					want = append(want, append([]float32(nil), logits.Row(k)...))
				}
				for _, size := range []int{1, 20, 128} {
					for from := 0; from < n; from += size {
						m := min(size, n-from)
						part := kernel.NewMat(x.Rows, m)
						for i := range x.Rows {
							copy(part.Row(i), x.Row(i)[from:])
						}
						logits := net.Forward(part, nn.Mode{})
						for k := range logits.Rows {
							for j, v := range logits.Row(k) {
								if v != want[k][from+j] {
									t.Fatalf("%s, %s, %s: in a batch of %d, sample %d has logit %v, in one of %d it is %v", name, pruning, variant, size, from+j, v, n, want[k][from+j])
								}
							}
						}
					}
				}
			}
		}
	}
}
