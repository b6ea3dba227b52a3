package nn_test

import (
	"bytes"
	"slices"
	"testing"

	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/rng"
)

func TestScanEqualsEachPruningByItself(t *testing.T) {
	for name, c := range networks {
		for _, variant := range kernel.Variants() {
			t.Run(name+"/"+variant, func(t *testing.T) {
				useKernel(t, variant)
				net := build(t, c, 1)
				r := rng.Stream(4, "test")
				prunings := []map[string]*nn.Mask{{}}
				for _, p := range net.Weights() {
					for _, density := range []float64{0, 0.1, 0.6} {
						prunings = append(prunings, map[string]*nn.Mask{p.Layer: someMask(t, p.Size(), density, r)})
					}
				}
				all := map[string]*nn.Mask{}
				for _, p := range net.Weights() {
					all[p.Layer] = someMask(t, p.Size(), 0.3, r)
				}
				prunings = append(prunings, all)
				scan, err := nn.NewScan(net, prunings)
				if err != nil {
					t.Fatal(err)
				}
				single := make([]*nn.Network, len(prunings))
				for i, p := range prunings {
					single[i] = copyOf(t, net)
					for layer, kept := range p {
						if err := single[i].Keep(layer, kept); err != nil {
							t.Fatal(err)
						}
					}
				}
				for _, n := range []int{40, 40, 7} {
					x := kernel.NewMat(c.Input.Features(), n)
					for i := range x.Rows {
						for j := range n {
							x.Data[i*x.Stride+j] = float32(r.NormFloat64())
						}
					}
					visited := 0
					scan.Forward(x, func(i int, logits kernel.Mat) {
						visited++
						want := single[i].Forward(x, nn.Mode{})
						for k := range want.Rows {
							if !slices.Equal(logits.Row(k), want.Row(k)) {
								t.Fatalf("pruning %d, batch of %d: logits differ from the pruned network's", i, n)
							}
						}
					})
					if visited != len(prunings) {
						t.Errorf("%d of %d prunings were visited", visited, len(prunings))
					}
				}
			})
		}
	}
}

// copyOf returns the network with its values and masks, through its file form.
func copyOf(t *testing.T, net *nn.Network) *nn.Network {
	t.Helper()
	var b bytes.Buffer
	if err := net.Write(&b); err != nil {
		t.Fatal(err)
	}
	c, err := nn.New(net.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Read(&b); err != nil {
		t.Fatal(err)
	}
	if c.Digest() != net.Digest() {
		t.Fatal("the network read is not the one written")
	}
	return c
}
