package nn

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"prunelab/model/dataset"
)

// branches is a topology that no Config describes: conv1 and its ReLU are read
// by conv2, and by pooling; fc1 reads conv2, fc2 reads both through what lies
// between, as an addition would.
//
//	0 conv1 -> 1 relu -> 2 conv2 -> 3 relu -> 4 fc1
//	                 |              +-------> 6 fc2
//	                 +-> 5 maxpool ---------> 6 fc2
func branches() *Topology {
	t := &Topology{nodes: []node{
		{LayerConfig: LayerConfig{Kind: KindConv, Name: "conv1"}},
		{LayerConfig: LayerConfig{Kind: KindReLU}, inputs: []int{0}},
		{LayerConfig: LayerConfig{Kind: KindConv, Name: "conv2"}, inputs: []int{1}},
		{LayerConfig: LayerConfig{Kind: KindReLU}, inputs: []int{2}},
		{LayerConfig: LayerConfig{Kind: KindDense, Name: "fc1"}, inputs: []int{3}},
		{LayerConfig: LayerConfig{Kind: KindMaxPool}, inputs: []int{1}},
		{LayerConfig: LayerConfig{Kind: KindDense, Name: "fc2"}, inputs: []int{3, 5}},
	}}
	t.connect()
	return t
}

func TestReadersOfBranches(t *testing.T) {
	for layer, want := range map[string]string{
		"conv1": "conv2 after relu; fc2 after relu, maxpool", "conv2": "fc1 after relu; fc2 after relu", "fc1": "", "fc2": "", "fc3": "",
	} {
		got := ""
		for i, l := range branches().Readers(layer) {
			if i > 0 {
				got += "; "
			}
			got += l.Reader + " after "
			for k, b := range l.Between {
				if k > 0 {
					got += ", "
				}
				got += string(b.Kind)
			}
		}
		if got != want {
			t.Errorf("%s is read by %q, want %q", layer, got, want)
		}
	}
}

func TestDependentsOfBranches(t *testing.T) {
	for changed, want := range map[int][]int{0: {0, 1, 2, 3, 4, 5, 6}, 2: {2, 3, 4, 6}, 4: {4}, 5: {5, 6}} {
		var got []int
		for i, d := range branches().dependents(func(i int) bool { return i == changed }) {
			if d {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("of layer %d depend %v, want %v", changed, got, want)
		}
	}
}

// A ReLU is computed by the layer with weights that it reads, unless another
// layer needs what is negative.
func TestReLUIsFusedWhereNothingElseReads(t *testing.T) {
	b := branches()
	if !b.fusesReLU(0) || !b.fusesReLU(2) || b.fusesReLU(1) || b.fusesReLU(4) {
		t.Error("conv1 and conv2 compute their ReLU, nothing else does")
	}
	b.nodes[5].inputs[0] = 0
	for i := range b.nodes {
		b.nodes[i].readers = nil
	}
	b.connect()
	if b.fusesReLU(0) {
		t.Error("conv1 computes its ReLU although pooling reads what comes before")
	}
}

// The layers before the dense ones run on slices of a batch.
func TestWhatRunsOnSlices(t *testing.T) {
	conv, relu := LayerConfig{Kind: KindConv, Name: "conv1", Units: 2, Kernel: 2, Stride: 1}, LayerConfig{Kind: KindReLU}
	drop, flatten := LayerConfig{Kind: KindDropout, Rate: 0.5}, LayerConfig{Kind: KindFlatten}
	fc := LayerConfig{Kind: KindDense, Name: "fc1", Units: 3}
	for i, c := range []struct {
		layers []LayerConfig
		want   int
	}{
		{[]LayerConfig{fc}, 0},
		{[]LayerConfig{relu, flatten, fc}, 0},
		{[]LayerConfig{conv, fc}, 1},
		{[]LayerConfig{conv, relu, drop, fc}, 2},
		{[]LayerConfig{conv, drop, relu, flatten, fc, drop}, 3},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			top, err := Config{Input: dataset.Shape{C: 1, H: 4, W: 4}, Init: InitHe, Layers: c.layers}.Topology()
			if err != nil {
				t.Fatal(err)
			}
			if got := top.sliced; got != c.want {
				t.Errorf("%d layers run on slices, want %d", got, c.want)
			}
			if top.Classes() != 3 {
				t.Errorf("%d classes, want 3", top.Classes())
			}
		})
	}
}

// What runs again when a layer is pruned is itself and what reads it, by any way.
func TestDepends(t *testing.T) {
	for layer, want := range map[string][]string{
		"conv1": {"conv1", "conv2", "fc1", "fc2"}, "conv2": {"conv2", "fc1", "fc2"}, "fc1": {"fc1"}, "fc2": {"fc2"}, "fc3": nil,
	} {
		if got := slices.Sorted(maps.Keys(branches().Depends([]string{layer}))); !slices.Equal(got, want) {
			t.Errorf("on %s depend %v, want %v", layer, got, want)
		}
	}
}
