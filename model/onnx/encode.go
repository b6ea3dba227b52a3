package onnx

import (
	"encoding/binary"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Versions that are written: of the format, and of the operators.
const (
	writtenIR    = 7
	writtenOpset = 13
)

// message is a protobuf message that is being written.
type message []byte

func (m *message) bytes(num protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, num, protowire.BytesType), b)
}

func (m *message) text(num protowire.Number, s string) { m.bytes(num, []byte(s)) }

func (m *message) varint(num protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, num, protowire.VarintType), uint64(v))
}

// encode is the ModelProto that decode reads.
func (m model) encode() []byte {
	var out, version message
	out.varint(modelIRVersion, writtenIR)
	out.text(modelProducer, m.producer)
	out.bytes(modelGraph, m.graph.encode())
	version.text(opsetDomain, "")
	version.varint(opsetVersion, m.opset)
	out.bytes(modelOpset, version)
	for _, key := range sorted(m.metadata) {
		var entry message
		entry.text(entryKey, key)
		entry.text(entryValue, m.metadata[key])
		out.bytes(modelMetadata, entry)
	}
	return out
}

func (g graph) encode() (out message) {
	for _, n := range g.nodes {
		out.bytes(graphNode, n.encode())
	}
	out.text(graphName, g.name)
	for _, t := range g.initializer {
		out.bytes(graphInitializer, t.encode())
	}
	for _, o := range g.inputs {
		out.bytes(graphInput, o.encode())
	}
	for _, o := range g.outputs {
		out.bytes(graphOutput, o.encode())
	}
	return out
}

func (n node) encode() (out message) {
	for _, in := range n.inputs {
		out.text(nodeInput, in)
	}
	for _, o := range n.outputs {
		out.text(nodeOutput, o)
	}
	out.text(nodeName, n.name)
	out.text(nodeOp, n.op)
	for _, name := range sorted(n.attributes) {
		out.bytes(nodeAttribute, n.attributes[name].encode(name))
	}
	return out
}

func (a attribute) encode(name string) (out message) {
	out.text(attributeName, name)
	switch a.is {
	case isFloat:
		out = protowire.AppendFixed32(protowire.AppendTag(out, attributeF, protowire.Fixed32Type), math.Float32bits(a.f))
	case isInt:
		out.varint(attributeI, a.i)
	case isString:
		out.text(attributeS, a.s)
	case isTensor:
		out.bytes(attributeTensor, a.tensor.encode())
	case isInts:
		for _, v := range a.ints {
			out.varint(attributeInts, v)
		}
	}
	out.varint(attributeType, a.is)
	return out
}

func (t tensor) encode() (out message) {
	for _, d := range t.dims {
		out.varint(tensorDims, d)
	}
	out.varint(tensorType, t.typ)
	out.text(tensorName, t.name)
	out.bytes(tensorRaw, t.raw)
	return out
}

func (o operand) encode() (out message) {
	var shape, typ, any message
	for _, d := range o.dims {
		var dim message
		if d < 0 {
			dim.text(dimensionParam, "batch")
		} else {
			dim.varint(dimensionValue, d)
		}
		shape.bytes(shapeDimension, dim)
	}
	typ.varint(tensorTypeElem, o.typ)
	typ.bytes(tensorTypeShape, shape)
	any.bytes(typeTensor, typ)
	out.text(operandName, o.name)
	out.bytes(operandType, any)
	return out
}

// floatTensor is a tensor of type FLOAT.
func floatTensor(name string, dims []int, values []float32) tensor {
	t := tensor{name: name, typ: typeFloat, raw: make([]byte, 0, 4*len(values))}
	for _, d := range dims {
		t.dims = append(t.dims, int64(d))
	}
	for _, v := range values {
		t.raw = binary.LittleEndian.AppendUint32(t.raw, math.Float32bits(v))
	}
	return t
}

// intTensor is a list of type INT64.
func intTensor(list ...int) *tensor {
	t := &tensor{typ: typeInt64, dims: []int64{int64(len(list))}}
	for _, v := range list {
		t.raw = binary.LittleEndian.AppendUint64(t.raw, uint64(v))
	}
	return t
}

func whole(v int) attribute      { return attribute{is: isInt, i: int64(v)} }
func number(v float64) attribute { return attribute{is: isFloat, f: float32(v)} }

func wholes(list ...int) attribute {
	a := attribute{is: isInts}
	for _, v := range list {
		a.ints = append(a.ints, int64(v))
	}
	return a
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
