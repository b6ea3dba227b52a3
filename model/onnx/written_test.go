package onnx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/onnx"
	"prunelab/model/rng"
	"prunelab/model/tensors"
)

// build makes a network whose batch normalisations have statistics, scales and shifts
// like a trained one's.
func build(t testing.TB, c nn.Config) *nn.Network {
	t.Helper()
	net, err := nn.Build(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := rng.Stream(1, "norms")
	for _, b := range net.Norms() {
		for i := range b.Mean.Values {
			b.Mean.Values[i], b.Var.Values[i] = float32(r.NormFloat64()/4), 0.5+r.Float32()
			if b.Gamma != nil {
				b.Gamma.Value[i], b.Beta.Value[i] = 0.5+r.Float32(), float32(r.NormFloat64()/4)
			}
		}
	}
	return net
}

// kinds is a network with every kind of layer, most of them in more than one way.
func kinds() nn.Config {
	return nn.Config{Input: dataset.Shape{C: 3, H: 14, W: 11}, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindPad, Top: 1, Right: 2},
		{Kind: nn.KindConv, Name: "conv1", Units: 6, Kernel: 3, KernelWidth: 2, Stride: 1, Padding: 1},
		{Kind: nn.KindReLU6, Name: "low"},
		{Kind: nn.KindConv, Name: "depthwise", Units: 6, Kernel: 3, Stride: 1, Padding: 1, Groups: 6, NoBias: true},
		{Kind: nn.KindBatchNorm, Name: "bn1", Epsilon: 1e-3, Momentum: 0.01, Plain: true},
		{Kind: nn.KindReLU, Name: "a"},
		{Kind: nn.KindConv, Name: "grouped", Units: 6, Kernel: 1, Stride: 1, Groups: 3, Inputs: []string{"a"}},
		{Kind: nn.KindLeakyReLU, Name: "leaky", Slope: 0.1},
		{Kind: nn.KindAdd, Name: "three", Inputs: []string{"a", "leaky", "low"}},
		{Kind: nn.KindConcat, Name: "both", Inputs: []string{"three", "a"}},
		{Kind: nn.KindAvgPool, Kernel: 3, Stride: 2, Padding: 1, Ceil: true, CountPadding: true},
		{Kind: nn.KindDropout, Rate: 0.2},
		{Kind: nn.KindConv, Name: "conv2", Units: 8, Kernel: 3, Stride: 1, Padding: 1},
		{Kind: nn.KindBatchNorm, Name: "bn2", Epsilon: 1e-5, Momentum: 0.1},
		{Kind: nn.KindMaxPool, Name: "pooled", Kernel: 3, Stride: 2, Padding: 1, Ceil: true},
		{Kind: nn.KindSubsample, Stride: 2},
		{Kind: nn.KindPadChannels, Name: "short", Before: 3, After: 1},
		{Kind: nn.KindConv, Name: "conv3", Units: 12, Kernel: 3, Stride: 2, Padding: 1, Inputs: []string{"pooled"}},
		{Kind: nn.KindAdd, Name: "sum", Inputs: []string{"conv3", "short"}},
		{Kind: nn.KindGlobalAvgPool, Name: "means"},
		{Kind: nn.KindDense, Name: "fc1", Units: 12},
		{Kind: nn.KindAdd, Name: "mixed", Inputs: []string{"fc1", "means"}},
		{Kind: nn.KindBatchNorm, Name: "bn3", Epsilon: 1e-5, Momentum: 0.1},
		{Kind: nn.KindFlatten, Name: "flat", Inputs: []string{"sum"}},
		{Kind: nn.KindDense, Name: "fc2", Units: 12, NoBias: true},
		{Kind: nn.KindConcat, Inputs: []string{"fc2", "bn3"}},
		{Kind: nn.KindDense, Name: "fc3", Units: 5},
	}}
}

// pools is a network of one convolution and a pooling.
func pools(c dataset.Shape, pool nn.LayerConfig) nn.Config {
	return nn.Config{Input: c, Init: nn.InitTorch, Layers: []nn.LayerConfig{
		{Kind: nn.KindConv, Name: "conv", Units: 3, Kernel: 1, Stride: 1}, pool, {Kind: nn.KindDense, Name: "fc", Units: 4}}}
}

// networks are those that are written: the built-in ones, every kind of layer,
// poolings with all that makes them differ, and those of others.
func networks(t testing.TB) map[string]*nn.Network {
	t.Helper()
	all := map[string]*nn.Network{"kinds": build(t, kinds())}
	for _, name := range []string{"lenet-300-100", "lenet-5", "alexnet-cifar", "resnet-20", "vgg-16-bn"} {
		in := dataset.Shape{C: 3, H: 32, W: 32}
		if strings.HasPrefix(name, "lenet") {
			in = dataset.Shape{C: 1, H: 28, W: 28}
		}
		c, ok := nn.Builtin(name, in, 10)
		if !ok {
			t.Fatal(name)
		}
		all[name] = build(t, c)
	}
	for _, kind := range []nn.Kind{nn.KindMaxPool, nn.KindAvgPool} {
		for k := 2; k <= 4; k++ {
			for stride := 1; stride <= 4; stride++ {
				for padding := 0; 2*padding <= k; padding++ {
					for _, ceil := range []bool{false, true} {
						for _, counted := range []bool{false, true} {
							if counted && (kind == nn.KindMaxPool || padding == 0) {
								continue
							}
							name := fmt.Sprintf("%s-%d-%d-%d-%t-%t", kind, k, stride, padding, ceil, counted)
							all[name] = build(t, pools(dataset.Shape{C: 2, H: 9, W: 10}, nn.LayerConfig{Kind: kind, Kernel: k, Stride: stride, Padding: padding, Ceil: ceil, CountPadding: counted}))
						}
					}
				}
			}
		}
	}
	files, err := filepath.Glob("testdata/*.onnx")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		all[filepath.Base(strings.TrimSuffix(f, ".onnx"))], _ = bring(t, testdata(t, filepath.Base(f)))
	}
	return all
}

func encode(t testing.TB, m *onnx.Model) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is written and read again computes the same bits.
func TestWrittenComesBack(t *testing.T) {
	for name, net := range networks(t) {
		got, _ := bring(t, encode(t, &onnx.Model{Network: net}))
		want := logits(net, 3)
		for i, have := range logits(got, 3) {
			if !slices.Equal(have, want[i]) {
				t.Errorf("%s, image %d: %v, want %v", name, i, have, want[i])
				break
			}
		}
	}
}

// ONNX Runtime computes from what is written what is computed here.
func TestWrittenInONNXRuntime(t *testing.T) {
	inONNXRuntime(t, networks(t), 3)
}

// inONNXRuntime compares the logits of so many images of noise with what ONNX Runtime
// computes from the networks as they are written.
func inONNXRuntime(t *testing.T, all map[string]*nn.Network, images int) {
	t.Helper()
	modules := os.Getenv("PRUNELAB_ONNXRUNTIME")
	if _, err := exec.LookPath("node"); err != nil || modules == "" {
		t.Skip("SKIPPED: set PRUNELAB_ONNXRUNTIME to a folder in which npm install --ignore-scripts onnxruntime-node@1.30 was run, and have node in the path")
	}
	dir := t.TempDir()
	type array struct {
		Shape  []int     `json:"shape"`
		Values []float32 `json:"values"`
	}
	in := map[string]array{}
	for name, net := range all {
		if err := os.WriteFile(filepath.Join(dir, name+".onnx"), encode(t, &onnx.Model{Network: net}), 0o644); err != nil {
			t.Fatal(err)
		}
		s := net.Config.Input
		x := array{Shape: []int{images, s.C, s.H, s.W}}
		for i := range images {
			for k := range s.Features() {
				x.Values = append(x.Values, noise(k, i))
			}
		}
		in[name] = x
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "images.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	c := exec.Command("node", filepath.Join("testdata", "run.js"), dir)
	c.Stderr = &stderr
	text, err = c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var out map[string]array
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for name, net := range all {
		want, got := logits(net, images), out[name]
		if !slices.Equal(got.Shape, []int{images, len(want[0])}) {
			t.Errorf("%s: logits of shape %v", name, got.Shape)
			continue
		}
		for i, v := range got.Values {
			if w := want[i/got.Shape[1]][i%got.Shape[1]]; !(math.Abs(float64(v)-w) <= 1e-4*max(1, math.Abs(w))) {
				t.Errorf("%s, image %d: %v, want %v", name, i/got.Shape[1], v, w)
				break
			}
		}
	}
	t.Logf("%d networks in ONNX Runtime", len(all))
}

// initializers are the names and shapes of the weights in a file, and its metadata.
func initializers(t testing.TB, b []byte) (shapes map[string][]int64, metadata map[string]string) {
	t.Helper()
	shapes, metadata = map[string][]int64{}, map[string]string{}
	parts := func(b []byte, f func(num protowire.Number, b []byte, v uint64)) {
		for len(b) > 0 {
			num, typ, n := protowire.ConsumeTag(b)
			if n < 0 {
				t.Fatal(protowire.ParseError(n))
			}
			b = b[n:]
			var part []byte
			var v uint64
			switch typ {
			case protowire.BytesType:
				part, n = protowire.ConsumeBytes(b)
			case protowire.VarintType:
				v, n = protowire.ConsumeVarint(b)
			default:
				n = protowire.ConsumeFieldValue(num, typ, b)
			}
			f(num, part, v)
			b = b[n:]
		}
	}
	parts(b, func(num protowire.Number, b []byte, _ uint64) {
		entry := map[protowire.Number]string{}
		switch num {
		case 14:
			parts(b, func(num protowire.Number, b []byte, _ uint64) { entry[num] = string(b) })
			metadata[entry[1]] = entry[2]
		case 7:
			parts(b, func(num protowire.Number, b []byte, _ uint64) {
				if num != 5 {
					return
				}
				name, dims := "", []int64{}
				parts(b, func(num protowire.Number, b []byte, v uint64) {
					switch num {
					case 1:
						dims = append(dims, int64(v))
					case 8:
						name = string(b)
					}
				})
				if _, twice := shapes[name]; twice {
					t.Errorf("initializer %s is there twice", name)
				}
				shapes[name] = dims
			})
		}
	})
	return shapes, metadata
}

// Weights go out under the names and in the order of axes in which they came; what was
// left out is said.
func TestWrittenAsTheOwnerHasIt(t *testing.T) {
	f := fileOf{opset: 13, inputs: [][]byte{operand("x", -1, 1, 2, 3)}, outputs: []string{"z"},
		tensors: [][]byte{floats("Parameter87", 6, 4), floats("Plus112", 4), floats("last/kernel", 4, 4)},
		nodes: [][]byte{nodeOf("Flatten", "f", []string{"x"}), nodeOf("MatMul", "m", []string{"f", "Parameter87"}), nodeOf("Add", "a", []string{"m", "Plus112"}),
			nodeOf("Relu", "r", []string{"a"}), nodeOf("Dropout", "d", []string{"r"}), nodeOf("MatMul", "z", []string{"d", "last/kernel"})}}
	net, n := bring(t, f.bytes())
	if n.File.Origins == nil {
		t.Fatal("the names in the file are not known")
	}
	m := &onnx.Model{Network: net, Origins: *n.File.Origins, Metadata: map[string]string{"b": "2", "a": "1"}}
	b := encode(t, m)
	shapes, metadata := initializers(t, b)
	if got, want := fmt.Sprint(shapes), "map[Parameter87:[6 4] Plus112:[4] last/kernel:[4 4]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fmt.Sprint(metadata); got != "map[a:1 b:2]" {
		t.Errorf("metadata %s", got)
	}
	if got := strings.Join(m.Said, "; "); got != "(dropout 1) is left out: a network that is used drops nothing" {
		t.Errorf("said %q", got)
	}
	again, _ := bring(t, b)
	if want, got := logits(net, 2), logits(again, 2); !slices.Equal(got[1], want[1]) || again.Digest() == "" {
		t.Errorf("got %v, want %v", got, want)
	}
	if !bytes.Equal(b, encode(t, &onnx.Model{Network: net, Origins: *n.File.Origins, Metadata: map[string]string{"a": "1", "b": "2"}})) {
		t.Error("the same network gives other bytes")
	}
}

// A tensor that the owner has once stays one while its values are the same, and is two
// afterwards, which is said.
func TestTiedTensorsAreWrittenOnce(t *testing.T) {
	f := fileOf{opset: 13, inputs: [][]byte{operand("x", -1, 4)}, outputs: []string{"z"}, tensors: [][]byte{floats("w", 4, 4)},
		nodes: [][]byte{nodeOf("MatMul", "m", []string{"x", "w"}), nodeOf("Relu", "r", []string{"m"}), nodeOf("MatMul", "z", []string{"r", "w"})}}
	net, n := bring(t, f.bytes())
	m := &onnx.Model{Network: net, Origins: *n.File.Origins}
	if shapes, _ := initializers(t, encode(t, m)); fmt.Sprint(shapes) != "map[w:[4 4]]" || len(m.Said) > 0 {
		t.Errorf("%v, %v", shapes, m.Said)
	}
	net.Affines()[1].W.Value[3]++
	if shapes, _ := initializers(t, encode(t, m)); fmt.Sprint(shapes) != "map[w:[4 4] w_1:[4 4]]" || len(m.Said) != 1 || !strings.Contains(m.Said[0], "is called w_1: it was one tensor with") {
		t.Errorf("%v, %v", shapes, m.Said)
	}
}

// A bias that the owner's file does not have is written when retraining gave it values.
func TestAbsentBiases(t *testing.T) {
	net := build(t, nn.Config{Input: dataset.Shape{C: 1, H: 2, W: 2}, Init: nn.InitTorch, Layers: []nn.LayerConfig{{Kind: nn.KindDense, Name: "fc1", Units: 2}}})
	m := &onnx.Model{Network: net, Origins: tensors.Origins{Absent: []string{"fc1.bias"}}}
	if shapes, _ := initializers(t, encode(t, m)); len(shapes) != 2 {
		t.Errorf("with values: %v", shapes)
	}
	clear(net.Affine("fc1").B.Value)
	if shapes, _ := initializers(t, encode(t, m)); len(shapes) != 1 {
		t.Errorf("zero: %v", shapes)
	}
}

// What a file cannot hold is refused by name.
func TestWhatIsNotWritten(t *testing.T) {
	net := build(t, nn.Config{Input: dataset.Shape{C: 1, H: 2, W: 2}, Init: nn.InitTorch, Layers: []nn.LayerConfig{{Kind: nn.KindDense, Name: "fc\xff", Units: 2}}})
	if _, err := (&onnx.Model{Network: net}).Encode(); err == nil || !strings.Contains(err.Error(), "its name is not UTF-8") {
		t.Error(err)
	}
	net = build(t, kinds())
	net.Config.Layers = slices.Clone(net.Config.Layers)
	net.Config.Layers[5].Kind = "softplus"
	if _, err := (&onnx.Model{Network: net}).Encode(); err == nil {
		t.Error("a kind that there is not was written")
	}
}
