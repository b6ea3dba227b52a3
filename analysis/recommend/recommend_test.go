package recommend

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/rng"
)

// measured is a layer with these mean losses at these sparsities.
func measured(size int, points ...[2]float64) Layer {
	var c curve.Curve
	for _, p := range points {
		c.Points = append(c.Points, curve.Point{Sparsity: p[0], Loss: stats.Estimate{Value: p[1], N: 3}})
	}
	l := Layer{Size: size, DenseMACs: size}
	l.Profile, l.Measured = newProfile(c, disturbance{}, 1)
	return l
}

func alone(l Layer, budget float64) float64 {
	r := Recommendation{Config: Config{Objective: Weights}, Joint: Joint{Exponent: 1}, Layers: []Layer{l}}
	return r.allocate(budget)[0]
}

// A recommended ratio is one that holds, not the first that breaks the budget.
func TestTheRatioThatBreaksTheBudgetIsNotRecommended(t *testing.T) {
	got := alone(measured(10000, [2]float64{0.2, 0.01}, [2]float64{0.4, 0.04}, [2]float64{0.6, 0.2}), 0.05)
	want := 1 - 1/(1/0.6+(1/0.4-1/0.6)*0.01/0.16)
	if got > want || got < want-2*fine {
		t.Errorf("recommended %v, want %v at most and no less than the grid allows", got, want)
	}
}

// A lucky point beyond a broken middle does not count.
func TestALuckyPointPastABrokenMiddleIsNotRecommended(t *testing.T) {
	got := alone(measured(10000, [2]float64{0.1, 0.02}, [2]float64{0.3, 0.30}, [2]float64{0.5, 0.04}, [2]float64{0.7, 0.5}), 0.05)
	want := 1 - 1/(1/0.9+(1/0.7-1/0.9)*0.03/0.28)
	if got > want || got < want-2*fine {
		t.Errorf("recommended %v, want %v", got, want)
	}
}

// Where the first loss is over the budget already, the way to it is read where the
// layer was pruned at ratios between, if without retraining, and the first loss is
// near; from the least of these ratios on. Else nothing is known below the first.
func TestTheWayToAFirstPointOverTheBudget(t *testing.T) {
	even := func(sparsity ...float64) (d disturbance) { // grows with the compression
		for _, s := range sparsity {
			d.sparsity, d.ratio = append(d.sparsity, s), append(d.ratio, compression(s)-1)
		}
		return d
	}
	for _, x := range []struct {
		what  string
		first float64
		d     disturbance
		want  float64
	}{
		{"pruned between", 0.5, even(0.1, 0.3, 0.5), 1.0 / 3}, // a compression of 1.5, half the way from 1 to 2
		{"pruned farther on", 0.5, even(0.4, 0.5), 0},
		{"nothing between", 0.5, disturbance{}, 0},
		{"a first loss that is far", 0.8, even(0.1, 0.3, 0.5, 0.8), 0},
	} {
		c := curve.Curve{Points: []curve.Point{{Sparsity: x.first, Loss: stats.Estimate{Value: 0.1, N: 3}}}}
		l := Layer{Size: 10000, DenseMACs: 10000, Name: "fc1", disturbed: x.d}
		l.Profile, l.Measured = newProfile(c, x.d, 1)
		if got := alone(l, 0.05); math.Abs(got-x.want) > 2*fine {
			t.Errorf("%s: recommended %v, want %v", x.what, got, x.want)
		}
		if _, ok := l.at(l.Profile.Least / 2); ok {
			t.Errorf("%s: a loss at %v, where nothing was measured", x.what, l.Profile.Least/2)
		}
		if loss, ok := l.at(l.Profile.Least); !ok || loss > 0.1+1e-12 {
			t.Errorf("%s: no loss at the least ratio, %v", x.what, l.Profile.Least)
		}
		if loss, ok := l.at(0); !ok || loss != 0 {
			t.Errorf("%s: without pruning the loss is %v, %v", x.what, loss, ok)
		}
		l.settle(0)
		r := &Recommendation{Config: Config{Arm: "L2", Budget: 0.05, Objective: Weights}, Joint: Joint{Exponent: 1}, Layers: []Layer{l}}
		if note := Table([]*Recommendation{r}).Rows[0][3].Note; !strings.Contains(note, "was not measured") {
			t.Errorf("%s: of a layer that is kept whole it is said %q", x.what, note)
		}
	}
}

// A ratio that follows from counts is shown with the digits of its column.
func TestRatiosOfNotesAreRounded(t *testing.T) {
	r := &Recommendation{Config: Config{Arm: "L2", Budget: 0.05, Objective: Weights}, Joint: Joint{Exponent: 1},
		Layers: []Layer{{Name: "conv1", Size: 216, Measured: true, Profile: Profile{Least: 1 - 151.0/216}}}}
	if note := Table([]*Recommendation{r}).Rows[0][3].Note; !strings.Contains(note, "less than 0.3009 of it") {
		t.Errorf("said is %q", note)
	}
}

// A study that was scored on the test set has no say in what is pruned.
func TestNothingIsChosenOnTheTestSet(t *testing.T) {
	for _, split := range []trial.Split{trial.Validation, trial.Test} {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1}, Sweeps: []fixtures.Sweep{fixtures.One("fc1", false, 0.5)},
			Correct: func(fixtures.At) int { return 900 }})
		p.Split = split
		g, err := group.New(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		curves, err := curve.FromGroups(g)
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(g, curves, Config{Arm: "L2", Budget: 0.01, Objective: Weights})
		if split == trial.Test && !errors.Is(err, ErrTest) || split == trial.Validation && err != nil {
			t.Errorf("%s: %+v, %v", split, r, err)
		}
	}
}

// Layers that a sweep prunes alone and retrains in its own way are recommended
// from. Of several ways the arm's own counts, else the first by its words, and the
// table says which.
func TestWhoseLossesAreRead(t *testing.T) {
	alone := func(retrain bool, epochs int, layers ...string) []fixtures.Sweep {
		var sweeps []fixtures.Sweep
		for _, l := range layers {
			w := fixtures.One(l, retrain, 0.5, 0.9)
			w.Epochs = epochs
			sweeps = append(sweeps, w)
		}
		return sweeps
	}
	every := []string{"conv1", "fc1", "fc2"}
	random, global := fixtures.All(true, 0.5), fixtures.All(true, 0.5)
	random.Random, global.Global = true, true
	for name, c := range map[string]struct {
		sweeps [][]fixtures.Sweep
		method string
		stage  curve.Stage
		note   string
	}{
		"one of its own": {[][]fixtures.Sweep{alone(true, 2, every...)}, "magnitude, 2 epochs", curve.Retrained,
			"Arm L2: the losses are those of the layers pruned by magnitude, 2 epochs."},
		"the arm's": {[][]fixtures.Sweep{alone(true, 0, every...), {random, global}}, "magnitude", curve.Retrained, ""},
		"both": {[][]fixtures.Sweep{alone(true, 2, every...), alone(true, 0, every...)}, "magnitude", curve.Retrained,
			"Arm L2: the losses are those of the layers pruned by magnitude; those by magnitude, 2 epochs were not read."},
		"two of its own": {[][]fixtures.Sweep{alone(true, 5, every...), alone(true, 2, every...)}, "magnitude, 2 epochs", curve.Retrained,
			"Arm L2: the losses are those of the layers pruned by magnitude, 2 epochs; those by magnitude, 5 epochs were not read."},
		"the arm's of a part": {[][]fixtures.Sweep{alone(true, 0, every[:2]...), alone(true, 2, every...)}, "magnitude, 2 epochs", curve.Retrained,
			"Arm L2: the losses are those of the layers pruned by magnitude, 2 epochs; those by magnitude were not read."},
		"a scan beside it": {[][]fixtures.Sweep{alone(false, 0, every...), alone(true, 2, every...)}, "magnitude, 2 epochs", curve.Retrained,
			"Arm L2: the losses are those of the layers pruned by magnitude, 2 epochs; those by magnitude were not read."},
		"a scan": {[][]fixtures.Sweep{alone(false, 0, every...)}, "magnitude", curve.Pruned, ""},
	} {
		p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3}, Sweeps: slices.Concat(c.sweeps...),
			Correct: func(a fixtures.At) int { return 900 - int(40*a.Ratio) + int(a.Seed) }})
		g, err := group.New(p, outs)
		if err != nil {
			t.Fatal(err)
		}
		curves, err := curve.FromGroups(g)
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(g, curves, Config{Arm: "L2", Budget: 0.05, Objective: Weights})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Method.String() != c.method || r.Stage != c.stage {
			t.Errorf("%s: %q %s was read, want %q %s", name, r.Method, r.Stage, c.method, c.stage)
		}
		if r.Overall() == 0 {
			t.Errorf("%s: nothing is recommended", name)
		}
		notes := Table([]*Recommendation{r}).Notes
		if said := slices.Contains(notes, c.note); said != (c.note != "") || c.note == "" && len(notes) != 3 {
			t.Errorf("%s: the notes %q, want %q", name, notes, c.note)
		}
	}
}

// What was not measured is not promised.
func TestNoRatioBeyondWhatWasMeasured(t *testing.T) {
	if got := alone(measured(10000, [2]float64{0.5, 0}, [2]float64{0.9, 0.001}), 0.05); got != 0.9 {
		t.Errorf("recommended %v, want 0.9, the largest measured", got)
	}
	if got := alone(Layer{Size: 10000}, 0.05); got != 0 {
		t.Errorf("recommended %v of a layer that was not pruned alone", got)
	}
}

// randomLayers have profiles of any shape.
func randomLayers(r *rand.Rand) []Layer {
	var ls []Layer
	for range 3 {
		var points [][2]float64
		loss := 0.0
		for _, s := range []float64{0.2, 0.5, 0.8, 0.95} {
			loss += 0.03 * r.Float64() * r.Float64()
			points = append(points, [2]float64{s, loss})
		}
		l := measured(100+r.IntN(20000), points...)
		l.DenseMACs = 1 + r.IntN(100000)
		ls = append(ls, l)
	}
	return ls
}

func TestAllocationKeepsTheBudgetAndBeatsEveryCoarserDivision(t *testing.T) {
	const parts = 40 // of the budget's amplitude; a divisor of steps
	for seed := range uint64(20) {
		for _, objective := range []Objective{Weights, MACs} {
			for _, q := range []float64{1, 1.7, 2} {
				r := Recommendation{Config: Config{Objective: objective}, Joint: Joint{Exponent: q}, Layers: randomLayers(rng.Stream(seed, "layers"))}
				const budget = 0.02
				gain := 0.0
				ratios := r.allocate(budget)
				for i, ratio := range ratios {
					gain += r.gain(r.Layers[i], ratio)
				}
				loss, ok := r.Predict(ratios)
				if !ok {
					t.Fatalf("seed %d: ratios %v lie beyond what was measured", seed, ratios)
				}
				if loss > budget+1e-12 {
					t.Errorf("seed %d, %s, q = %v: the joint loss is %v, over the budget", seed, objective, q, loss)
				}
				best := 0.0
				for a := range parts + 1 {
					for b := range parts + 1 - a {
						g := 0.0
						for i, share := range []int{a, b, parts - a - b} {
							part := r.Joint.ofAmplitude(r.Joint.amplitude(budget) * float64(share) / parts)
							g += r.gain(r.Layers[i], r.Layers[i].within(part))
						}
						best = max(best, g)
					}
				}
				if gain < best {
					t.Errorf("seed %d, %s, q = %v: %v is removed, the best of the divisions tried removes %v", seed, objective, q, gain, best)
				}
			}
		}
	}
}

// A ratio that is rounded to a weight beyond the last that was measured loses what
// that one lost; the loss does not drop out.
func TestARatioRoundedBeyondTheLastPointKeepsItsLoss(t *testing.T) {
	for _, last := range []float64{0.93, 0.9296, 0.93 - 1e-12} {
		l := measured(1000, [2]float64{0.5, 0.01}, [2]float64{last, 0.02})
		l.settle(0.93)
		if l.Loss != 0.02 || !l.Open {
			t.Errorf("measured up to %v it loses %v at 0.93, open %v", last, l.Loss, l.Open)
		}
		r := Recommendation{Layers: []Layer{l}, Joint: Joint{Exponent: 1}}
		if v, ok := r.Predict([]float64{0.93}); !ok || math.Abs(v-0.02) > 1e-12 {
			t.Errorf("measured up to %v the network is predicted to lose %v, %v", last, v, ok)
		}
	}
	l := measured(1000, [2]float64{0.5, 0.01})
	r := Recommendation{Layers: []Layer{l}, Joint: Joint{Exponent: 1}}
	if _, ok := r.Predict([]float64{0.6}); ok {
		t.Error("what lies far beyond was promised")
	}
}

// Ratios that were chosen by intervals over images are said to be so, and what cannot be
// told from none by these is passed over.
func TestRatiosOfAFixedNetworkSayWhatTheyWereChosenBy(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1},
		Sweeps: []fixtures.Sweep{fixtures.One("conv1", false, 0.3, 0.5, 0.9), fixtures.One("fc1", false, 0.3, 0.5, 0.9), fixtures.One("fc2", false, 0.3, 0.5, 0.9)},
		Correct: func(a fixtures.At) int {
			return map[float64]int{0: 900, 0.3: 899, 0.5: 880, 0.9: 500}[a.Ratio]
		}})
	fixtures.FromFile("a digest", &p, outs)
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(g, curves, Config{Arm: "L2", Budget: 0.05, Objective: Weights})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Images {
		t.Error("the intervals are not said to be over images")
	}
	for _, l := range r.Layers {
		if len(l.Profile.Loss) < 2 || slices.Contains(l.Profile.Loss, 0.001) || !slices.Contains(l.Profile.Loss, 0.02) {
			t.Errorf("%s: 1 image of 1000 can be told from none: %+v", l.Name, l.Profile)
		}
	}
	if notes := strings.Join(Table([]*Recommendation{r}).Notes, " "); !strings.Contains(notes, "chosen on the very images") {
		t.Error(notes)
	}
}
