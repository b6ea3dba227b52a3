package runner

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"prunelab/experiments/trial"
)

// proxySpecs are points of a scan, with proxies or without.
func proxySpecs(proxies bool) []trial.Spec {
	var specs []trial.Spec
	for _, layers := range [][]string{{"conv1"}, {"fc1"}, {"fc2"}, {"conv1", "fc1", "fc2"}} {
		for _, ratio := range []float64{0.5, 0.9} {
			specs = append(specs, storySpec(trial.Level{Prune: cut(ratio, layers...), Proxies: proxies}))
		}
	}
	return specs
}

func result(t *testing.T, o trial.Outcome) string {
	t.Helper()
	b, err := json.Marshal(o.Result)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Proxies are the same in a scan, whatever else is in it, and of a trial by
// itself; and they change nothing else.
func TestProxiesOfScansAndSingleTrials(t *testing.T) {
	d, ctx := storyData(), context.Background()
	specs, plain := proxySpecs(true), proxySpecs(false)
	mixed, err := scan(ctx, trained(t, d), d, append(plain[3:5:5], specs...))
	if err != nil {
		t.Fatal(err)
	}
	without, err := scan(ctx, trained(t, d), d, plain)
	if err != nil {
		t.Fatal(err)
	}
	if result(t, mixed[0]) != result(t, without[3]) || mixed[0].Result.Proxies != nil {
		t.Error("a point that asks for no proxies differs beside some that do")
	}
	for i, o := range mixed[2:] {
		alone, _, err := single(ctx, trained(t, d), d, specs[i])
		if err != nil {
			t.Fatal(err)
		}
		if result(t, alone) != result(t, o) {
			t.Errorf("%v: alone\n%s\nin a scan\n%s", specs[i].Levels[0].Prune, result(t, alone), result(t, o))
		}
		p := o.Result.Proxies
		if p == nil || p.Images != 200 || len(p.Layers) != len(specs[i].Levels[0].Prune.Layers) {
			t.Fatalf("proxies %+v", p)
		}
		if !(p.KL > 0) {
			t.Errorf("KL %v", p.KL)
		}
		for _, l := range p.Layers {
			if !(l.Energy > 0 && l.Energy < 1 && l.Taylor > 0 && l.Fisher > 0 && l.Reconstruction > 0) {
				t.Errorf("%+v", l)
			}
			for _, r := range o.Result.Layers {
				if kept := r.NormKept / r.NormStart; r.Name == l.Layer && math.Abs(l.Energy-(1-kept*kept)) > 1e-9 {
					t.Errorf("%s: energy %v, the norms say %v", l.Layer, l.Energy, 1-kept*kept)
				}
			}
		}
		o.Result.Proxies = nil
		if result(t, o) != result(t, without[i]) {
			t.Error("proxies changed the result")
		}
	}
}

// Proxies come from training images alone: those that a trial is scored on may
// be any.
func TestProxiesDoNotSeeWhatIsEvaluated(t *testing.T) {
	d, ctx := storyData(), context.Background()
	from := trained(t, d)
	other := *d
	half := *d.Valid
	half.Labels, half.Images = half.Labels[:70], half.Images[:70*storyShape.Features()]
	other.Valid = &half
	specs := proxySpecs(true)
	a, err := scan(ctx, from, d, specs)
	if err != nil {
		t.Fatal(err)
	}
	b, err := scan(ctx, from, &other, specs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		x, errX := json.Marshal(a[i].Result.Proxies)
		y, errY := json.Marshal(b[i].Result.Proxies)
		if errX != nil || errY != nil || string(x) != string(y) {
			t.Errorf("%s and %s", x, y)
		}
		if a[i].Result.Pruned.N == b[i].Result.Pruned.N {
			t.Error("both were scored on the same images")
		}
	}
}
