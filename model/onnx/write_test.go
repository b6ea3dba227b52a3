package onnx_test

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// fileOf is an ONNX file made by hand.
type fileOf struct {
	opset   uint64
	inputs  [][]byte
	outputs []string
	nodes   [][]byte
	tensors [][]byte
	more    []byte // of the graph
}

func message(to []byte, num protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, num, protowire.BytesType), b)
}

func varint(to []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, num, protowire.VarintType), uint64(v))
}

func (f fileOf) bytes() []byte {
	var g []byte
	for _, n := range f.nodes {
		g = message(g, 1, n)
	}
	for _, t := range f.tensors {
		g = message(g, 5, t)
	}
	for _, in := range f.inputs {
		g = message(g, 11, in)
	}
	for _, o := range f.outputs {
		g = message(g, 12, message(nil, 1, []byte(o)))
	}
	m := varint(nil, 1, 8)
	m = message(m, 7, append(g, f.more...))
	return message(m, 8, varint(nil, 2, int64(f.opset)))
}

// operand is an input of floats; dimensions below 0 have a name.
func operand(name string, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		if d < 0 {
			shape = message(shape, 1, message(nil, 2, []byte("N")))
		} else {
			shape = message(shape, 1, varint(nil, 1, d))
		}
	}
	return message(message(nil, 1, []byte(name)), 2, message(nil, 1, message(varint(nil, 1, 1), 2, shape)))
}

// nodeOf is a node with inputs x, w and so on, and one output.
func nodeOf(op, out string, inputs []string, attributes ...[]byte) []byte {
	var n []byte
	for _, in := range inputs {
		n = message(n, 1, []byte(in))
	}
	n = message(message(message(n, 2, []byte(out)), 3, []byte("the "+out)), 4, []byte(op))
	for _, a := range attributes {
		n = message(n, 5, a)
	}
	return n
}

func whole(name string, v int64) []byte { return varint(message(nil, 1, []byte(name)), 3, v) }

func wholes(name string, list ...int64) []byte {
	a := message(nil, 1, []byte(name))
	for _, v := range list {
		a = varint(a, 8, v)
	}
	return a
}

func word(name, v string) []byte { return message(message(nil, 1, []byte(name)), 4, []byte(v)) }

// floats is an initializer of type FLOAT, whose values are 1, 2, 3, ...
func floats(name string, dims ...int64) []byte {
	n := int64(1)
	t := varint(nil, 2, 1)
	for _, d := range dims {
		n *= d
		t = varint(t, 1, d)
	}
	var raw []byte
	for i := range n {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i+1)))
	}
	return message(message(t, 8, []byte(name)), 9, raw)
}

// numbers is an initializer of type INT64, a list.
func numbers(name string, list ...int64) []byte {
	t := varint(varint(nil, 2, 7), 1, int64(len(list)))
	for _, v := range list {
		t = varint(t, 7, v)
	}
	return message(t, 8, []byte(name))
}
