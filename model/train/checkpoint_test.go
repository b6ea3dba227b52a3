package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/safetensors"
	"prunelab/model/train"
)

// shelf is a Keeper in memory that keeps everything.
type shelf struct {
	saved   [][]byte
	steps   []int
	refused []error
	full    error
	after   func() // after a checkpoint was saved
}

func (s *shelf) Load(read func(io.Reader) error) (bool, error) {
	for _, b := range slices.Backward(s.saved) {
		err := read(bytes.NewReader(b))
		if err == nil {
			return true, nil
		}
		s.refused = append(s.refused, err)
	}
	return false, nil
}

func (s *shelf) Save(step int, write func(io.Writer) error) error {
	if s.full != nil {
		return s.full
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	s.saved, s.steps = append(s.saved, b.Bytes()), append(s.steps, step)
	if s.after != nil {
		s.after()
	}
	return nil
}

// training is one that is stopped and goes on.
type training struct {
	what    string
	density float64 // of the weights that are left; 1: not pruned
	norms   bool    // with batch normalisation
	change  func(*train.Config, *dataset.Splits)
}

var trainings = []training{
	{"sgd", 1, false, func(c *train.Config, _ *dataset.Splits) {}},
	{"adam", 1, false, func(c *train.Config, _ *dataset.Splits) {
		c.Optimizer = optim.Config{Method: optim.Adam, LR: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	}},
	{"no dropout", 1, false, func(c *train.Config, _ *dataset.Splits) { c.Dropout = train.DropoutOff }},
	{"augmented", 1, false, func(_ *train.Config, d *dataset.Splits) { d.Crop, d.Flip = 1, true }},
	{"fixed features", 0.8, false, func(c *train.Config, _ *dataset.Splits) {
		c.Frozen, c.Dropout = []string{"conv1"}, train.DropoutOff
	}},
	{"masked", 0.6, false, func(c *train.Config, _ *dataset.Splits) { c.Dropout = train.DropoutAdjusted }},
	{"sparse", 0.1, false, func(c *train.Config, _ *dataset.Splits) { c.Dropout = train.DropoutAdjusted }},
	{"sparse adam", 0.1, false, func(c *train.Config, _ *dataset.Splits) {
		c.Optimizer = optim.Config{Method: optim.Adam, LR: 0.002, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	}},
	{"proximal L1", 1, false, func(c *train.Config, _ *dataset.Splits) {
		c.Regularizer = regularizer.Config{L1: 1e-3, Proximal: true}
	}},
	{"batch norm", 1, true, func(c *train.Config, _ *dataset.Splits) {}},
	{"batch norm, sparse", 0.1, true, func(c *train.Config, _ *dataset.Splits) {}},
	{"batch norm, statistics given", 1, true, func(c *train.Config, _ *dataset.Splits) { c.BatchNorm = train.BatchNormFrozen }},
}

// begin returns the network, the data and the recipe that the training begins
// with, new ones each time.
func (s training) begin(t testing.TB) (*nn.Network, *dataset.Splits, train.Config) {
	t.Helper()
	net, d, c := build(t), splits(210), recipe
	if s.norms {
		net = normalised(t, net.Config)
	}
	c.Epochs = 3
	s.change(&c, d)
	if s.density < 1 {
		for _, a := range net.Affines() {
			r := rng.Stream(1, "kept", a.Name)
			var index []int32
			for i := range a.W.Size() {
				if r.Float64() < s.density {
					index = append(index, int32(i))
				}
			}
			kept, err := nn.NewMask(a.W.Size(), index)
			if err != nil {
				t.Fatal(err)
			}
			if err := net.Keep(a.Name, kept); err != nil {
				t.Fatal(err)
			}
		}
	}
	return net, d, c
}

// normalised is a network with a batch normalisation behind every layer with weights
// but the last.
func normalised(t testing.TB, c nn.Config) *nn.Network {
	t.Helper()
	var layers []nn.LayerConfig
	for i, l := range c.Layers {
		layers = append(layers, l)
		if l.HasWeights() && i+1 < len(c.Layers) {
			layers = append(layers, nn.LayerConfig{Kind: nn.KindBatchNorm, Name: "norm of " + l.Name, Epsilon: 1e-5, Momentum: 0.1})
		}
	}
	c.Layers = layers
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// flop is what such a training costs: 3 epochs of 200 samples through 804
// multiply-adds.
const flop = 6 * 3 * 200 * 804

func checkpoints(s *shelf, every float64) *train.Checkpoints {
	return &train.Checkpoints{Owner: "mine", Every: every, Keep: s}
}

// A training that goes on from any of its checkpoints, which lie between
// batches, ends with the same weights and the same history to the last bit.
func TestContinuedTrainingEqualsUndisturbed(t *testing.T) {
	for _, s := range trainings {
		net, d, c := s.begin(t)
		want, err := train.Fit(context.Background(), net, d, c, 1, "train", nil)
		if err != nil {
			t.Fatal(err)
		}
		digest := net.Digest()

		kept := &shelf{}
		net, d, c = s.begin(t)
		if _, err := train.Fit(context.Background(), net, d, c, 1, "train", checkpoints(kept, 1)); err != nil {
			t.Fatal(err)
		}
		if net.Digest() != digest {
			t.Errorf("%s: keeping checkpoints changes the weights", s.what)
		}
		if len(kept.saved) != 30 {
			t.Fatalf("%s: %d checkpoints, want one after each of 3 x 10 batches", s.what, len(kept.saved))
		}
		for i := 0; i < len(kept.saved); i += 3 {
			from := &shelf{saved: kept.saved[i : i+1]}
			net, d, c := s.begin(t)
			k := checkpoints(from, 1e18)
			got, err := train.Fit(context.Background(), net, d, c, 1, "train", k)
			if err != nil || len(from.refused) > 0 || k.Resumed != kept.steps[i] {
				t.Fatalf("%s, step %d: %v, %v, went on from %d", s.what, kept.steps[i], err, from.refused, k.Resumed)
			}
			if net.Digest() != digest {
				t.Errorf("%s, step %d: other weights", s.what, kept.steps[i])
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, step %d: the history is\n%+v, want\n%+v", s.what, kept.steps[i], got, want)
			}
		}
	}
}

// A training that is stopped again and again keeps its state each time.
func TestStoppedTrainingGoesOn(t *testing.T) {
	s := trainings[0]
	net, d, c := s.begin(t)
	want, err := train.Fit(context.Background(), net, d, c, 1, "train", nil)
	if err != nil {
		t.Fatal(err)
	}
	digest := net.Digest()
	kept := &shelf{}
	stops := 0
	for {
		ctx, stop := context.WithCancelCause(context.Background())
		cause := errors.New("a signal")
		kept.after = func() { stop(cause) }
		net, d, c := s.begin(t)
		before := len(kept.saved)
		got, err := train.Fit(ctx, net, d, c, 1, "train", checkpoints(kept, flop/10))
		if err == nil {
			if net.Digest() != digest || !reflect.DeepEqual(got, want) {
				t.Errorf("after %d stops: another result", stops)
			}
			break
		}
		if !errors.Is(err, cause) {
			t.Fatal(err)
		}
		if len(kept.saved) != before+1 {
			t.Fatalf("%d checkpoints in a run that was stopped after the first", len(kept.saved)-before)
		}
		stops++
	}
	if stops < 5 {
		t.Errorf("only %d stops", stops)
	}
}

// A stop keeps what was done since the last checkpoint, if it is worth it.
func TestStopKeepsACheckpoint(t *testing.T) {
	for _, c := range []struct {
		every float64
		want  int
	}{{flop, 1}, {flop * 1000, 0}} {
		kept := &shelf{}
		net, d, config := trainings[0].begin(t)
		ctx := &countdown{Context: context.Background(), left: 15}
		if _, err := train.Fit(ctx, net, d, config, 1, "train", checkpoints(kept, c.every)); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if len(kept.saved) != c.want || c.want > 0 && kept.steps[0] != 14 {
			t.Errorf("every %g: %d checkpoints, at %v", c.every, len(kept.saved), kept.steps)
		}
	}
}

// countdown is a context that ends when it has been asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left <= 0 {
		return context.Canceled
	}
	return nil
}

func TestAFullDiskEndsTheTraining(t *testing.T) {
	kept := &shelf{full: errors.New("no space left")}
	net, d, c := trainings[0].begin(t)
	if _, err := train.Fit(context.Background(), net, d, c, 1, "train", checkpoints(kept, flop/3)); !errors.Is(err, kept.full) {
		t.Errorf("error %v", err)
	}
	ctx := &countdown{Context: context.Background(), left: 15}
	net, d, c = trainings[0].begin(t)
	if _, err := train.Fit(ctx, net, d, c, 1, "train", checkpoints(kept, flop)); !errors.Is(err, kept.full) {
		t.Errorf("stopped: error %v", err)
	}
}

// A checkpoint that does not belong to the training is refused with a reason
// and changes nothing; an older one or the beginning takes its place.
func TestForeignCheckpointsAreRefused(t *testing.T) {
	s := trainings[6] // sparse
	kept := &shelf{}
	net, d, c := s.begin(t)
	if _, err := train.Fit(context.Background(), net, d, c, 1, "train", checkpoints(kept, 1)); err != nil {
		t.Fatal(err)
	}
	digest := net.Digest()
	edit := func(change func(f *safetensors.File)) []byte {
		f, err := safetensors.Read(bytes.NewReader(kept.saved[14]), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		change(&f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	at := func(f *safetensors.File, name string) *safetensors.Tensor {
		return &f.Tensors[slices.IndexFunc(f.Tensors, func(t safetensors.Tensor) bool { return t.Name == name })]
	}
	position := func(from, to string) func(*safetensors.File) {
		return func(f *safetensors.File) {
			f.Metadata["position"] = strings.Replace(f.Metadata["position"], from, to, 1)
		}
	}
	for want, change := range map[string]func(*safetensors.File){
		"another training":         func(f *safetensors.File) { f.Metadata["training"] = "yours" },
		"other kernels":            func(f *safetensors.File) { f.Metadata["kernels"] = "abacus" },
		"no checkpoint of this":    func(f *safetensors.File) { f.Metadata = nil },
		"how far it is":            func(f *safetensors.File) { f.Metadata["position"] = "{" },
		"does not occur in 3":      position(`"batch":5`, `"batch":11`),
		"batch -1 of epoch 2":      position(`"batch":5`, `"batch":-1`),
		"batch 5 of epoch 4":       position(`"epoch":2,"batch":5`, `"epoch":4,"batch":5`),
		"with a history of 1":      position(`"epoch":2,"batch":5`, `"epoch":3,"batch":5`),
		"sums over its epoch":      position(`"correct":`, `"correct":9`),
		"no tensor fc1.weight":     func(f *safetensors.File) { at(f, "fc1.weight").Name = "fc9.weight" },
		"are not the weights that": func(f *safetensors.File) { at(f, "fc1.weight.kept").Data[0]++ },
		"tensors, this training":   func(f *safetensors.File) { f.Tensors = f.Tensors[1:] },
		"fc2.bias has 4 values": func(f *safetensors.File) {
			*at(f, "fc2.bias") = safetensors.FromF32("fc2.bias", []int{4}, make([]float32, 4))
		},
		"holds U8": func(f *safetensors.File) { b := at(f, "fc2.bias"); b.DType, b.Shape = safetensors.U8, []int{12} },
	} {
		from := &shelf{saved: [][]byte{kept.saved[4], edit(change)}}
		net, d, c := s.begin(t)
		if _, err := train.Fit(context.Background(), net, d, c, 1, "train", checkpoints(from, 1e18)); err != nil {
			t.Fatal(err)
		}
		if len(from.refused) != 1 || !strings.Contains(fmt.Sprint(from.refused), want) {
			t.Errorf("refused %v, want one with %q", from.refused, want)
		}
		if net.Digest() != digest {
			t.Errorf("%s: another result", want)
		}
	}
	// Cut anywhere it is refused, with nothing before it the training begins anew.
	for n := 0; n < len(kept.saved[14]); n += 97 {
		from := &shelf{saved: [][]byte{kept.saved[14][:n]}}
		net, d, c := s.begin(t)
		c.Epochs = 1
		ctx, stop := context.WithCancel(context.Background())
		stop()
		train.Fit(ctx, net, d, c, 1, "train", checkpoints(from, 1e18))
		if fresh, _, _ := s.begin(t); len(from.refused) != 1 || net.Digest() != fresh.Digest() {
			t.Fatalf("cut at %d: refused %v", n, from.refused)
		}
	}
}

// FuzzCheckpoint hands files to a training that is stopped at once: it goes on
// from one that is its own, or refuses it and is where it began.
func FuzzCheckpoint(f *testing.F) {
	s := trainings[6] // sparse
	kept := &shelf{}
	net, d, c := s.begin(f)
	if _, err := train.Fit(context.Background(), net, d, c, 1, "train", checkpoints(kept, 1)); err != nil {
		f.Fatal(err)
	}
	whole := kept.saved[14]
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	for _, change := range [][2]string{
		{`\"batch\":5`, `\"batch\":9`},
		{`\"epoch\":2`, `\"epoch\":0`},
		{`\"epoch\":2`, `\"epoch\":3`},
		{`\"history\":[{`, `\"history\":[[`},
		{`F32`, `I32`},
	} {
		f.Add(bytes.Replace(whole, []byte(change[0]), []byte(change[1]), 1))
	}
	f.Add(bytes.Repeat([]byte("["), 20_000))
	fresh, d, c := s.begin(f)
	begun := fresh.Digest()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	f.Fuzz(func(t *testing.T, in []byte) {
		net, _, _ := s.begin(t)
		from := &shelf{saved: [][]byte{in}}
		k := checkpoints(from, 1e18)
		if _, err := train.Fit(ctx, net, d, c, 1, "train", k); err == nil && k.Resumed != 30 {
			t.Fatal("it was not stopped")
		}
		switch {
		case len(from.refused) > 0 && (net.Digest() != begun || k.Resumed != 0):
			t.Fatalf("refused with %v, and yet changed", from.refused)
		case k.Resumed < 0 || k.Resumed > 30:
			t.Fatalf("resumed at step %d of 30", k.Resumed)
		}
	})
}
