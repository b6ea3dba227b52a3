package study

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"

	"prunelab/experiments/trial"
)

const fromFile = `name: given
data: {name: mnist, validation: 5000}
network: {file: nets/w.safetensors, layers: [{dense: 20}, relu, {dense: 10}]}
seeds: 2
train: {epochs: 3, batch: 100, optimizer: {sgd: {lr: 0.1}}, l2: 5e-4}
retrain: {lr: 0.01}
sweeps:
  - {targets: [all], ratios: [0.5, 0.9]}
  - {targets: [each], ratios: [0.5], retrain: false}
`

// halved is a network of which fc1 has lost half of its weights.
func halved(t *testing.T, seed uint64) func(string, nn.Config) (*nn.Network, error) {
	return func(file string, c nn.Config) (*nn.Network, error) {
		if file != "nets/w.safetensors" && file != "network.safetensors" {
			t.Errorf("the file is called %q", file)
		}
		net, err := nn.Build(c, seed)
		if err != nil {
			return nil, err
		}
		scores, err := prune.Score(net, prune.Config{Layers: []string{"fc1"}, Criterion: prune.Magnitude}, nil)
		if err != nil {
			return nil, err
		}
		mask, err := prune.Select(scores, prune.Config{Scope: prune.PerLayer, Rule: prune.ByRatio, Amounts: []float64{0.5}})
		if err != nil {
			return nil, err
		}
		return net, mask.Apply(net)
	}
}

// The content of the network is part of every trial, its file's name of none;
// how it was trained is not known, and train is what retraining inherits.
func TestNetworkFromAFile(t *testing.T) {
	s := mustParse(t, fromFile)
	if _, err := s.Plan("generic"); err == nil {
		t.Error("there is a plan before the network was read")
	}
	if err := s.Take(halved(t, 1)); err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, s)
	for _, spec := range p.Trials {
		if err := spec.Validate(); err != nil {
			t.Error(err)
		}
		if spec.Net.Source != s.Trained.Digest() || spec.Train.Epochs != 0 {
			t.Errorf("trial %s: source %q, %d epochs of training", spec.Key().Short(), spec.Net.Source, spec.Train.Epochs)
		}
		if n := len(spec.Levels); n > 0 && spec.Levels[n-1].Retrain != nil {
			if r := spec.Levels[n-1].Retrain; r.Epochs != 3 || r.Batch != 100 || r.Optimizer.LR != 0.01 || r.Regularizer.L2 != 5e-4 {
				t.Errorf("the retraining is %+v", r)
			}
		}
	}
	moved := mustParse(t, strings.ReplaceAll(fromFile, "nets/w.safetensors", "network.safetensors"))
	other := mustParse(t, fromFile)
	if err := errors.Join(moved.Take(halved(t, 1)), other.Take(halved(t, 2))); err != nil {
		t.Fatal(err)
	}
	key := func(s *Study) trial.Key { return mustPlan(t, s).Trials[0].Key() }
	if key(moved) != key(s) {
		t.Error("the key depends on the file's name")
	}
	if key(other) == key(s) {
		t.Error("the key does not depend on the network")
	}
	again := mustParse(t, string(s.YAML()))
	if err := again.Take(halved(t, 1)); err != nil {
		t.Fatal(err)
	}
	if string(again.YAML()) != string(s.YAML()) || key(again) != key(s) {
		t.Errorf("printed and read again it is\n%s", again.YAML())
	}
	if a := s.Arms[0]; a.Name != "L2" {
		t.Errorf("the arm is called %q", a.Name)
	}
}

// A file that has the layers needs no description; what is written of the study has one,
// and is the same study.
func TestLayersFromTheFile(t *testing.T) {
	images := dataset.Shape{C: 1, H: 28, W: 28}
	given := nn.Config{Input: images, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "0", Units: 4, Kernel: 3, KernelWidth: 1, Stride: 1, NoBias: true},
		{Kind: nn.KindBatchNorm, Name: "1", Epsilon: 1e-3, Momentum: 0.01},
		{Kind: nn.KindReLU6, Name: "layer1.0.Relu"},
		{Kind: nn.KindConv, Name: "layer1.0.conv", Units: 4, Kernel: 3, Stride: 1, Padding: 1, Groups: 4},
		{Kind: nn.KindAdd, Inputs: []string{"layer1.0.conv", "layer1.0.Relu"}},
		{Kind: nn.KindAvgPool, Kernel: 3, Stride: 2, Padding: 1, Ceil: true, CountPadding: true},
		{Kind: nn.KindPad, Top: 1, Right: 2},
		{Kind: nn.KindGlobalAvgPool},
		{Kind: nn.KindDense, Name: "fc", Units: 10},
	}}
	read := 0
	find := lookup
	find.Layers = func(file string, shape dataset.Shape) (nn.Config, error) {
		if read++; file != "nets/net.onnx" || shape != images {
			t.Errorf("layers of %q for images of %v", file, shape)
		}
		return given, nil
	}
	text := strings.Replace(fromFile, "file: nets/w.safetensors, layers: [{dense: 20}, relu, {dense: 10}]", "file: nets/net.onnx", 1)
	text += "arms: [{name: A}, {name: B, retrain: {l2: 1e-3}}]\n"
	s, err := Parse("study.yaml", []byte(text), nil, find)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Net, given) || !reflect.DeepEqual(s.Arms[1].Net, given) || read != 1 {
		t.Errorf("read %d times: %+v", read, s.Net)
	}
	again := mustParse(t, string(s.YAML()))
	if again.File != s.File || !reflect.DeepEqual(again.Net, given) {
		t.Errorf("got %+v\nof\n%s", again.Net, s.YAML())
	}
}

func TestFaultsOfANetworkFromAFile(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"ratios: [0.5, 0.9]", "ratios: [0.4, 0.9]", "a ratio of 0.4 removes fewer weights of fc1 than the network in nets/w.safetensors has lost already, 50 %"},
		{"ratios: [0.5, 0.9]}", "ratios: [0.9], iterative: {per_round: 0.3}}", "a ratio of 0.3 removes fewer weights of fc1"},
		{"ratios: [0.5, 0.9]}", "ratios: [0.4], scope: global}", "a ratio of 0.4 removes fewer weights of all"},
		{"{lr: 0.01}", "{lr: rewind}", "is not known of a network from a file"},
		{"{lr: 0.01}", "{lr: 0.01, start: rewind}", "keep or reinit"},
		{"train: {epochs: 3, batch: 100,", "train: {batch: 100,", "the retraining has no epochs to inherit"},
		{"train: {epochs: 3, batch: 100, optimizer: {sgd: {lr: 0.1}}, l2: 5e-4}\n", "", "no batch to inherit"},
		{"  - {targets: [all], ratios: [0.5, 0.9]}\n", "", "all 2 seeds give the same numbers; say seeds: 1"},
		{"file: nets/w.safetensors", "file: []", "has to be the name of a file"},
		{"file: nets/w.safetensors,", "key: model,", "network.key speaks of the file of a network; remove it, or name the file"},
		{"file: nets/w.safetensors,", "names: {fc1: a},", "network.names speaks of the file of a network"},
		{"file: nets/w.safetensors", "file: nets/w.safetensors, sha256: 12fca82f", "is no SHA-256, which has 64 hexadecimal digits"},
		{"file: nets/w.safetensors,", "sha256: 12fca82f,", "network.sha256 speaks of the file of a network"},
		{"file: nets/w.safetensors", "file: nets/w.safetensors, key: [model]", "has to be the name"},
		{"file: nets/w.safetensors", "file: nets/w.safetensors, names: [fc1]", "it has to be a mapping from a layer or tensor of the network to its name in the file"},
		{"file: nets/w.safetensors", "file: nets/w.safetensors, names: {fc1: a, fc1: b}", `"fc1" is there twice`},
		{"layers: [{dense: 20}, relu, {dense: 10}]", "init: he", "study.yaml:3:17: it holds weights only"},
	} {
		text := strings.Replace(fromFile, c.from, c.to, 1)
		if text == fromFile {
			t.Fatalf("%q is not in the study", c.from)
		}
		s, err := Parse("study.yaml", []byte(text), nil, lookup)
		if err == nil {
			err = s.Take(halved(t, 1))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "^") {
			t.Errorf("%q: got %v\nwant %s", c.to, err, c.want)
		}
	}
	s := mustParse(t, fromFile)
	err := s.Take(func(string, nn.Config) (*nn.Network, error) { return nil, errors.New("no such file") })
	if err == nil || !strings.Contains(err.Error(), "study.yaml:3:17: no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A trial of a network from a file has no first training and cannot rewind.
func TestValidateOfANetworkFromAFile(t *testing.T) {
	s := mustParse(t, fromFile)
	if err := s.Take(halved(t, 1)); err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, s)
	spec := p.Trials[1]
	spec.Train = train.Config{Epochs: 1}
	if err := spec.Validate(); err == nil {
		t.Error("a first training was accepted")
	}
	spec = p.Trials[1]
	r := *spec.Levels[0].Retrain
	r.Start = train.StartRewind
	spec.Levels = []trial.Level{{Prune: spec.Levels[0].Prune, Retrain: &r}}
	if err := spec.Validate(); err == nil {
		t.Error("rewinding was accepted")
	}
}

// Where in its file a network is and what its layers are called there is printed with the
// file, and in no key of a trial.
func TestKeyAndNamesOfANetworkInAFile(t *testing.T) {
	text := strings.Replace(fromFile, "file: nets/w.safetensors", `file: nets/w.safetensors, sha256: 12FCA82F0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8, key: ema, names: {fc2.weight: "head.0.w", fc1: features.0}`, 1)
	s, plain := mustParse(t, text), mustParse(t, fromFile)
	if s.Entry != "ema" || len(s.Names) != 2 || s.Names["fc1"] != "features.0" || s.Names["fc2.weight"] != "head.0.w" {
		t.Fatalf("key %q, names %v", s.Entry, s.Names)
	}
	again := mustParse(t, string(s.YAML()))
	if again.Sum != "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8" || again.Entry != s.Entry || !reflect.DeepEqual(again.Names, s.Names) || string(again.YAML()) != string(s.YAML()) {
		t.Errorf("printed it is\n%s", s.YAML())
	}
	builtin := mustParse(t, strings.Replace(text, "layers: [{dense: 20}, relu, {dense: 10}]", "name: lenet-300-100", 1))
	if printed := mustParse(t, string(builtin.YAML())); printed.Entry != "ema" || !reflect.DeepEqual(printed.Names, s.Names) {
		t.Errorf("printed it is\n%s", builtin.YAML())
	}
	if err := errors.Join(s.Take(halved(t, 1)), plain.Take(halved(t, 1))); err != nil {
		t.Fatal(err)
	}
	if mustPlan(t, s).Trials[0].Key() != mustPlan(t, plain).Trials[0].Key() {
		t.Error("the key of a trial depends on names in a file")
	}
	if _, err := Parse("study.yaml", []byte(fromFile), []string{"network.key=ema"}, lookup); err != nil {
		t.Errorf("as an override: %v", err)
	}
}

// Validation images of the test set are printed and part of the key; the test split has
// the others.
func TestValidationImagesOfTheTestSet(t *testing.T) {
	of := func(data string) (*Study, error) {
		return Parse("study.yaml", []byte(strings.Replace(fromFile, "validation: 5000", data, 1)), nil, lookup)
	}
	s, err := of("validation: 4000, validation_of: test")
	if err != nil {
		t.Fatal(err)
	}
	if s.Data.ValidationOf != dataset.OfTest || s.TrainSamples() != 60_000 || s.EvaluationSamples() != 4000 {
		t.Errorf("%+v: %d trained on, %d scored", s.Data, s.TrainSamples(), s.EvaluationSamples())
	}
	s.Evaluate = trial.Test
	if n := s.EvaluationSamples(); n != 6000 {
		t.Errorf("%d test images are left", n)
	}
	if again := mustParse(t, string(s.YAML())); again.Data != s.Data {
		t.Errorf("printed and read again: %+v", again.Data)
	}
	if plain, err := of("validation: 4000, validation_of: train"); err != nil || plain.Data.ValidationOf != "" {
		t.Errorf("%+v, %v", plain, err)
	}
	for data, want := range map[string]string{
		"validation: 10000, validation_of: test":                    "leaves no test images: mnist has 10000 test images",
		"validation: 4000, validation_of: test, test_samples: 6001": "is more than the 6000 test images of mnist beside the 4000 for validation",
		"validation: 4000, validation_of: tests":                    "validation_of",
		"validation: 60000":                                         "leaves nothing to train on",
		"validation: 5000, train_samples: 55001":                    "is more than the 55000 training images",
	} {
		if _, err := of(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
}

// Points of a network from a file that are neither retrained nor drawn are the same for
// every seed and run for the first; those that are not have a trial for each. A folder that
// has them for every seed keeps them.
func TestWhatIsTheSameForEverySeedIsRunOnce(t *testing.T) {
	s := mustParse(t, fromFile+"  - {targets: [all], criterion: random, ratios: [0.5], retrain: false}\n", "seeds=3")
	if err := s.Take(halved(t, 1)); err != nil {
		t.Fatal(err)
	}
	count := func(p trial.Plan) (once, each int) {
		for _, spec := range p.Trials {
			switch {
			case len(spec.Levels) == 0:
			case spec.Replicates():
				each++
			default:
				once++
			}
		}
		return once, each
	}
	p := mustPlan(t, s)
	if once, each := count(p); once != 2 || each != 3*(3+1) { // each of 2 layers; 2 ratios and a control retrained, 1 drawn
		t.Errorf("%d trials are the same for every seed, %d are not", once, each)
	}
	if points, different := p.Fixed(); points != 2 || different != 2 {
		t.Errorf("%d points, %d different", points, different)
	}
	before, err := s.plan("generic", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if once, each := count(before); once != 3*2 || each != 3*4 {
		t.Errorf("repeated they are %d, and %d", once, each)
	}
	if points, different := before.Fixed(); points != 6 || different != 2 {
		t.Errorf("repeated: %d points, %d different", points, different)
	}
	again, err := s.PlanAs(before)
	if err != nil || !reflect.DeepEqual(again, before) {
		t.Errorf("a folder that repeats them gets another plan: %v", err)
	}
	if again, err = s.PlanAs(p); err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("a folder that does not gets another plan: %v", err)
	}
}
