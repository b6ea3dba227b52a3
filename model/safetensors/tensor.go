package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DType is the type of a tensor's elements, by its name in the format.
type DType string

// The element types. All are little-endian; a BOOL is one byte, 0 or 1.
const (
	Bool DType = "BOOL"
	U8   DType = "U8"
	I8   DType = "I8"
	U16  DType = "U16"
	I16  DType = "I16"
	F16  DType = "F16"
	BF16 DType = "BF16"
	U32  DType = "U32"
	I32  DType = "I32"
	F32  DType = "F32"
	U64  DType = "U64"
	I64  DType = "I64"
	F64  DType = "F64"
)

// Size is the number of bytes of one element, 0 for a type that is not known.
func (d DType) Size() int {
	switch d {
	case Bool, U8, I8:
		return 1
	case U16, I16, F16, BF16:
		return 2
	case U32, I32, F32:
		return 4
	case U64, I64, F64:
		return 8
	}
	return 0
}

// Tensor is a named array, row-major (the last dimension is contiguous).
type Tensor struct {
	Name  string
	DType DType
	Shape []int  // no dimensions: one element
	Data  []byte // little-endian
}

// FromF32 returns a tensor with a copy of the values, of which there must be
// as many as the shape has elements.
func FromF32(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
	}
	return Tensor{Name: name, DType: F32, Shape: shape, Data: data}
}

// F32 returns the values of a tensor of type F32.
func (t Tensor) F32() ([]float32, error) {
	if t.DType != F32 {
		return nil, fmt.Errorf("tensor %q holds %s, not F32", t.Name, t.DType)
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values, nil
}

// size is the number of bytes that type and shape ask for.
func (t Tensor) size() (int64, error) {
	width := int64(t.DType.Size())
	if width == 0 {
		return 0, fmt.Errorf("tensor %q has the unknown type %q", t.Name, t.DType)
	}
	n := width
	for _, d := range t.Shape {
		if d < 0 {
			return 0, fmt.Errorf("tensor %q has a negative dimension in %v", t.Name, t.Shape)
		}
		if d != 0 && n > math.MaxInt64/int64(d) {
			return 0, fmt.Errorf("tensor %q of shape %v has more than 2^63 bytes", t.Name, t.Shape)
		}
		n *= int64(d)
	}
	return n, nil
}
