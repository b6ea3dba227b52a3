package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/store"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/onnx"
	"prunelab/model/safetensors"
	"prunelab/model/weights"
)

const normed = "[{conv: {filters: 4, kernel: 5, stride: 2}}, {batchnorm: {}}, relu, {maxpool: 3}, {dense: 10}]"

// ownersFile writes the state_dict of a network with batch normalisation as its owner
// has it: under a prefix, the convolution without biases and in F16, the last layer's
// biases in F64, with num_batches_tracked.
func ownersFile(t *testing.T) {
	t.Helper()
	c := nn.Config{Input: dataset.Shape{C: 1, H: 28, W: 28}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv1", Units: 4, Kernel: 5, Stride: 2, NoBias: true}, {Kind: nn.KindBatchNorm, Name: "bn1", Epsilon: 1e-5, Momentum: 0.1},
		{Kind: nn.KindReLU}, {Kind: nn.KindMaxPool, Kernel: 3, Stride: 3}, {Kind: nn.KindDense, Name: "fc1", Units: 10}}}
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := net.Tensors()
	for i, x := range f.Tensors {
		x.Name = "module." + x.Name
		switch x.Name {
		case "module.conv1.weight":
			for k := 0; k < len(x.Data); k += 4 { // of 8 bits, which F16 has
				x.Data[k], x.Data[k+1] = 0, 0
			}
			var exact bool
			if x, exact = x.As(safetensors.F16); !exact {
				t.Fatal("the weights are not those of F16")
			}
		case "module.fc1.bias":
			x, _ = x.As(safetensors.F64)
		}
		f.Tensors[i] = x
	}
	f.Tensors = append(f.Tensors, safetensors.Count("module.bn1.num_batches_tracked", 2340))
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("owner.safetensors", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runStudy runs the text of a study with one seed in a folder of its own.
func runStudy(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name+".yaml", []byte("name: "+name+"\nseeds: 1\n"+text), 0o644); err != nil {
		t.Fatal(err)
	}
	command(t, exitOK, "run", name+".yaml")
}

func readTensors(t *testing.T, name string) safetensors.File {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Read(bytes.NewReader(b), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What came from a file goes out, pruned, under the names and in the types that it has
// there, and loads where that file loaded; retraining widens what needs it.
func TestExportGoesWhereTheOwnersFileWent(t *testing.T) {
	t.Chdir(t.TempDir())
	ownersFile(t)
	runStudy(t, "given", `data: {name: mnist, validation: 200, split_seed: 1, train_samples: 256, normalise: {mean: 0.1307, std: 0.3081}}
network: {file: owner.safetensors, layers: `+normed+`}
evaluate: validation
train: {batch: 128, optimizer: {sgd: {lr: 0.01, momentum: 0.9}}, schedule: constant}
retrain: {epochs: 1}
sweeps: [{targets: [all], ratios: [0.5]}, {targets: [all], ratios: [0.5], retrain: false}]
`)
	owner := map[string]string{}
	for _, x := range readTensors(t, "owner.safetensors").Tensors {
		owner[x.Name] = fmt.Sprint(x.DType, x.Shape)
	}
	out := command(t, exitOK, "export", "results/given", "--target", "all", "--ratio", "0.5", "--no-retrain", "--no-masks", "-o", "pruned.safetensors")
	if want := "The network reads x = (byte * scale - mean) / std, channel by channel: scale 0.00392156863, mean 0.1307, std 0.3081."; !strings.Contains(out, want) {
		t.Errorf("got %s\nwant %s", out, want)
	}
	pruned := readTensors(t, "pruned.safetensors")
	for _, x := range pruned.Tensors {
		if owner[x.Name] != fmt.Sprint(x.DType, x.Shape) {
			t.Errorf("%s is %s %v, the owner has %q", x.Name, x.DType, x.Shape, owner[x.Name])
		}
		if n, ok := x.Whole(); x.Name == "module.bn1.num_batches_tracked" && (!ok || n != 2340) {
			t.Errorf("%d batches tracked", n)
		}
	}
	if len(pruned.Tensors) != len(owner) {
		t.Errorf("%d tensors, the owner has %d", len(pruned.Tensors), len(owner))
	}
	for key, want := range map[string]string{"mean": "0.1307", "std": "0.3081", "scale": "0.00392156863", "format": "pt"} {
		if pruned.Metadata[key] != want {
			t.Errorf("metadata: %s is %q, want %s", key, pruned.Metadata[key], want)
		}
	}

	out = command(t, exitOK, "export", "results/given", "--target", "all", "--ratio", "0.5", "--retrain", "-o", "retrained.safetensors")
	for _, want := range []string{"module.conv1.bias is not in the file that the network came from, and has values now",
		"written as F32 and not as F16, which does not have all of their values: module.conv1.weight"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s\nwant %s", out, want)
		}
	}
	retrained := readTensors(t, "retrained.safetensors")
	for name, want := range map[string]safetensors.DType{"module.conv1.weight": safetensors.F32, "module.conv1.weight.mask": safetensors.U8, "module.fc1.bias": safetensors.F64, "module.conv1.bias": safetensors.F32} {
		if x, ok := retrained.Tensor(name); !ok || x.DType != want {
			t.Errorf("%s: %s, %t; want %s", name, x.DType, ok, want)
		}
	}

	// The file is taken again, with its masks.
	runStudy(t, "again", `data: {name: mnist, validation: 200, split_seed: 1, train_samples: 256, normalise: {mean: 0.1307, std: 0.3081}}
network: {file: retrained.safetensors, layers: `+normed+`}
evaluate: validation
sweeps: [{targets: [all], ratios: [0.6], retrain: false}]
`)
	after := command(t, exitOK, "export", "results/given", "--target", "all", "--ratio", "0.5", "--retrain")
	before := command(t, exitOK, "export", "results/again", "--target", "dense")
	last := func(s string) string { f := strings.Fields(s); return strings.Join(f[len(f)-1:], " ") }
	if last(after) != last(before) {
		t.Errorf("what was exported had an accuracy of %s, read again it has %s", last(after), last(before))
	}
}

// An ONNX file has the owner's names, the same logits, and says how images are
// normalised.
func TestExportAsONNX(t *testing.T) {
	t.Chdir(t.TempDir())
	ownersFile(t)
	runStudy(t, "given", `data: {name: mnist, validation: 200, split_seed: 1, train_samples: 256, normalise: 0..255}
network: {file: owner.safetensors, layers: `+normed+`}
evaluate: validation
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`)
	pick := []string{"export", "results/given", "--target", "all", "--ratio", "0.5"}
	out := command(t, exitOK, append(pick, "-o", "net.onnx")...)
	if !strings.Contains(out, "net.onnx: all layers, dense, written") || !strings.Contains(out, "scale 1, mean 0, std 1") {
		t.Error(out)
	}
	command(t, exitOK, append(pick, "-o", "net.safetensors")...)
	b, err := os.ReadFile("net.onnx")
	if err != nil {
		t.Fatal(err)
	}
	n, err := onnx.Read(b, dataset.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	net, a, err := weights.Bring(n.Config, n.File, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := readTensors(t, "net.safetensors")
	for _, p := range a.Pairs {
		of := a.Origins().Of(p.Name())
		x, ok := f.Tensor(of.Name)
		if !ok {
			t.Errorf("there is an initializer %s, and no tensor of that name", of.Name)
			continue
		}
		want, err := x.Floats()
		got, err2 := p.Tensor.Floats()
		if err != nil || err2 != nil || !slices.Equal(got, want) {
			t.Errorf("%s has other values, %v, %v", of.Name, err, err2)
		}
	}
	if len(a.Pairs) != 7 || net.Affine("module.conv1") == nil || !bytes.Contains(b, []byte("prunelab.trial")) || !bytes.Contains(b, []byte("(byte * scale - mean) / std")) {
		t.Errorf("%d tensors, layers %v", len(a.Pairs), net.Config.Layers)
	}
}

// What cannot be exported is refused before anything is computed, with what can.
func TestExportRefuses(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml")
	if err := os.WriteFile("there.onnx", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	pick := []string{"export", "results/base", "--arm", "L2", "--target", "dense", "--seed", "1"}
	for want, args := range map[string][]string{
		"--as keras: a file can be npz, safetensors, onnx":                                 {"-o", "a.h5", "--as", "keras"},
		"a.h5: which kind of file? end its name in .npz, .safetensors or .onnx":            {"-o", "a.h5"},
		"there.onnx is there already and is not overwritten":                               {"-o", "there.onnx"},
		"--format csr: an ONNX file has dense weights":                                     {"-o", "a.onnx", "--format", "csr"},
		"--layer fc1: an ONNX file has a whole network":                                    {"-o", "a.onnx", "--layer", "fc1"},
		"--no-masks: weights in the format csr are those that are left":                    {"-o", "a.npz", "--no-masks"},
		"a.onnx would be taken for a file of another kind than --as safetensors; give it ": {"-o", "a.onnx", "--as", "safetensors"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), append(slices.Clone(pick), args...), &out, &out); code == exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit code %d, %s\nwant %s", args, code, &out, want)
		}
	}
	if files, _ := filepath.Glob("a.*"); len(files) > 0 {
		t.Errorf("written: %v", files)
	}
}

// A pruned ResNet-20 of somebody else has the same accuracy in PyTorch, to the image.
func TestExportedResNetInPyTorch(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, for which python3-torch is
	file := filepath.Join(os.Getenv("PRUNELAB_NETWORKS"), "resnet20-12fca82f.th")
	data := os.Getenv(dataset.Variable)
	if _, err := os.Stat(file); err != nil || data == "" {
		t.Skipf("SKIPPED: set PRUNELAB_NETWORKS to a folder that has resnet20-12fca82f.th and %s to one that has CIFAR-10", dataset.Variable)
	}
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		t.Skipf("SKIPPED: %s has no PyTorch; install Debian's python3-torch", python)
	}
	script, err := filepath.Abs("../../results/bench/resnet20.py")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	runStudy(t, "given", `data: {name: cifar-10, validation: 0, test_samples: 1000, normalise: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}}
network: {file: `+file+`, name: resnet-20}
evaluate: test
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`)
	pick := []string{"export", "results/given", "--target", "all", "--ratio", "0.5"}
	command(t, exitOK, append(pick, "-o", "net.safetensors")...)
	out, err := exec.Command(python, script, "eval", "net.safetensors", "--data", data, "--test", "1000").CombinedOutput()
	var correct int
	var loss float64
	if _, e := fmt.Sscanf(string(out), "%d of 1000 correct, cross-entropy %f", &correct, &loss); err != nil || e != nil {
		t.Fatalf("%v: %s", err, out)
	}
	st := store.Open("results/given", store.Disk{})
	plan, err := st.Plan()
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := st.Outcome(plan.Trials[len(plan.Trials)-1].Key())
	if err != nil {
		t.Fatal(err)
	}
	if p := o.Result.Pruned; p.N != 1000 || p.Correct != correct || math.Abs(p.Loss-loss) > 1e-4 {
		t.Errorf("%d of %d correct with a loss of %.6f; in PyTorch %s", p.Correct, p.N, p.Loss, out)
	}
}
