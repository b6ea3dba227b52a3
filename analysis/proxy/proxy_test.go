package proxy_test

import (
	"math"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/proxy"
	"prunelab/experiments/trial"
)

// lost is how many of 1000 images pruning a layer costs: before retraining conv1
// most and fc1 least, after it the other way round.
var lost = map[string]map[string]int{
	"pruned":    {"conv1": 300, "fc2": 200, "fc1": 100},
	"retrained": {"conv1": 10, "fc2": 20, "fc1": 30},
}

// study has predictions in the trials that are not retrained; seeds scatter
// around a mean that orders the layers as the loss before retraining, but for
// Taylor, which orders them the other way.
func study(t *testing.T, layers ...string) []proxy.Ranking {
	t.Helper()
	c := fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Correct: func(a fixtures.At) int { return 950 - lost[a.Stage][a.Target] }}
	for _, l := range layers {
		c.Sweeps = append(c.Sweeps, fixtures.One(l, false, 0.5), fixtures.One(l, true, 0.5))
	}
	p, outs := fixtures.Build(c)
	for i := range outs {
		s := outs[i].Spec
		if len(s.Levels) == 0 || s.Levels[0].Retrain != nil {
			continue
		}
		layer := s.Levels[0].Prune.Layers[0]
		mean := float64(lost["pruned"][layer])
		v := mean + 90*(float64(s.Seed)-2) // alone, a seed can have another order
		outs[i].Result.Proxies = &trial.Proxies{Images: 512, KL: v, Layers: []trial.LayerProxies{
			{Layer: layer, Energy: v, Taylor: 1000 - v, Fisher: 7, Reconstruction: v * v}}}
	}
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := proxy.Rankings(g, curves)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestOrders(t *testing.T) {
	rs := study(t, "conv1", "fc1", "fc2")
	if len(rs) != 1 || len(rs[0].Layers) != 3 || rs[0].Requested != 0.5 {
		t.Fatalf("%+v", rs)
	}
	r := rs[0]
	if l := r.Layers[0]; l.Name != "conv1" || l.Seeds != 3 || math.Abs(l.Values[proxy.KL]-300) > 1e-9 || math.Abs(l.Loss[curve.Pruned].Value-0.3) > 1e-9 {
		t.Errorf("%+v", l)
	}
	for _, c := range []struct {
		kind          proxy.Kind
		before, after float64
	}{{proxy.Energy, 1, -1}, {proxy.KL, 1, -1}, {proxy.Reconstruction, 1, -1}, {proxy.Taylor, -1, 1}} {
		for stage, want := range map[curve.Stage]float64{curve.Pruned: c.before, curve.Retrained: c.after} {
			o := r.Orders[c.kind][stage]
			if o.Layers != 3 || math.Abs(o.Spearman.Value-want) > 1e-12 || math.Abs(o.Kendall.Value-want) > 1e-12 {
				t.Errorf("%s %s: %+v, want %v", c.kind, stage, o, want)
			}
			if o.Spearman.P != nil || o.Kendall.P != nil {
				t.Errorf("%s %s: three layers have a p", c.kind, stage)
			}
		}
	}
	if o, ok := r.Orders[proxy.Fisher][curve.Pruned]; !ok || len(o.Spearman.Warnings) != 1 || o.Ordered() {
		t.Errorf("predictions that are all equal: %+v, %v", o, ok)
	}
}

func TestTwoLayersHaveNoOrder(t *testing.T) {
	rs := study(t, "conv1", "fc1")
	if len(rs) != 1 {
		t.Fatalf("%+v", rs)
	}
	if o, ok := rs[0].Orders[proxy.KL][curve.Pruned]; ok {
		t.Errorf("two layers have an order: %+v", o)
	}
}
