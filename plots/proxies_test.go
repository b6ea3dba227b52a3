package plots

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/proxy"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
)

// ranking has losses of 1, 2 and 3 pp before retraining and the KL that orders
// the layers so at one amount, the other way round at another, and not at all at
// a third, where no layer loses anything.
func ranking(requested float64, kl, losses [3]float64) proxy.Ranking {
	r := proxy.Ranking{Series: trial.Series{Arm: "L2", Method: trial.Plain(), Parameter: trial.Ratio}, Requested: requested}
	for i, name := range []string{"conv1", "fc1", "fc2"} {
		r.Layers = append(r.Layers, proxy.Layer{Name: name, Seeds: 2, Images: 512,
			Values: map[proxy.Kind]float64{proxy.KL: kl[i], proxy.Energy: kl[i], proxy.Taylor: kl[i], proxy.Fisher: kl[i], proxy.Reconstruction: kl[i]},
			Loss:   map[curve.Stage]stats.Estimate{curve.Pruned: {Value: losses[i], N: 2}}})
	}
	c := stats.Correlation{Value: float64(cmp.Compare(kl[2], kl[0]) * cmp.Compare(losses[2], losses[0])), N: 3}
	if c.Value == 0 {
		c.Warnings = []stats.Warning{stats.NoOrder}
	}
	r.Orders = map[proxy.Kind]map[curve.Stage]proxy.Order{}
	for _, k := range proxy.Kinds() {
		r.Orders[k] = map[curve.Stage]proxy.Order{curve.Pruned: {Layers: 3, Spearman: c, Kendall: c}}
	}
	return r
}

func sampleRankings() []proxy.Ranking {
	return []proxy.Ranking{
		ranking(0.9, [3]float64{3, 2, 1}, [3]float64{0.01, 0.02, 0.03}),
		ranking(0.5, [3]float64{1, 2, 3}, [3]float64{0.01, 0.02, 0.03}),
		ranking(0.95, [3]float64{1, 2, 3}, [3]float64{0, 0, 0}),
	}
}

func TestProxies(t *testing.T) {
	in := Input{Plan: trial.Plan{Study: "made-up", Arms: []string{"L2", "L1"}, Layers: []string{"conv1", "fc1", "fc2"}}, Proxies: sampleRankings()}
	f, err := Proxies(in)
	if err != nil {
		t.Fatal(err)
	}
	csv := string(f.CSV())
	for _, want := range []string{"pruned,L2,output KL,0.5,3,1,1,\n", "pruned,L2,output KL,0.9,3,-1,-1,\n", "pruned,L2,output KL,0.95,3,,,\n"} {
		if !strings.Contains(csv, want) {
			t.Errorf("the CSV lacks %q:\n%s", want, csv)
		}
	}
	if strings.Contains(csv, "retrained") {
		t.Error("there is a panel of what was not retrained")
	}
	svg, err := f.Render(SVG)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Before retraining", "diagonal Fisher", "Over 3 layers", "Crosses, all layers lose the same"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	in.Proxies = nil
	if _, err := Proxies(in); !errors.Is(err, ErrNoData) {
		t.Errorf("without predictions: %v", err)
	}
}
