package report

import (
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// A recipe says which layers a graph's layers read.
func TestNetworkOfAGraph(t *testing.T) {
	c, _ := nn.Builtin("resnet-20", dataset.Shape{C: 3, H: 32, W: 32}, 10)
	got := network(c)
	for _, want := range []string{
		"conv1 16@3×3 padding 1 → batchnorm (bn1) → relu (relu1) → layer1.0.conv1 16@3×3 padding 1 of relu1 → ",
		" → add layer1.0.bn2 + relu1 → relu (layer1.0.relu2) → ",
		" → subsample of layer1.2.relu2 → padchannels (layer2.0.shortcut) → add layer2.0.bn2 + layer2.0.shortcut → ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not have %q", got, want)
		}
	}
}
