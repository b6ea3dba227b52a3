package onnx_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/onnx"
)

// described lists layers in short: the kind, its settings that are not 0, and what it
// reads where that is not the layer before.
func described(c nn.Config) string {
	var all []string
	for _, l := range c.Layers {
		text := string(l.Kind)
		if l.Name != "" {
			text += " " + l.Name
		}
		for _, s := range []struct {
			name  string
			value any
		}{
			{"units", l.Units}, {"kernel", l.Kernel}, {"width", l.KernelWidth}, {"stride", l.Stride}, {"padding", l.Padding}, {"groups", l.Groups},
			{"nobias", l.NoBias}, {"ceil", l.Ceil}, {"counted", l.CountPadding}, {"rate", l.Rate}, {"slope", l.Slope}, {"epsilon", l.Epsilon}, {"momentum", l.Momentum},
			{"top", l.Top}, {"bottom", l.Bottom}, {"left", l.Left}, {"right", l.Right}, {"before", l.Before}, {"after", l.After},
		} {
			if v := fmt.Sprint(s.value); v != "0" && v != "false" {
				text += " " + s.name + "=" + v
			}
		}
		if len(l.Inputs) > 0 {
			text += " of " + strings.Join(l.Inputs, ", ")
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

// Layers have the owner's names and all of their settings, those too that count in
// retraining only.
func TestLayersAsTheOwnerHasThem(t *testing.T) {
	for name, want := range map[string]string{
		"norms": `conv conv1 units=6 kernel=3 stride=1 nobias=true
batchnorm bn1 epsilon=0.001 momentum=0.01
relu
conv conv2 units=8 kernel=3 stride=2
leakyrelu slope=0.1
batchnorm bn2 epsilon=1e-05 momentum=0.1
flatten
dense fc1 units=12
batchnorm bn3 epsilon=1e-05 momentum=0.1
relu
dense fc2 units=5 nobias=true`,
		"densenet": `conv conv0 units=6 kernel=3 stride=1 padding=1
batchnorm norms.0 epsilon=1e-05 momentum=0.1
relu
conv convs.0 units=4 kernel=3 stride=1 padding=1 nobias=true
concat Concat of conv0, convs.0
batchnorm norms.1 epsilon=1e-05 momentum=0.1
relu
conv convs.1 units=4 kernel=3 stride=1 padding=1 nobias=true
concat Concat_1 of Concat, convs.1
batchnorm norms.2 epsilon=1e-05 momentum=0.1
relu
conv convs.2 units=4 kernel=3 stride=1 padding=1 nobias=true
concat of Concat_1, convs.2
conv transition units=8 kernel=1 stride=1
avgpool kernel=2 stride=2
globalavgpool
dense fc units=10`,
		"fire": `conv conv1 units=8 kernel=3 stride=2
relu
maxpool kernel=3 stride=2 ceil=true
conv squeeze units=4 kernel=1 stride=1
relu Relu_1
conv expand1x1 units=6 kernel=1 stride=1
relu Relu_2
conv expand3x3 units=6 kernel=3 stride=1 padding=1 of Relu_1
relu Relu_3
concat of Relu_2, Relu_3
conv classifier units=5 kernel=1 stride=1
relu
globalavgpool`,
	} {
		_, n := bring(t, testdata(t, name+".onnx"))
		if got := described(n.Config); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// Padding that differs between the ends of a side becomes a layer of its own before a
// convolution; before a pooling it has its equal in where the last window may reach.
func TestUnevenPadding(t *testing.T) {
	x, conv := []string{"x"}, []string{"x", "conv.weight"}
	two, three := wholes("strides", 2, 2), wholes("kernel_shape", 3, 3)
	for want, f := range map[string]fileOf{
		"pad bottom=1 right=1\nconv conv units=2 kernel=3 stride=2 nobias=true": small(8, nodeOf("Conv", "h", conv, two, word("auto_pad", "SAME_UPPER"))),
		"pad top=1 left=1\nconv conv units=2 kernel=3 stride=2 nobias=true":     small(8, nodeOf("Conv", "h", conv, two, word("auto_pad", "SAME_LOWER"))),
		"conv conv units=2 kernel=3 stride=1 padding=1 nobias=true":             small(32, nodeOf("Conv", "h", conv, word("auto_pad", "SAME_UPPER"))),
		"conv conv units=2 kernel=3 stride=1 nobias=true":                       small(8, nodeOf("Conv", "h", conv, word("auto_pad", "VALID"))),
		"maxpool kernel=3 stride=2 ceil=true":                                   small(8, nodeOf("MaxPool", "h", x, two, three, word("auto_pad", "SAME_UPPER"))),
		"maxpool kernel=3 stride=2 padding=1":                                   small(8, nodeOf("MaxPool", "h", x, two, three, word("auto_pad", "SAME_LOWER"))),
		"avgpool kernel=3 stride=2 ceil=true":                                   small(8, nodeOf("AveragePool", "h", x, two, three, wholes("pads", 0, 0, 1, 1))),
		"pad bottom=1 right=1\navgpool kernel=3 stride=2":                       small(8, nodeOf("AveragePool", "h", x, two, three, wholes("pads", 0, 0, 1, 1), whole("count_include_pad", 1))),
		"avgpool kernel=3 stride=2 padding=1 counted=true":                      small(8, nodeOf("AveragePool", "h", x, two, three, wholes("pads", 1, 1, 1, 1), whole("count_include_pad", 1))),
		"maxpool kernel=2 stride=2":                                             small(8, nodeOf("MaxPool", "h", x, two, wholes("kernel_shape", 2, 2), wholes("pads", 0, 0, 1, 1), whole("ceil_mode", 1))),
		"globalavgpool":                                                         small(2, nodeOf("AveragePool", "h", x, wholes("kernel_shape", 4, 4))),
		"subsample stride=16": small(2, nodeOf("Slice", "a", []string{"x", "zeros", "ends", "rows", "steps"}), nodeOf("Slice", "r", []string{"a", "zeros", "ends", "rows", "steps"}),
			nodeOf("Slice", "b", []string{"r", "zeros", "ends", "columns", "steps"}), nodeOf("Slice", "h", []string{"b", "zeros", "ends", "columns", "steps"})),
		"subsample stride=4": small(2, nodeOf("Slice", "r", []string{"x", "zeros", "ends", "rows", "steps"}), nodeOf("Slice", "h", []string{"r", "zeros", "ends", "columns", "steps"})),
	} {
		f.tensors = append(f.tensors, numbers("zeros", 0), numbers("ends", 1<<62), numbers("steps", 4), numbers("rows", 2), numbers("columns", -1))
		_, n := bring(t, f.bytes())
		got, _, _ := strings.Cut(described(n.Config), "\ndense")
		if got = strings.TrimSuffix(got, "\nflatten"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// Weights come as bytes or in fields of their type, packed or not.
func TestTypesOfWeights(t *testing.T) {
	want := []float32{1, -2, 0.5, 3}
	packed := func(num protowire.Number, width int, bits func(v float32) uint64) []byte {
		var b []byte
		for _, v := range want {
			for i := range width {
				b = append(b, byte(bits(v)>>(8*i)))
			}
		}
		return message(nil, num, b)
	}
	single := func(v float32) uint64 { return uint64(math.Float32bits(v)) }
	double := func(v float32) uint64 { return math.Float64bits(float64(v)) }
	var loose, halves, brains []byte
	for i, v := range want {
		loose = protowire.AppendFixed32(protowire.AppendTag(loose, 4, protowire.Fixed32Type), math.Float32bits(v))
		halves = varint(halves, 5, []int64{0x3c00, 0xc000, 0x3800, 0x4200}[i])
		brains = varint(brains, 5, int64(math.Float32bits(v)>>16))
	}
	for what, c := range map[string]struct {
		typ    int64
		values []byte
	}{
		"raw_data": {1, packed(9, 4, single)}, "float_data": {1, packed(4, 4, single)}, "float_data, each by itself": {1, loose},
		"double": {11, packed(9, 8, double)}, "double_data": {11, packed(10, 8, double)}, "float16": {10, halves}, "bfloat16": {16, brains},
		"bfloat16, raw": {16, packed(9, 2, func(v float32) uint64 { return single(v) >> 16 })},
	} {
		w := message(varint(varint(varint(nil, 2, c.typ), 1, 2), 1, 2), 8, []byte("fc.weight"))
		f := fileOf{opset: 7, inputs: [][]byte{operand("x", 1, 2)}, outputs: []string{"y"}, tensors: [][]byte{append(w, c.values...), floats("c", 2)}}
		number := func(name string, v float32) []byte {
			return protowire.AppendFixed32(protowire.AppendTag(message(nil, 1, []byte(name)), 2, protowire.Fixed32Type), math.Float32bits(v))
		}
		f.nodes = [][]byte{nodeOf("Gemm", "y", []string{"x", "fc.weight", "c"}, number("alpha", 0.5), number("beta", 3))}
		n, err := onnx.Read(f.bytes(), dataset.Shape{})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		weight, _ := n.File.Tensors[0].F32()
		bias, _ := n.File.Tensors[1].F32()
		if got := fmt.Sprint(weight, bias); got != "[0.5 0.25 -1 1.5] [3 6]" {
			t.Errorf("%s: %s", what, got)
		}
	}
}

// Without a name among the weights a layer has that of its node, which PyTorch writes as
// a path of modules.
func TestNamesOfNodes(t *testing.T) {
	for name, want := range map[string]string{
		"/layer1/layer1.0/conv1/Conv": "layer1.0.conv1", "Convolution28": "Convolution28", "net/conv/Conv2D": "net.conv.Conv2D", "": "conv1", "a\x1b[2J": "conv1", "input": "input_2",
	} {
		f := small(8, append(nodeOf("Conv", "h", []string{"x", "onnx::Conv_1"}), message(nil, 3, []byte(name))...))
		f.tensors = append(f.tensors, floats("onnx::Conv_1", 2, 2, 3, 3))
		if _, n := bring(t, f.bytes()); n.Config.Layers[0].Name != want {
			t.Errorf("%q is %q, want %q", name, n.Config.Layers[0].Name, want)
		}
	}
}

// A network of vectors takes images whose pixels are as many; another size is refused.
func TestFor(t *testing.T) {
	f := fileOf{opset: 13, inputs: [][]byte{operand("x", -1, 12)}, outputs: []string{"y"}, tensors: [][]byte{floats("fc.weight", 12, 2)},
		nodes: [][]byte{nodeOf("MatMul", "y", []string{"x", "fc.weight"})}}
	n, err := onnx.Read(f.bytes(), dataset.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := n.For(dataset.Shape{C: 3, H: 2, W: 2}); err != nil || c.Input != (dataset.Shape{C: 3, H: 2, W: 2}) || c.Validate() != nil {
		t.Errorf("%v, %v", c.Input, err)
	}
	planes, err := onnx.Read(small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"})).bytes(), dataset.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planes.For(dataset.Shape{C: 1, H: 4, W: 8}); err == nil {
		t.Error("planes of another shape and as many pixels were taken")
	}
	if _, err := n.For(dataset.Shape{C: 1, H: 2, W: 2}); err == nil || !strings.Contains(err.Error(), "the network reads images of 12x1x1, and those of the data set are 1x2x2") {
		t.Error(err)
	}
}

// What a file leaves open of its input is as the images are; what it says stays.
func TestOpenInputIsThatOfTheImages(t *testing.T) {
	f := small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"}))
	images := dataset.Shape{C: 2, H: 4, W: 4}
	for _, in := range [][]int64{{-1, 2, 4, 4}, {-1, 2, -1, -1}, {-1, -1, -1, -1}, {1, 2, 4, -1}, {0, 0, 0, 0}} {
		f.inputs = [][]byte{operand("x", in...)}
		n, err := onnx.Read(f.bytes(), images)
		if err != nil || n.Config.Input != images || n.Config.Validate() != nil {
			t.Errorf("%v: %v, %v", in, n.Config.Input, err)
		}
	}
	f.inputs = [][]byte{operand("x", -1, 2, -1, 4)}
	if _, err := onnx.Read(f.bytes(), dataset.Shape{C: 2, H: 5, W: 5}); err == nil || !strings.Contains(err.Error(), "its weights are for 8 values, and it reads 12; the file leaves height of its input open, which it has of the images, 2x5x5: where that is not what the network was trained on, give it such images (data: {resize: N}, channels)") {
		t.Error(err)
	}
	f.inputs = [][]byte{operand("x", -1, -1, -1, -1)}
	if _, err := onnx.Read(f.bytes(), dataset.Shape{C: 1, H: 4, W: 4}); err == nil || !strings.Contains(err.Error(), "and it reads 1; the file leaves channels, height and width of its input open") {
		t.Error(err)
	}
	f.nodes[0] = nodeOf("Sigmoid", "h", []string{"x"})
	if _, err := onnx.Read(f.bytes(), images); err == nil || strings.Contains(err.Error(), "open") {
		t.Errorf("what has nothing to do with a size: %v", err)
	}
	f = fileOf{opset: 13, inputs: [][]byte{operand("x", -1, -1)}, outputs: []string{"y"}, tensors: [][]byte{floats("fc.weight", 12, 2)},
		nodes: [][]byte{nodeOf("MatMul", "y", []string{"x", "fc.weight"})}}
	n, err := onnx.Read(f.bytes(), dataset.Shape{C: 3, H: 2, W: 2})
	if err != nil || n.Config.Input.Features() != 12 {
		t.Errorf("%v, %v", n.Config.Input, err)
	}
}

// A Reshape to a batch of one flattens an image, also where the input leaves the batch
// open; and a batch of fixed size may be computed with.
func TestBatchOfAReshape(t *testing.T) {
	for what, f := range map[string]fileOf{
		"of one, open": reshaped(-1, 1, 32), "of one and the rest, open": reshaped(-1, 1, -1), "of one, as 0": reshaped(0, 1, 32),
		"of one": reshaped(1, 1, 32), "of two": reshaped(2, 2, -1), "computed of one": computing(1), "computed of four": computing(4),
	} {
		n, err := onnx.Read(f.bytes(), dataset.Shape{})
		if err != nil || len(n.Config.Layers) != 2 || n.Config.Layers[0].Kind != nn.KindFlatten {
			t.Errorf("%s: %v, %v", what, n.Config.Layers, err)
		}
	}
}
