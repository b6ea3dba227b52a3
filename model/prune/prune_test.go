package prune_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

func network(t testing.TB) *nn.Network {
	t.Helper()
	c := nn.Config{Input: dataset.Shape{C: 1, H: 5, W: 4}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindDense, Units: 13, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 7, Name: "fc2"}}}
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func stream(layer string) *rand.Rand { return rng.Stream(1, "prune", layer) }

func cut(t interface{ Fatal(...any) }, net *nn.Network, c prune.Config) prune.Selection {
	s, err := prune.Score(net, c, stream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := prune.Select(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func byRatio(criterion prune.Criterion, scope prune.Scope, amounts ...float64) prune.Config {
	return prune.Config{Layers: []string{"fc1", "fc2"}, Criterion: criterion, Scope: scope, Rule: prune.ByRatio, Amounts: amounts}
}

// A threshold taken from the sorted magnitudes removes one weight too many,
// and everything when all are equal.
func TestExactlyTheRequestedCountIsRemoved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		net := network(t)
		levels := rapid.IntRange(1, 4).Draw(rt, "distinct magnitudes")
		for _, p := range net.Weights() {
			for i := range p.Value {
				p.Value[i] = float32(rapid.IntRange(-levels, levels).Draw(rt, "w"))
			}
		}
		ratio := rapid.Float64Range(0, 1).Draw(rt, "ratio")
		criterion := rapid.SampledFrom(prune.Criteria()).Draw(rt, "criterion")
		for _, m := range cut(rt, net, byRatio(criterion, prune.PerLayer, ratio, ratio)) {
			want := int(math.Round(ratio * float64(m.Mask.Size)))
			if m.Removed != want || m.Requested != want || len(m.Mask.Kept) != m.Mask.Size-want {
				rt.Fatalf("%s: %d removed, %d requested, want %d", m.Layer, m.Removed, m.Requested, want)
			}
		}
		total := 0
		for _, m := range cut(rt, net, byRatio(criterion, prune.Global, ratio)) {
			total += m.Removed
		}
		if want := int(math.Round(ratio * (260 + 91))); total != want {
			rt.Fatalf("global: %d removed, want %d", total, want)
		}
	})
}

// No layer is passed over: not for its type, nor for a shape that others do not
// have, as a window of one or a single unit.
func TestEveryLayerOfEveryNetworkIsPruned(t *testing.T) {
	input := dataset.Shape{C: 3, H: 34, W: 33}
	networks := map[string]nn.Config{"unusual": {Input: input, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Units: 3, Kernel: 7, Stride: 3, Padding: 2, Name: "stem"}, {Kind: nn.KindConv, Units: 5, Kernel: 1, Stride: 1, Name: "mix"},
		{Kind: nn.KindConv, Units: 1, Kernel: 2, Stride: 1, Name: "one"}, {Kind: nn.KindDense, Units: 1, Name: "neck"}, {Kind: nn.KindDense, Units: 11, Name: "head"}}}}
	for _, name := range nn.BuiltinNames() {
		networks[name], _ = nn.Builtin(name, input, 10)
	}
	for name, c := range networks {
		var layers []string
		for _, l := range c.Layers {
			if l.HasWeights() {
				layers = append(layers, l.Name)
			}
		}
		net, err := nn.Build(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		all := prune.Config{Layers: layers, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
		for i := range layers {
			all.Amounts = append(all.Amounts, 0.9-0.1*float64(i%5))
		}
		if err := cut(t, net, all).Apply(net); err != nil {
			t.Fatal(err)
		}
		if len(net.Weights()) != len(layers) {
			t.Errorf("%s: %d layers with weights, want %v", name, len(net.Weights()), layers)
		}
		for i, layer := range layers {
			w := net.Affine(layer).W
			zeros := 0
			for _, v := range w.Dense() {
				zeros += b2i(v == 0)
			}
			if want := int(math.Round(all.Amounts[i] * float64(w.Size()))); zeros != want || w.Size()-w.Left() != want {
				t.Errorf("%s, %s: %d of %d weights are zero, %d are left; %d were to go", name, layer, zeros, w.Size(), w.Left(), want)
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestTheSmallestGoAndTiesGoByPosition(t *testing.T) {
	net := network(t)
	w := net.Weights()[1]
	for i := range w.Value {
		w.Value[i] = 2
	}
	w.Value[50], w.Value[3] = -1, 1
	m := cut(t, net, prune.Config{Layers: []string{"fc2"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{4.0 / 91}})
	if got, want := m[0].Mask.Removed(), []int32{0, 1, 3, 50}; !slices.Equal(got, want) {
		t.Errorf("removed %v, want %v", got, want)
	}
	if m[0].Threshold == nil || *m[0].Threshold != 2 {
		t.Errorf("threshold %v, want 2", m[0].Threshold)
	}
}

// Where more weights are exactly zero than have to go, their order must not be
// that of their position: it would empty the first units.
func TestTiesAtZeroGoByStream(t *testing.T) {
	net := network(t)
	clear(net.Weights()[0].Value)
	m := cut(t, net, byRatio(prune.Magnitude, prune.PerLayer, 0.5, 0))
	if !m[0].TiedZeros || m[1].TiedZeros {
		t.Errorf("tied zeros: %v and %v, want true and false", m[0].TiedZeros, m[1].TiedZeros)
	}
	if m[0].Removed != 130 || m[0].Mask.Removed()[129] == 129 {
		t.Error("the first half of the weights went, in order")
	}
}

func TestLaterMasksLieWithinEarlierOnes(t *testing.T) {
	for _, criterion := range prune.Criteria() {
		net := network(t)
		before := []*nn.Mask{nil, nil}
		for _, ratio := range []float64{0.2, 0.36, 0.9, 0.9, 1} {
			m := cut(t, net, byRatio(criterion, prune.PerLayer, ratio, ratio))
			if err := m.Apply(net); err != nil {
				t.Fatal(err)
			}
			for i, l := range m {
				if before[i] != nil && !l.Mask.Within(before[i]) {
					t.Errorf("%s at %v: the mask of %s is not nested", criterion, ratio, l.Layer)
				}
				if want := int(math.Round(ratio * float64(l.Mask.Size))); net.Weights()[i].Left() != l.Mask.Size-want {
					t.Errorf("%s at %v: %d weights left in %s", criterion, ratio, net.Weights()[i].Left(), l.Layer)
				}
				before[i] = l.Mask
			}
		}
	}
}

func TestRandomIsNestedOverRatiosAndRounds(t *testing.T) {
	once := cut(t, network(t), byRatio(prune.Random, prune.PerLayer, 0.9, 0.9))
	net := network(t)
	if err := cut(t, net, byRatio(prune.Random, prune.PerLayer, 0.5, 0.5)).Apply(net); err != nil {
		t.Fatal(err)
	}
	twice := cut(t, net, byRatio(prune.Random, prune.PerLayer, 0.9, 0.9))
	for i := range once {
		if !slices.Equal(once[i].Mask.Kept, twice[i].Mask.Kept) {
			t.Errorf("%s: 90 %% at once and after 50 %% differ", once[i].Layer)
		}
	}
}

func TestFewerThanAreGoneAlreadyIsAnError(t *testing.T) {
	net := network(t)
	if err := cut(t, net, byRatio(prune.Magnitude, prune.PerLayer, 0.5, 0.5)).Apply(net); err != nil {
		t.Fatal(err)
	}
	c := byRatio(prune.Magnitude, prune.PerLayer, 0.4, 0.4)
	s, err := prune.Score(net, c, stream)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prune.Select(s, c); err == nil {
		t.Error("40 % after 50 % was accepted")
	}
}

// Quality x standard deviation removes, of normally distributed weights, the
// fraction erf(q/sqrt 2): 38.3 % at 0.5, 68.3 % at 1, 95.4 % at 2.
func TestQualityOfNormalWeights(t *testing.T) {
	c := nn.Config{Input: dataset.Shape{C: 1, H: 1, W: 400}, Init: nn.InitHe, Layers: []nn.LayerConfig{{Kind: nn.KindDense, Units: 250, Name: "fc1"}}}
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []float64{0.5, 1, 1.5, 2} {
		m := cut(t, net, prune.Config{Layers: []string{"fc1"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByQuality, Amounts: []float64{q}})
		got, want := float64(m[0].Removed)/100000, math.Erf(q/math.Sqrt2)
		if math.Abs(got-want) > 0.006 { // four standard errors of 100,000 draws
			t.Errorf("quality %v removed %.4f, want %.4f", q, got, want)
		}
		if std := prune.Std(net.Weights()[0].Value); m[0].Threshold == nil || *m[0].Threshold >= q*std {
			t.Errorf("quality %v: removed up to %v, the threshold is %v", q, m[0].Threshold, q*std)
		}
	}
}

func TestGlobalRankingTakesFromTheLayerWithSmallWeights(t *testing.T) {
	net := network(t)
	for _, p := range net.Weights() {
		scale := float32(1)
		if p.Layer == "fc2" {
			scale = 1000
		}
		for i := range p.Value {
			p.Value[i] = scale * (1 + float32(i)/1000)
		}
	}
	m := cut(t, net, byRatio(prune.Magnitude, prune.Global, 260.0/351))
	if m[0].Removed != 260 || m[1].Removed != 0 {
		t.Errorf("removed %d and %d, want all 260 of fc1 and none of fc2", m[0].Removed, m[1].Removed)
	}
}

// However the ranking is made, nothing that is kept comes before what is
// removed.
func TestNothingKeptIsSmallerThanWhatIsRemoved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		net := network(t)
		for _, p := range net.Weights() {
			for i := range p.Value {
				p.Value[i] = rapid.Float32Range(-1, 1).Draw(rt, "w")
			}
		}
		ratio := rapid.Float64Range(0, 1).Draw(rt, "ratio")
		for i, m := range cut(rt, net, byRatio(prune.Magnitude, prune.PerLayer, ratio, ratio)) {
			w := net.Weights()[i].Value
			largest := float32(-1)
			for _, at := range m.Mask.Removed() {
				largest = max(largest, abs(w[at]))
			}
			for _, at := range m.Mask.Kept {
				if abs(w[at]) < largest {
					rt.Fatalf("%s keeps %v and removes %v", m.Layer, w[at], largest)
				}
			}
		}
	})
}

func abs(v float32) float32 { return max(v, -v) }

// An own score ranks like a criterion: here the largest weights go, in both
// layers together.
func TestOwnScores(t *testing.T) {
	net := network(t)
	layers := []string{net.Weights()[0].Layer, net.Weights()[1].Layer}
	smallest := func(a *nn.Affine) []float32 {
		score := make([]float32, a.W.Left())
		for j, v := range a.W.Survivors() {
			score[j] = 100 - max(v, -v)
		}
		return score
	}
	scores, err := prune.ScoreBy(net, layers, smallest)
	if err != nil {
		t.Fatal(err)
	}
	selection, err := prune.Select(scores, prune.Config{Scope: prune.Global, Rule: prune.ByRatio, Amounts: []float64{0.3}})
	if err != nil {
		t.Fatal(err)
	}
	var least, most float32 = 100, 0 // of |w|: least removed, most kept
	total := 0
	for i, s := range selection {
		w := net.Weights()[i].Dense()
		for _, at := range s.Mask.Removed() {
			least = min(least, max(w[at], -w[at]))
		}
		for _, at := range s.Mask.Kept {
			most = max(most, max(w[at], -w[at]))
		}
		total += s.Removed
	}
	if want := prune.Count(0.3, 260+91); total != want || least < most {
		t.Errorf("%d weights from |w| = %v on went and up to %v stayed; want %d, the largest", total, least, most, want)
	}
	for what, bad := range map[string][]float32{
		"too few": make([]float32, 3), "negative": append(make([]float32, 259), -1), "not a number": append(make([]float32, 259), float32(math.NaN())),
	} {
		if _, err := prune.ScoreBy(net, layers[:1], func(*nn.Affine) []float32 { return bad }); err == nil {
			t.Errorf("scores that are %s were taken", what)
		}
	}
}

func TestCountRoundsHalvesUpwards(t *testing.T) {
	for _, c := range []struct {
		ratio float64
		size  int
		want  int
	}{{0, 7, 0}, {0.5, 7, 4}, {0.9, 235200, 211680}, {0.1, 4, 0}, {0.125, 4, 1}, {1, 9, 9}} {
		if got := prune.Count(c.ratio, c.size); got != c.want {
			t.Errorf("%v of %d weights are %d, want %d", c.ratio, c.size, got, c.want)
		}
	}
}
