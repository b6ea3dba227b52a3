package overlap

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/nn"
	"prunelab/model/prune"
)

// study makes up a study of arms whose trials keep what keep says of a layer of
// size weights, and of one of 3 of which all arms keep the first.
func study(t *testing.T, size int, arms []string, seeds []uint64, keep func(arm string, seed uint64) []int32) *group.Study {
	t.Helper()
	p := trial.Plan{Study: "made-up", Arms: arms, Layers: []string{"fc1", "fc2"}, Kinds: []string{"dense", "dense"}}
	var outs []trial.Outcome
	for i, arm := range arms {
		for _, seed := range seeds {
			s := trial.Spec{Seed: seed, Levels: []trial.Level{{Prune: prune.Config{Layers: []string{"fc1", "fc2"}}}}}
			s.Train.Epochs = i + 1
			index := keep(arm, seed)
			o := trial.Outcome{Key: s.Key(), Spec: s, Status: trial.Done}
			o.Result.Layers = []trial.LayerResult{
				{Name: "fc1", Size: size, Removed: size - len(index), Kept: sample(t, size, index)},
				{Name: "fc2", Size: 3, Removed: 2, Kept: sample(t, 3, []int32{0})},
			}
			p.Trials = append(p.Trials, s)
			p.Cells = append(p.Cells, trial.Cell{Series: trial.Series{Arm: arm, Target: "all", Method: trial.Plain(), Parameter: trial.Ratio}, Requested: 0.5, Round: 1, Role: trial.Point, Seed: seed, Key: s.Key()})
			outs = append(outs, o)
		}
	}
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sample(t *testing.T, size int, index []int32) []byte {
	t.Helper()
	p, err := nn.NewMask(size, index)
	if err != nil {
		t.Fatal(err)
	}
	return prune.Sample(p)
}

func only(t *testing.T, g *group.Study) Set {
	t.Helper()
	sets, err := FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 1 {
		t.Fatalf("%d sets, want one", len(sets))
	}
	return sets[0]
}

func curveOf(t *testing.T, s Set, a, b, layer string) Point {
	t.Helper()
	for _, c := range s.Curves {
		if c.A == a && c.B == b && c.Layer == layer {
			if len(c.Points) != 1 {
				t.Fatalf("%s, %s: %d points, want one", c.Words(), layer, len(c.Points))
			}
			return c.Points[0]
		}
	}
	t.Fatalf("no curve of %s and %s, layer %q", a, b, layer)
	return Point{}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestOverlapByHand(t *testing.T) {
	masks := map[string]map[uint64][]int32{
		"L2":    {1: {0, 1, 2, 3}, 2: {4, 5, 6, 7}, 3: {0, 1, 4, 5}},
		"L1":    {1: {2, 3, 4, 5}, 2: {4, 5, 6, 7}, 3: {6, 7}},
		"L1→L2": {1: {2, 3, 4, 5}, 2: {4, 5, 6, 7}, 3: {6, 7}},
	}
	s := only(t, study(t, 10, []string{"L2", "L1", "L1→L2"}, []uint64{1, 2, 3}, func(arm string, seed uint64) []int32 { return masks[arm][seed] }))
	if !slices.Equal(s.Arms, []string{"L2", "L1"}) || !slices.Equal(s.Shared, []string{"L1→L2 has the same masks as L1"}) {
		t.Errorf("arms %v, shared %v", s.Arms, s.Shared)
	}
	if !slices.Equal(s.Layers, []string{"fc1", "fc2"}) {
		t.Errorf("layers %v", s.Layers)
	}
	// fc1, L2 and L1: 2/6, 4/4, 0/6; by chance, of 10 weights with 4 and 4, 4 and
	// 4, 4 and 2 kept: 1.6/6.4 twice, 0.8/5.2.
	p := curveOf(t, s, "L2", "L1", "fc1")
	if want := (2./6 + 1 + 0) / 3; !near(p.Jaccard.Value, want) || p.Jaccard.N != 3 || p.Jaccard.Level != curve.Level {
		t.Errorf("arms: %+v, want %v over three seeds", p.Jaccard, want)
	}
	if want := (2*1.6/6.4 + 0.8/5.2) / 3; !near(p.Chance, want) {
		t.Errorf("by chance %v, want %v", p.Chance, want)
	}
	if want := 1 - (4+4+3)/30.; !near(p.Sparsity, want) {
		t.Errorf("sparsity %v, want %v", p.Sparsity, want)
	}
	// Both layers: fc2 adds one kept by both to each.
	if p, want := curveOf(t, s, "L2", "L1", ""), (3./7+1+1./7)/3; !near(p.Jaccard.Value, want) {
		t.Errorf("all layers: %v, want %v", p.Jaccard.Value, want)
	}
	// The seeds of L2: 0/8, 2/6, 2/6.
	if p, want := curveOf(t, s, "L2", "L2", "fc1"), (0+2./6+2./6)/3; !near(p.Jaccard.Value, want) || p.Jaccard.N != 3 || p.Jaccard.Level != 0 {
		t.Errorf("seeds of L2: %+v, want %v over three pairs, without an interval", p.Jaccard, want)
	}
}

// Independent masks of a large layer overlap as chance has it.
func TestIndependentMasks(t *testing.T) {
	const size, density = 200_000, 0.1
	r := rand.New(rand.NewPCG(3, 4))
	s := only(t, study(t, size, []string{"a"}, []uint64{1, 2, 3, 4, 5, 6}, func(string, uint64) []int32 {
		var index []int32
		for i := range int32(size) {
			if r.Float64() < density {
				index = append(index, i)
			}
		}
		return index
	}))
	p := curveOf(t, s, "a", "a", "fc1")
	if p.Jaccard.N != 15 || math.Abs(p.Chance-density/(2-density)) > 0.001 || math.Abs(p.Jaccard.Value-p.Chance) > 0.008 {
		t.Errorf("overlap %.4f over %d pairs, by chance %.4f; want about %.4f", p.Jaccard.Value, p.Jaccard.N, p.Chance, density/(2-density))
	}
}

// Outcomes without a record of masks, as older programs left them, give nothing.
func TestNoMasksNoOverlap(t *testing.T) {
	g := study(t, 10, []string{"a", "b"}, []uint64{1, 2}, func(string, uint64) []int32 { return []int32{1} })
	var outs []trial.Outcome
	for _, s := range g.Plan.Trials {
		o := *g.Outcome(s.Key())
		o.Result.Layers = slices.Clone(o.Result.Layers)
		for i := range o.Result.Layers {
			o.Result.Layers[i].Kept = nil
		}
		outs = append(outs, o)
	}
	without, err := group.New(g.Plan, outs)
	if err != nil {
		t.Fatal(err)
	}
	if sets, err := FromGroups(without); err != nil || len(sets) != 0 {
		t.Errorf("%d sets, %v", len(sets), err)
	}
}

// The masks of a network from a file are one for all seeds: they do not agree by
// themselves.
func TestSeedsOfAFixedNetworkAreNotCompared(t *testing.T) {
	g := study(t, 10, []string{"A"}, []uint64{1, 2, 3}, func(string, uint64) []int32 { return []int32{1, 2} })
	fixed := g.Plan
	var outs []trial.Outcome
	for i := range fixed.Trials {
		o := *g.Outcome(fixed.Trials[i].Key())
		fixed.Trials[i].Net.Source = "a digest"
		o.Spec, o.Key = fixed.Trials[i], fixed.Trials[i].Key()
		fixed.Cells[i].Key = o.Key
		outs = append(outs, o)
	}
	g, err := group.New(fixed, outs)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 0 {
		t.Errorf("the seeds of one network are compared: %+v", sets)
	}
}
