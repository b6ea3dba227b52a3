package study

import (
	"fmt"
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

// What retraining does with batch normalisation, and what a penalty acts on, is in the
// Spec where it is said, and nowhere else.
func TestBatchNormAndDecayAreSettings(t *testing.T) {
	text := strings.Replace(small, " lenet-300-100", `
  - {dense: 20}
  - batchnorm
  - relu
  - {dense: 10}`, 1)
	text += "  - {targets: [all], arms: [L2], ratios: [0.5]}\n"
	plain := mustPlan(t, mustParse(t, text))
	for _, s := range plain.Trials {
		if s.Train.BatchNorm != "" || s.Train.Regularizer.All {
			t.Fatalf("nothing is said and the training has %+v", s.Train)
		}
	}
	said := mustParse(t, text+"  - {targets: [all], arms: [L2], ratios: [0.6], retrain: {l2: 1e-3, decay: all, batchnorm: frozen}}\n")
	found := false
	for _, s := range mustPlan(t, said).Trials {
		if n := len(s.Levels); n > 0 && s.Levels[n-1].Retrain != nil && s.Levels[n-1].Retrain.BatchNorm == "frozen" {
			found = found || s.Levels[n-1].Retrain.Regularizer.All
		}
	}
	if !found {
		t.Error("no trial retrains with the statistics that it had and decays all")
	}
	again := mustParse(t, string(said.YAML()))
	if !reflect.DeepEqual(mustPlan(t, again).Trials, mustPlan(t, said).Trials) {
		t.Errorf("the study that is printed has other trials:\n%s", said.YAML())
	}
}

// A setting that stands alone says something: zeros around a plane, say, and not none.
func TestSettingsAloneHaveTheirRange(t *testing.T) {
	for text, want := range map[string]string{
		"{pad: 0}": "is outside 1 to 256", "{pad: 257}": "is outside 1 to 256", "{pad: {top: -1}}": "is outside 0 to 256", "{pad: {top: 0}}": "",
		"{dense: 0}": "is outside 1 to 65536", "{maxpool: 0}": "is outside 1 to 256", "{subsample: 0}": "is outside 1 to 256",
		"{dropout: 1}": "is outside [0, 1)", "{leakyrelu: 1}": "is outside [0, 1)", "{add: [a]}": "names one layer",
		"{batchnorm: {momentum: 0}}": "is outside (0, 1]", "{batchnorm: {epsilon: 0}}": "has to be greater than 0",
	} {
		n, err := parse(&source{name: "study.yaml"}, []byte("- "+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		d := &decoder{}
		d.layers(n)
		if got := fmt.Sprint(d.err()); want == "" && len(d.faults) > 0 || !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %q", text, got, want)
		}
	}
}
