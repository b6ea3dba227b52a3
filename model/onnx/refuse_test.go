package onnx_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"prunelab/model/dataset"
	"prunelab/model/onnx"
	"prunelab/model/weights"
)

// small is a network of an image of 2 x 4 x 4: what the nodes make of x, flattened, is
// given to a dense layer of 2 x 2 weights for each of so many values.
func small(values int64, nodes ...[]byte) fileOf {
	return fileOf{
		opset: 13, inputs: [][]byte{operand("x", -1, 2, 4, 4)}, outputs: []string{"y"},
		nodes: append(slices.Clone(nodes), nodeOf("Flatten", "flat", []string{"h"}), nodeOf("Gemm", "y", []string{"flat", "fc.weight"}, whole("transB", 1))),
		tensors: [][]byte{floats("fc.weight", 2, values), floats("conv.weight", 2, 2, 3, 3), floats("c", 2, 1, 1), numbers("pair", 1, 32),
			numbers("s0", 0), numbers("s1", 1), numbers("s2", 2), numbers("s3", 3), numbers("s9", 9)},
	}
}

// The network that the refused ones are made of is read.
func TestSmallNetworkIsRead(t *testing.T) {
	net, n := bring(t, small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"})).bytes())
	if got := fmt.Sprintln(net.Config.Input, len(n.Config.Layers), n.Config.Layers[0].Name, n.Config.Layers[2].Name); got != "2x4x4 3 conv fc\n" {
		t.Error(got)
	}
}

// What has no equal here is named with its node, its operator and what is supported.
func TestReadRefuses(t *testing.T) {
	x, conv := []string{"x"}, []string{"x", "conv.weight"}
	for want, f := range map[string]fileOf{
		`node "the h" ("ConvTranspose"): the operator is not supported; these are: Add, AveragePool, BatchNormalization`:                                                              small(8, nodeOf("ConvTranspose", "h", conv)),
		`node "the h" ("Sigmoid"): the operator is not supported`:                                                                                                                     small(32, nodeOf("Sigmoid", "h", x)),
		`node "the h" ("Conv"): dilations of 2 x 2; windows without gaps, 1 x 1, are supported`:                                                                                       small(8, nodeOf("Conv", "h", conv, wholes("dilations", 2, 2))),
		`node "the h" ("Conv"): strides of 1 x 2; the same for rows and columns is supported`:                                                                                         small(8, nodeOf("Conv", "h", conv, wholes("strides", 1, 2))),
		`node "the h" ("Conv"): pads of -1`:                                                                                                                                           small(8, nodeOf("Conv", "h", conv, wholes("pads", -1, 0, 0, 0))),
		`node "the h" ("Conv"): auto_pad is "SAME"`:                                                                                                                                   small(8, nodeOf("Conv", "h", conv, word("auto_pad", "SAME"))),
		`node "the h" ("Conv"): its weights are for 2 groups of 2 channels each, and it reads 2`:                                                                                      small(8, nodeOf("Conv", "h", conv, whole("group", 2))),
		`node "the h" ("Conv"): kernel_shape is 5 x 5 and its weights are 3 x 3`:                                                                                                      small(8, nodeOf("Conv", "h", conv, wholes("kernel_shape", 5, 5))),
		`node "the h" ("Conv"): "x", its input 2, depends on the image; it should be a constant`:                                                                                      small(8, nodeOf("Conv", "h", []string{"x", "x"})),
		`node "the h" ("Conv"): it reads "z", and no node before it makes that`:                                                                                                       small(8, nodeOf("Conv", "h", []string{"z", "conv.weight"})),
		`node "the h" ("MaxPool"): pads of 1, 0, 0, 0 (top, left, bottom, right) have no equal`:                                                                                       small(8, nodeOf("MaxPool", "h", x, wholes("kernel_shape", 3, 3), wholes("pads", 1, 0, 0, 0))),
		`node "the h" ("MaxPool"): a window of 2 x 3; square ones`:                                                                                                                    small(8, nodeOf("MaxPool", "h", x, wholes("kernel_shape", 2, 3))),
		`node "the h" ("Clip"): limits of 0 and 1; 0 and 6 (ReLU6)`:                                                                                                                   clipped(0, 1),
		`node "the h" ("Pad"): mode "reflect"; constant, with zeros, is supported`:                                                                                                    small(32, nodeOf("Pad", "h", []string{"x", "pair"}, word("mode", "reflect"))),
		`node "the h" ("Reshape"): it makes 1 x 32 of batch x 2 x 4 x 4, which fixes the size of the batch at 1, and the input has 2: export the model with a batch of 1, or with -1`: reshaped(2, 1, 32),
		`node "the h" ("Reshape"): it makes 3 x 32 of batch x 2 x 4 x 4, which fixes the size of the batch at 3, and the input leaves it open`:                                        reshaped(-1, 3, 32),
		`node "the h" ("Mul"): it computes with the size of the batch, which is left open here; export the model with a batch of fixed size`:                                          computing(-1),
		`node "the h" ("Conv"): its weights are for 1 channel, and it reads 2`:                                                                                                        few(1),
		`dimension 3 of its input "x", height, is -2; from 1 to 67108864 are read: export it with the size of your images`:                                                            negative(),
		`node "the h" ("Add"): it changes the images by a constant; leave that to the study`:                                                                                          small(32, nodeOf("Add", "h", []string{"x", "c"})),
		`node "the h" ("Add"): it applies a constant to what node "the r" ("Relu") emits`:                                                                                             small(32, nodeOf("Relu", "r", x), nodeOf("Add", "h", []string{"r", "c"})),
		`node "the h" ("ReduceMean"): a mean over axes [1]; that over the pixels, 2 and 3`:                                                                                            small(16, nodeOf("ReduceMean", "h", x, wholes("axes", 1))),
		`node "the h" ("Concat"): axis 2; the channels, 1, can be joined`:                                                                                                             small(64, nodeOf("Concat", "h", []string{"x", "x"}, whole("axis", 2))),
		`node "the h" ("Transpose"): the operator is not supported`:                                                                                                                   small(32, nodeOf("Transpose", "h", x)),
		`node "the h" ("Softmax"): it is supported at the end of a network`:                                                                                                           small(32, nodeOf("Softmax", "h", x, whole("axis", 1))),
		`node "the y" ("Gemm"): its weights are for 9 values, and it reads 8`:                                                                                                         small(9, nodeOf("Conv", "h", conv)),
		`node "the a" ("Add"): it applies a constant to "k", which other nodes read too`:                                                                                              shared(nodeOf("Add", "a", []string{"k", "c"})),
		`node "the a" ("Add"): it applies a constant to "i", which other nodes read too`:                                                                                              shared(nodeOf("Identity", "i", []string{"k"}), nodeOf("Add", "a", []string{"i", "c"})),
		`its input "x" has 3 dimensions; 4 are read`:                                                                                                                                  {opset: 13, inputs: [][]byte{operand("x", 1, 3, 4)}, outputs: []string{"y"}, nodes: [][]byte{nodeOf("Relu", "y", x)}},
		`dimension 3 of its input "x", height, is left open, and there are no images to take it`:                                                                                      {opset: 13, inputs: [][]byte{operand("x", 1, 3, -1, 4)}, outputs: []string{"y"}, nodes: [][]byte{nodeOf("Relu", "y", x)}},
		`it has 2 inputs: "x", "z"; a network of one is read`:                                                                                                                         {opset: 13, inputs: [][]byte{operand("x", 1, 2), operand("z", 1, 2)}, outputs: []string{"y"}, nodes: [][]byte{nodeOf("Relu", "y", x)}},
		`it has 2 outputs, "y", "z"; a network of one is read, the classes`:                                                                                                           {opset: 13, inputs: [][]byte{operand("x", 1, 2)}, outputs: []string{"y", "z"}, nodes: [][]byte{nodeOf("Relu", "y", x)}},
		`none of its layers has weights`:                                                                                                                                              {opset: 13, inputs: [][]byte{operand("x", 1, 2)}, outputs: []string{"y"}, nodes: [][]byte{nodeOf("Relu", "y", x)}},
		`it uses version 6 of the operators; 7 and later are read`:                                                                                                                    {opset: 6},
		`no node makes its output "y"`:                                                                                                                                                {opset: 13, inputs: [][]byte{operand("x", 1, 2)}, outputs: []string{"y"}},
		`tensor "conv.weight": its values are in another file (external data)`:                                                                                                        with(varint(nil, 14, 1)),
		`tensor "conv.weight": its type is INT8; FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT32, INT64 and BOOL are read; it may be a quantised`:                                             with(varint(nil, 2, 3)),
		`node "the h" ("BatchNormalization"): it takes the statistics of the batch (training_mode); export the network in evaluation`: small(32,
			nodeOf("BatchNormalization", "h", []string{"x", "c", "c", "c", "c"}, whole("training_mode", 1))),
		`node "the h" ("Dropout"): it drops values also where the network is only used`: small(32, nodeOf("Dropout", "h", []string{"x", "", "s1"})),
		`node "the h" ("Relu"): slices before it take every single row and every second column; both steps have to be the same`: small(16,
			nodeOf("Slice", "s", []string{"x", "s0", "s9", "s3", "s2"}), nodeOf("Relu", "h", []string{"s"})),
		`node "the c" ("Relu"): it makes "c", which there is already`:                                                                  small(32, nodeOf("Relu", "c", x), nodeOf("Relu", "h", []string{"c"})),
		`node "the y" ("Softmax"): axis 0; the classes, 1, are supported`:                                                              {opset: 13, inputs: [][]byte{operand("x", 1, 2)}, outputs: []string{"y"}, nodes: [][]byte{nodeOf("Softmax", "y", x, whole("axis", 0))}},
		`node "the h" ("Slice"): it takes 1:4:1 of axis 2, of batch x 2 x 4 x 4; every n-th row and column, from the first to the end`: small(24, nodeOf("Slice", "h", []string{"x", "s1", "s9", "s2"})),
		`node "the h" ("Slice"): it takes 0:1:1 of axis 1, of batch x 2 x 4 x 4`:                                                       small(16, nodeOf("Slice", "h", []string{"x", "s0", "s1", "s1"})),
		`node "the h" ("Pad"): pads [0 0 -1 0 0 0 0 0]; zeros can be put around planes and channels`:                                   padded(0, 0, -1, 0, 0, 0, 0, 0),
		`node "the h" ("Pad"): pads [1 0 0 0 0 0 0 0]; zeros can be put around planes and channels`:                                    padded(1, 0, 0, 0, 0, 0, 0, 0),
		`node "the h" ("Pad"): a setting of 2097152 is too large`:                                                                      padded(0, 1<<21, 0, 0, 0, 0, 0, 0),
		`it has sparse initializers`: {opset: 13, more: message(nil, 15, nil)},
	} {
		if _, err := onnx.Read(f.bytes(), dataset.Shape{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// reshaped is a network of batches of a size that a Reshape gives a shape.
func reshaped(batch int64, to ...int64) fileOf {
	f := small(32, nodeOf("Reshape", "h", []string{"x", "to"}))
	f.inputs = [][]byte{operand("x", batch, 2, 4, 4)}
	f.tensors = append(f.tensors, numbers("to", to...))
	return f
}

// computing is a network that takes the size of the batch times one for that of a Reshape.
func computing(batch int64) fileOf {
	f := small(32, nodeOf("Shape", "s", []string{"x"}), nodeOf("Gather", "b", []string{"s", "s0"}), nodeOf("Mul", "h", []string{"b", "s1"}),
		nodeOf("Concat", "to", []string{"h", "left"}, whole("axis", 0)), nodeOf("Reshape", "flattened", []string{"x", "to"}))
	f.nodes[5] = nodeOf("Flatten", "flat", []string{"flattened"})
	f.inputs = [][]byte{operand("x", batch, 2, 4, 4)}
	f.tensors = append(f.tensors, numbers("left", -1))
	return f
}

// few is a network of which the convolution has weights for so many channels.
func few(channels int64) fileOf {
	f := small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"}))
	f.tensors[1] = floats("conv.weight", 2, channels, 3, 3)
	return f
}

// negative is a network whose input has a negative height.
func negative() fileOf {
	f := few(2)
	var shape []byte
	for _, d := range []int64{1, 2, -2, 4} {
		shape = message(shape, 1, varint(nil, 1, d))
	}
	f.inputs = [][]byte{message(message(nil, 1, []byte("x")), 2, message(nil, 1, message(varint(nil, 1, 1), 2, shape)))}
	return f
}

// padded is a network with a Pad.
func padded(pads ...int64) fileOf {
	f := small(32, nodeOf("Pad", "h", []string{"x"}, wholes("pads", pads...)))
	f.opset = 9
	return f
}

// clipped is a network with a Clip.
func clipped(low, high float32) fileOf {
	number := func(name string, v float32) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(message(nil, 1, []byte(name)), 2, protowire.Fixed32Type), math.Float32bits(v))
	}
	f := small(32, nodeOf("Clip", "h", []string{"x"}, number("min", low), number("max", high)))
	f.opset = 9
	return f
}

// shared is a network in which a constant is added to one of two uses of a convolution.
func shared(nodes ...[]byte) fileOf {
	return small(8, slices.Concat([][]byte{nodeOf("Conv", "k", []string{"x", "conv.weight"})}, nodes, [][]byte{nodeOf("Add", "h", []string{"a", "k"})})...)
}

// with is a network with more in the tensor of its convolution.
func with(more []byte) fileOf {
	f := small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"}))
	f.tensors[1] = append(f.tensors[1], more...)
	return f
}

// Tensors that several layers share are named, as each layer has its own here.
func TestSharedWeights(t *testing.T) {
	f := small(32, nodeOf("Conv", "a", []string{"x", "conv.weight"}, wholes("pads", 1, 1, 1, 1)), nodeOf("Conv", "h", []string{"a", "conv.weight"}, wholes("pads", 1, 1, 1, 1)))
	_, n := bring(t, f.bytes())
	_, a, err := weights.Bring(n.Config, n.File, nil)
	if want := "[[conv.weight conv_2.weight]]"; err != nil || fmt.Sprint(n.File.Tied) != want || fmt.Sprint(a.TiedApart()) != want {
		t.Errorf("%v, %v, %v", n.File.Tied, a.TiedApart(), err)
	}
}

// A few bytes do not ask for much memory.
func TestMemoryIsBounded(t *testing.T) {
	huge := small(32, nodeOf("ConstantOfShape", "big", []string{"dims"}), nodeOf("Add", "h", []string{"x", "big"}))
	huge.tensors = append(huge.tensors, numbers("dims", 1<<20, 1<<10))
	nodes := fileOf{opset: 13, more: []byte(strings.Repeat("\x0a\x00", 30_000))}
	wide := small(32)
	wide.inputs = [][]byte{operand("x", 1, 1<<26, 1<<26, 1<<26)}
	doubled := small(32)
	doubled.nodes = [][]byte{nodeOf("Concat", "d0", []string{"dims", "dims"}, whole("axis", 0))}
	doubled.tensors = append(doubled.tensors, numbers("dims", make([]int64, 1000)...))
	for i := range 40 {
		in := fmt.Sprintf("d%d", i)
		doubled.nodes = append(doubled.nodes, nodeOf("Concat", fmt.Sprintf("d%d", i+1), []string{in, in}, whole("axis", 0)))
	}
	doubled.nodes = append(doubled.nodes, nodeOf("Reshape", "y", []string{"x", "d40"}))
	tied := fileOf{opset: 13, inputs: [][]byte{operand("d0", -1, 500)}, outputs: []string{"d100"}, tensors: [][]byte{floats("w", 500, 500)}}
	for i := range 100 {
		tied.nodes = append(tied.nodes, nodeOf("MatMul", fmt.Sprintf("d%d", i+1), []string{fmt.Sprintf("d%d", i), "w"}))
	}
	empty := small(32, nodeOf("Slice", "none", []string{"e"}, wholes("starts", 0), wholes("ends", math.MaxInt32)), nodeOf("Reshape", "h", []string{"x", "none"}))
	empty.tensors = append(empty.tensors, message(varint(varint(varint(nil, 2, 7), 1, math.MaxInt32), 1, 0), 8, []byte("e")))
	for want, f := range map[string]fileOf{
		`node "the none" ("Slice"): its constants take more memory`: empty, `("MatMul"): its constants take more memory`: tied,
		"is of more than": huge, "values": padded(0, 0, 1<<20, 1<<20, 0, 0, 1<<20, 1<<20), "more than the 20000 nodes": nodes, "is of more than 67108864 values": wide, `("Concat"): its constants take more memory than the file gives cause for`: doubled,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := onnx.Read(f.bytes(), dataset.Shape{})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
			t.Errorf("%s: %d MiB", want, n>>20)
		}
	}
}

// FuzzRead: whatever a file holds, there is a network that can be made or an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"lenet-batch", "norms", "resnet-a", "mobilenet", "fire", "pools", "scaled"} {
		f.Add(testdata(f, name+".onnx"))
	}
	f.Add(small(8, nodeOf("Conv", "h", []string{"x", "conv.weight"})).bytes())
	f.Add(shared(nodeOf("Identity", "a", []string{"k"})).bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := onnx.Read(b, dataset.Shape{})
		if err != nil {
			return
		}
		if err := n.Config.Validate(); err != nil {
			t.Fatal(err)
		}
		features := 0
		for _, l := range n.Config.Layers {
			features = max(features, l.Units, l.Top, l.Bottom, l.Left, l.Right, l.Before, l.After)
		}
		if features < 1000 && n.Config.Input.Features() < 1<<16 {
			weights.Bring(n.Config, n.File, nil) // values that are not finite are refused there
		}
	})
}
