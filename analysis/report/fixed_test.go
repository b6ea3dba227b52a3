package report

import (
	"strings"
	"testing"

	"prunelab/analysis/internal/fixtures"
)

// Sentences that presume training or seeds are not said of a network from a file.
func TestANetworkFromAFileIsNotWordedAsTrained(t *testing.T) {
	global := fixtures.All(false, 0.5, 0.9)
	global.Global = true
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps: []fixtures.Sweep{fixtures.All(false, 0.5, 0.9), global},
		Correct: func(a fixtures.At) int {
			n := 900 - int(300*a.Ratio)
			if a.Target != "all" || a.Ratio == 0 {
				n = 900
			}
			return n
		}})
	for i, c := range p.Cells { // globally it loses more
		if c.Method.Scope == "global" && c.Requested > 0 {
			for j := range outs {
				if outs[j].Key == p.Cells[i].Key {
					outs[j].Result.Pruned.Correct = 500
				}
			}
		}
	}
	fixtures.FromFile("a digest", &p, outs)
	got := write(t, p, outs)
	for _, word := range []string{"final epoch", "cannot be told from chance", "needs >= ", "needs \\>= ", "ne seed", "single seed: no", "A single seed", "First training", "seeds of L2"} {
		if strings.Contains(got, word) {
			t.Errorf("the report says %q", word)
		}
	}
	for _, want := range []string{
		"one network each, from a file; the accuracy losses of magnitude and magnitude global differ most at ratio 0.5, by 25.00 pp; image by image McNemar's p is below 0.0001.",
		"One network, which comes from a file and is the same for every seed",
		"intervals are at 95 % and over images, paired by image where accuracies are compared",
		"not corrected for the number of layers and amounts",
		"The validation images are some of the training images, on which the network in the file may have been trained",
		"Accuracy of the dense networks: L2 90.00 \\[87.98, 91.71\\] % (n = 1; \\[ \\] over images).",
		"Paired by image; negative: better than the reference. \\[ \\]: 95 % interval over images of one network from a file",
		"one network, from a file and the same for every seed: a verdict needs several networks",
		"the network comes from a file and is the same for every seed, so it has no standard deviation; intervals are over images",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// Which layer of a network from a file is the most sensitive is said as far as the images
// carry it.
func TestTheMostSensitiveLayerOfANetworkFromAFile(t *testing.T) {
	lost := map[string]int{"conv1": 200, "fc1": 190, "fc2": 20}
	scan := func() string {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1},
			Sweeps: []fixtures.Sweep{fixtures.One("conv1", false, 0.5, 0.9), fixtures.One("fc1", false, 0.5, 0.9), fixtures.One("fc2", false, 0.5, 0.9)},
			Correct: func(a fixtures.At) int {
				if a.Ratio == 0 {
					return 900
				}
				return 900 - int(a.Ratio*float64(lost[a.Target]))
			}})
		fixtures.FromFile("a digest", &p, outs)
		return write(t, p, outs)
	}
	for fc1, want := range map[int]string{
		100: "conv1 is the most sensitive on 1000 images, paired by image and corrected for 2 comparisons with it",
		199: "conv1 cannot be told apart from fc1 on 1000 images, paired by image and corrected for 2 comparisons with it",
	} {
		lost["fc1"] = fc1
		if got := scan(); !strings.Contains(got, want) || !strings.Contains(got, "Which layer is the most sensitive, as far as the images carry it") {
			t.Errorf("the report does not say %q", want)
		}
	}
	lost["fc1"], lost["fc2"] = 199, 200
	if got, want := scan(), "which layer is the most sensitive cannot be told on 1000 images"; !strings.Contains(got, want) {
		t.Errorf("the report does not say %q", want)
	}
}

// Where every layer goes as far as the others, none is called the most sensitive.
func TestLayersThatLoseNothingAreNotRanked(t *testing.T) {
	lost := 0
	scan := func() string {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1},
			Sweeps: []fixtures.Sweep{fixtures.One("conv1", false, 0.5), fixtures.One("fc1", false, 0.5), fixtures.One("fc2", false, 0.5)},
			Correct: func(a fixtures.At) int {
				if a.Ratio > 0 && a.Target == "fc1" {
					return 900 - lost
				}
				return 900
			}})
		fixtures.FromFile("a digest", &p, outs)
		return write(t, p, outs)
	}
	const said = "is the most sensitive layer"
	if got := scan(); strings.Contains(got, said) || !strings.Contains(got, "all 3 layers lose the same, 0.00 pp at a ratio of 0.5") {
		t.Errorf("layers without a difference are ranked:\n%.1500s", got)
	}
	lost = 300
	if got := scan(); !strings.Contains(got, "fc1 "+said) {
		t.Errorf("fc1 is not the most sensitive:\n%.1500s", got)
	}
}
