package nn_test

import (
	"fmt"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// Seeds that begin with the same weights, or with parts of one sequence of
// draws, are no replicates. The layers have equal fans, so that a draw would
// be recognised in another layer too.
func TestSeedsGiveDisjointInitialWeights(t *testing.T) {
	for _, rule := range []nn.Init{nn.InitHe, nn.InitGlorot, nn.InitTorch} {
		c := nn.Config{Input: dataset.Shape{C: 1, H: 5, W: 8}, Init: rule, Layers: []nn.LayerConfig{
			{Kind: nn.KindDense, Units: 40, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 40, Name: "fc2"}}}
		seen := map[float32]string{}
		for seed := range uint64(4) {
			net, err := nn.Build(c, seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range net.Weights() {
				where, again := fmt.Sprintf("%s of seed %d", p.Name, seed), map[string]int{}
				for _, w := range p.Value {
					if other, ok := seen[w]; ok {
						again[other]++
					}
					seen[w] = where
				}
				for other, n := range again {
					if n > len(p.Value)/100 { // some float32 are drawn twice by chance
						t.Errorf("%s: %d of %d weights of %s are those of %s", rule, n, len(p.Value), where, other)
					}
				}
			}
		}
	}
}
