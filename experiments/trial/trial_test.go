package trial

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// example has a value in every field that is not optional, and a level of
// each kind.
func example() Spec {
	training := train.Config{
		Epochs: 12, Batch: 128, Dropout: train.DropoutSame,
		Optimizer:   optim.Config{Method: optim.SGD, LR: 0.1, Momentum: 0.9},
		Schedule:    optim.Schedule{Kind: optim.Steps, At: []float64{0.5, 0.8}, Factor: 0.1},
		Regularizer: regularizer.Config{L1: 5e-5},
	}
	retraining := training
	retraining.Start = train.StartKeep
	retraining.Schedule = optim.Schedule{Kind: optim.Constant}
	return Spec{
		Schema: 1,
		Data:   dataset.Config{Name: "mnist", Digest: "abc", Validation: 5000, SplitSeed: 1},
		Net: nn.Config{
			Input: dataset.Shape{C: 1, H: 28, W: 28}, Init: nn.InitHe,
			Layers: []nn.LayerConfig{{Kind: nn.KindDense, Name: "fc1", Units: 300}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Name: "fc2", Units: 10}},
		},
		Train: training,
		Levels: []Level{
			{Retrain: &retraining},
			{Prune: prune.Config{Layers: []string{"fc1", "fc2"}, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.9, 0.5}}, Retrain: &retraining},
			{Prune: prune.Config{Layers: []string{"fc1"}, Criterion: prune.Random, Scope: prune.Global, Rule: prune.ByRatio, Amounts: []float64{0.95}}},
		},
		Evaluate: Validation,
		Seed:     3,
	}
}

// Keys name files of finished trials. If this test fails, results that exist
// are no longer found: leave new fields out of the JSON when they are zero, or
// raise Schema when the numerics changed.
func TestKeysArePinned(t *testing.T) {
	s := example()
	for _, c := range []struct {
		what      string
		got, want Key
	}{
		{"trial", s.Key(), "a8c9e4af40912580919b04a3647d4e13cb4a8cb1fc4bbb2e6335977e4f84870a"},
		{"start", s.StartKey(), "1279c6b5e5cae12a4ab893f78fc373894bde966087951a9e6c7e31eeac6e173c"},
		{"base", s.BaseKey(), "e48f47794907f24debeb14e8ef0cdb7d7f6b57527210e61cafe03b25fc4930af"},
	} {
		if c.got != c.want {
			t.Errorf("the key of the %s is %s, want %s", c.what, c.got, c.want)
		}
	}
}

func TestStartAndBase(t *testing.T) {
	s := example()
	if got, want := s.StartKey(), s.Start().Key(); got != want {
		t.Errorf("StartKey %s, Start().Key() %s", got, want)
	}
	if got := s.Start().Start().Start().Key(); got != s.BaseKey() {
		t.Errorf("three levels back is %s, the base %s", got, s.BaseKey())
	}
	if got := s.Base().StartKey(); got != "" {
		t.Errorf("a dense network starts from %q", got)
	}
	before := s.Key()
	start := s.Start()
	start.Levels = append(start.Levels, Level{}) // must not reach into s
	if s.Key() != before {
		t.Error("appending to a start changed the trial")
	}
}

// Whatever field of a spec is changed, the key changes: no result is found
// under the name of another.
func TestEveryFieldChangesTheKey(t *testing.T) {
	seen := map[Key]string{example().Key(): "the example"}
	fields := 0
	var walk func(path string, at func(*Spec) reflect.Value, typ reflect.Type)
	walk = func(path string, at func(*Spec) reflect.Value, typ reflect.Type) {
		change := func(what string, f func(v reflect.Value)) {
			s := example()
			s.Levels = append([]Level(nil), s.Levels...)
			for i := range s.Levels {
				if r := s.Levels[i].Retrain; r != nil {
					c := *r
					s.Levels[i].Retrain = &c
				}
			}
			f(at(&s))
			k := s.Key()
			if other, ok := seen[k]; ok {
				t.Errorf("%s gives the key of %s", what, other)
			}
			seen[k] = what
			fields++
		}
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(path+"."+typ.Field(i).Name, func(s *Spec) reflect.Value { return at(s).Field(i) }, typ.Field(i).Type)
			}
		case reflect.Pointer:
			s := example()
			if v := at(&s); !v.IsNil() {
				walk(path, func(s *Spec) reflect.Value { return at(s).Elem() }, typ.Elem())
				change(path+" removed", func(v reflect.Value) { v.SetZero() })
			}
		case reflect.Slice:
			s := example()
			for i := range at(&s).Len() {
				walk(fmt.Sprintf("%s[%d]", path, i), func(s *Spec) reflect.Value { return at(s).Index(i) }, typ.Elem())
			}
			change(path+" longer", func(v reflect.Value) { v.Set(reflect.Append(v, reflect.Zero(typ.Elem()))) })
		case reflect.String:
			change(path, func(v reflect.Value) { v.SetString(v.String() + "'") })
		case reflect.Int:
			change(path, func(v reflect.Value) { v.SetInt(v.Int() + 1) })
		case reflect.Uint64:
			change(path, func(v reflect.Value) { v.SetUint(v.Uint() + 1) })
		case reflect.Float64:
			change(path, func(v reflect.Value) { v.SetFloat(math.Nextafter(v.Float(), 2)) })
		case reflect.Bool:
			change(path, func(v reflect.Value) { v.SetBool(!v.Bool()) })
		default:
			t.Errorf("%s is a %s, which this test does not change", path, typ)
		}
	}
	walk("Spec", func(s *Spec) reflect.Value { return reflect.ValueOf(s).Elem() }, reflect.TypeFor[Spec]())
	if fields < 100 {
		t.Errorf("only %d changes were tried", fields)
	}
}

// Fields that were added later must be left out when they are zero, or keys
// of results that exist would change. These are the ones that are always
// there.
func TestOptionalFieldsAreLeftOutWhenZero(t *testing.T) {
	b, err := json.Marshal(Spec{Levels: []Level{{Retrain: &train.Config{}}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":0,"data":{"name":"","digest":"","validation":0,"split_seed":0},` +
		`"net":{"input":{"c":0,"h":0,"w":0},"layers":null,"init":""},` +
		`"train":{"epochs":0,"batch":0,"optimizer":{"method":"","lr":0},"schedule":{"kind":""},"regularizer":{},"dropout":""},` +
		`"levels":[{"prune":{},"retrain":{"epochs":0,"batch":0,"optimizer":{"method":"","lr":0},"schedule":{"kind":""},"regularizer":{},"dropout":""}}],` +
		`"evaluate":"","seed":0}`
	if string(b) != want {
		t.Errorf("an empty spec is\n%s\nwant\n%s", b, want)
	}
}

func TestSpecSurvivesJSON(t *testing.T) {
	s := example()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again Spec
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, again) || s.Key() != again.Key() {
		t.Errorf("became %+v", again)
	}
}

func TestValidate(t *testing.T) {
	if err := example().Validate(); err != nil {
		t.Fatal(err)
	}
	retrain := func(f func(*train.Config)) func(*Spec) {
		return func(s *Spec) {
			c := *s.Levels[1].Retrain
			f(&c)
			s.Levels[1].Retrain = &c
		}
	}
	for want, spoil := range map[string]func(*Spec){
		"no digest":           func(s *Spec) { s.Data.Digest = "" },
		"negative number":     func(s *Spec) { s.Data.TrainSamples = -1 },
		"evaluate is":         func(s *Spec) { s.Evaluate = "both" },
		"of no images":        func(s *Spec) { s.Data.Validation = 0 },
		"at least 1":          func(s *Spec) { s.Train.Epochs = 0 },
		"are for retraining":  func(s *Spec) { s.Train.Dropout = train.DropoutAdjusted },
		"lr":                  func(s *Spec) { s.Train.Optimizer.LR = math.NaN() },
		"schedule":            func(s *Spec) { s.Train.Schedule.At = []float64{1.5} },
		"strengths":           retrain(func(c *train.Config) { c.Regularizer.L2 = -1 }),
		"dropout is":          retrain(func(c *train.Config) { c.Dropout = "" }),
		"start is":            retrain(func(c *train.Config) { c.Start = "" }),
		"no layer \"conv1\"":  retrain(func(c *train.Config) { c.Frozen = []string{"conv1"} }),
		"order":               func(s *Spec) { s.Levels[1].Prune.Layers = []string{"fc2", "fc1"} },
		"outside [0, 1)":      func(s *Spec) { s.Levels[1].Prune.Amounts = []float64{0.5, 1} },
		"2 amounts where 1":   func(s *Spec) { s.Levels[2].Prune.Amounts = []float64{0.5, 0.6} },
		"unknown criterion":   func(s *Spec) { s.Levels[2].Prune.Criterion = "luck" },
		"unknown rule":        func(s *Spec) { s.Levels[2].Prune.Rule = "" },
		"unknown scope":       func(s *Spec) { s.Levels[2].Prune.Scope = "" },
		"neither prunes":      func(s *Spec) { s.Levels[0].Retrain = nil },
		"of no layers has":    func(s *Spec) { s.Levels[0].Prune.Rule = prune.ByRatio },
		"finite and at least": func(s *Spec) { s.Levels[2].Prune.Rule, s.Levels[2].Prune.Amounts = prune.ByQuality, []float64{-1} },
		"comes after a dense": func(s *Spec) { s.Net.Layers[1] = nn.LayerConfig{Kind: nn.KindMaxPool, Kernel: 2, Stride: 2} },
	} {
		s := example()
		s.Levels = append([]Level(nil), s.Levels...)
		spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// By hand: fc1 has 784 x 300 weights, fc2 300 x 10. The first training passes
// 12 x 390 x 128 images at 3 multiply-adds a weight (fc1: 2).
func TestWork(t *testing.T) {
	s := example()
	dense, err := s.Base().Work(50000, 5000)
	if err != nil {
		t.Fatal(err)
	}
	samples := 12 * 390 * 128
	want := 2*float64(samples)*(2*235200+3*3000) + 2*5000*(235200+3000)
	if dense.Samples != samples || math.Abs(dense.FLOP-want) > 1 {
		t.Errorf("dense: %+v, want %d and %g", dense, samples, want)
	}
	pruned, err := s.Work(50000, 5000) // 5 % and 50 % are left, no retraining
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * 5000 * (0.05*235200 + 0.5*3000); pruned.Samples != 0 || math.Abs(pruned.FLOP-want) > 1 {
		t.Errorf("pruned: %+v, want 0 and %g", pruned, want)
	}
	retrained, err := s.Start().Work(50000, 5000) // 10 % and 50 %
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*float64(samples)*(2*23520+3*1500) + 2*2*5000*(23520+1500); math.Abs(retrained.FLOP-want) > 1 {
		t.Errorf("retrained: %+v, want %g", retrained, want)
	}
}

// A scan runs again what depends on the pruned layer: of two convolutions side by
// side, the one that is pruned and what reads both, not the other, whichever comes
// first. Neither needs a gradient of its inputs.
func TestWorkFollowsBranches(t *testing.T) {
	s := example()
	s.Train.Batch, s.Train.Epochs = 10, 1
	s.Net = nn.Config{Input: dataset.Shape{C: 1, H: 4, W: 4}, Init: nn.InitHe, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "left", Units: 2, Kernel: 1, Stride: 1, Inputs: []string{nn.InputName}},
		{Kind: nn.KindConv, Name: "right", Units: 2, Kernel: 3, Stride: 1, Padding: 1, Inputs: []string{nn.InputName}},
		{Kind: nn.KindAdd, Name: "sum", Inputs: []string{"left", "right"}},
		{Kind: nn.KindDense, Name: "fc", Units: 3},
	}}
	const left, right, fc = 2 * 16, 2 * 9 * 16, 2 * 16 * 3 // multiply-adds
	for layer, macs := range map[string]float64{"left": left/2 + fc, "right": right/2 + fc, "fc": fc / 2} {
		s.Levels = []Level{{Prune: prune.Config{Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio, Layers: []string{layer}, Amounts: []float64{0.5}}}}
		w, err := s.Work(10, 7)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2 * 7 * macs; w.Samples != 0 || math.Abs(w.FLOP-want) > 1e-6 {
			t.Errorf("%s: %+v, want %g", layer, w, want)
		}
	}
	w, err := s.Base().Work(10, 7)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*10*(2*(left+right)+3*fc) + 2*7*(left+right+fc); w.FLOP != float64(want) {
		t.Errorf("trained: %g, want %d", w.FLOP, want)
	}
}

// A folder that an older program filled is gone on with: what that program did
// not record is no contradiction.
func TestSameResult(t *testing.T) {
	full := func() Result {
		return Result{Weights: "w", Layers: []LayerResult{{Name: "fc1", Removed: 3, Kept: []byte{5}, DeadLeft: new(int),
			Before: &Histogram{Lo: -1, Hi: 1, Counts: []int{1, 2}}, After: &Histogram{Lo: -1, Hi: 1, Counts: []int{0, 2}, Beyond: &[2]int{0, 1}}}}}
	}
	old := full()
	old.Layers[0].Kept, old.Layers[0].DeadLeft, old.Layers[0].After = nil, nil, &Histogram{Lo: -1, Hi: 1, Counts: []int{0, 2}}
	if !full().Same(full()) || !full().Same(old) || !old.Same(full()) {
		t.Error("results that agree in all that both record are taken for different ones")
	}
	for what, change := range map[string]func(*Result){
		"weights": func(r *Result) { r.Weights = "v" },
		"removed": func(r *Result) { r.Layers[0].Removed = 4 },
		"kept":    func(r *Result) { r.Layers[0].Kept = []byte{6} },
		"dead":    func(r *Result) { *r.Layers[0].DeadLeft = 1 },
		"beyond":  func(r *Result) { r.Layers[0].After.Beyond[0] = 1 },
		"counts":  func(r *Result) { r.Layers[0].After.Counts[0] = 1 },
		"layers":  func(r *Result) { r.Layers = nil },
	} {
		other := full()
		change(&other)
		if full().Same(other) {
			t.Errorf("results with different %s are taken for the same", what)
		}
	}
	if r := full(); old.Same(r) && (r.Layers[0].Kept == nil || r.Layers[0].After.Beyond == nil) {
		t.Error("the comparison changed a result")
	}
}
