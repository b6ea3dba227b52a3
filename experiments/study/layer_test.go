package study

import (
	"reflect"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// A network that is written out as a list of layers is the network itself, for every
// built-in one and every setting of a layer.
func TestLayersArePrintedAsTheyAreRead(t *testing.T) {
	for _, name := range nn.BuiltinNames() {
		c, _ := nn.Builtin(name, dataset.Shape{C: 3, H: 32, W: 32}, 10)
		checkPrinted(t, name, c.Layers)
	}
	checkPrinted(t, "settings", []nn.LayerConfig{
		{Kind: nn.KindPad, Top: 1, Left: 2}, {Kind: nn.KindPad, Name: "p", Top: 1, Bottom: 1, Left: 1, Right: 1},
		{Kind: nn.KindConv, Name: "c: 1", Units: 6, Kernel: 3, KernelWidth: 5, Stride: 2, Padding: 1, Groups: 3, NoBias: true, Inputs: []string{nn.InputName}},
		{Kind: nn.KindBatchNorm, Name: "n", Epsilon: 1e-3, Momentum: 1, Plain: true},
		{Kind: nn.KindLeakyReLU, Slope: 0.2, Name: "leaky"}, {Kind: nn.KindReLU6}, {Kind: nn.KindReLU, Name: "r", Inputs: []string{"c: 1"}},
		{Kind: nn.KindConcat, Name: "both", Inputs: []string{"leaky", "r"}}, {Kind: nn.KindAdd, Inputs: []string{"both", "both"}},
		{Kind: nn.KindMaxPool, Kernel: 3, Stride: 2, Padding: 1, Ceil: true}, {Kind: nn.KindAvgPool, Kernel: 3, Stride: 2, CountPadding: true, Padding: 1},
		{Kind: nn.KindSubsample, Stride: 2}, {Kind: nn.KindPadChannels, Before: 1, After: 3}, {Kind: nn.KindGlobalAvgPool},
		{Kind: nn.KindDropout, Rate: 0.5, Name: "d", Inputs: []string{"both"}}, {Kind: nn.KindDropout, Rate: 0.25},
		{Kind: nn.KindDense, Units: 3, Name: "fc", NoBias: true},
	})
}

func checkPrinted(t *testing.T, name string, layers []nn.LayerConfig) {
	t.Helper()
	var text strings.Builder
	for _, l := range layers {
		text.WriteString("- " + layerYAML(l) + "\n")
	}
	n, err := parse(&source{name: "study.yaml"}, []byte(text.String()))
	if err != nil {
		t.Fatalf("%s: %v in\n%s", name, err, text.String())
	}
	d := &decoder{}
	if got := d.layers(n); len(d.faults) > 0 || !reflect.DeepEqual(got, layers) {
		t.Errorf("%s: read back are %+v with faults %v, want %+v from\n%s", name, got, d.faults, layers, text.String())
	}
}
