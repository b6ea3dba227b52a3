package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message, as it is on the wire.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	bytes []byte // of a length-delimited field; shares the memory of the file
	value uint64 // of a varint or fixed one
}

// fields calls f for every field of a message, in order. Groups, which ONNX has none
// of, are passed over.
func fields(b []byte, f func(field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		x := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			x.value, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			x.value = uint64(v)
		case protowire.Fixed64Type:
			x.value, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			x.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// message is the content of a field that holds a message or a text.
func (x field) message() ([]byte, error) {
	if x.typ != protowire.BytesType {
		return nil, fmt.Errorf("field %d has wire type %d and should have bytes", x.num, x.typ)
	}
	return x.bytes, nil
}

// appendVarints appends the whole numbers of a repeated field, packed or not.
func (x field) appendVarints(to []int64, most int) ([]int64, error) {
	if x.typ != protowire.BytesType {
		to = append(to, int64(x.value))
	}
	for b := x.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		to = append(to, int64(v))
		if len(to) > most {
			break
		}
	}
	if len(to) > most {
		return nil, fmt.Errorf("field %d holds more than %d numbers", x.num, most)
	}
	return to, nil
}

// appendFixed appends the bytes, little-endian, of a repeated field of floating-point
// numbers, packed or not.
func (x field) appendFixed(to []byte) []byte {
	switch x.typ {
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(to, uint32(x.value))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(to, x.value)
	}
	return append(to, x.bytes...)
}
