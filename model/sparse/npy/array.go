// Package npy reads and writes arrays in NumPy's .npy format and named arrays
// in its .npz format, a zip archive of .npy files.
//
// The readers are strict and bounded: a length that a file only claims costs no
// memory, and what exceeds the limit, is cut short, goes on after its end, has
// a key, name or dimension twice or out of range, or holds Python objects is
// refused. The writers give equal bytes for equal content: those that
// numpy.save writes, and an archive without compression and without a clock.
//
// Not read: big-endian numbers, Fortran order, complex, 8- and 16-bit floats,
// structured types. An error says how to save such an array again.
package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// DType is the type of an array's elements, as NumPy spells it.
type DType string

// The numeric types; all are little-endian. Text is "|S" or "<U" and its
// length in bytes or UTF-32 code units.
const (
	Bool    DType = "|b1"
	Uint8   DType = "|u1"
	Int32   DType = "<i4"
	Int64   DType = "<i8"
	Float32 DType = "<f4"
	Float64 DType = "<f8"
)

// maxText is the longest text that is read, in characters.
const maxText = 1 << 10

// Size is the number of bytes of one element, 0 for a type that is not known.
func (d DType) Size() int {
	switch d {
	case Bool, Uint8:
		return 1
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	unit := 0
	switch {
	case strings.HasPrefix(string(d), "|S"):
		unit = 1
	case strings.HasPrefix(string(d), "<U"):
		unit = 4
	default:
		return 0
	}
	n, err := strconv.ParseUint(string(d[2:]), 10, 16)
	if err != nil || n > maxText || d[2] == '0' {
		return 0
	}
	return unit * int(n)
}

// Array is an array in row-major order (the last dimension is contiguous).
type Array struct {
	DType DType
	Shape []int  // no dimensions: one element
	Data  []byte // little-endian
}

// FromBool returns an array with a copy of the values, of which there must be
// as many as the shape has elements; so do the functions below.
func FromBool(shape []int, values []bool) Array {
	data := make([]byte, len(values))
	for i, v := range values {
		if v {
			data[i] = 1
		}
	}
	return Array{DType: Bool, Shape: shape, Data: data}
}

// FromUint8 returns an array of bytes.
func FromUint8(shape []int, values []byte) Array {
	return Array{DType: Uint8, Shape: shape, Data: append([]byte{}, values...)}
}

// FromInt32 returns an array of 32-bit integers.
func FromInt32(shape []int, values []int32) Array {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	return Array{DType: Int32, Shape: shape, Data: data}
}

// FromInt64 returns an array of 64-bit integers.
func FromInt64(shape []int, values []int64) Array {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return Array{DType: Int64, Shape: shape, Data: data}
}

// FromFloat32 returns an array of 32-bit floats.
func FromFloat32(shape []int, values []float32) Array {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Array{DType: Float32, Shape: shape, Data: data}
}

// FromText returns a text without dimensions; it must be ASCII, not empty and
// of at most 1024 characters.
func FromText(s string) Array {
	return Array{DType: DType("|S" + strconv.Itoa(len(s))), Shape: []int{}, Data: []byte(s)}
}

// Bools returns the values of a boolean array.
func (a Array) Bools() ([]bool, error) {
	if a.DType != Bool {
		return nil, fmt.Errorf("the array holds %s, not %s: save it with .astype(bool)", a.DType, Bool)
	}
	values := make([]bool, len(a.Data))
	for i, b := range a.Data {
		values[i] = b != 0
	}
	return values, nil
}

// Uint8s returns the values of an array of bytes.
func (a Array) Uint8s() ([]byte, error) {
	if a.DType != Uint8 {
		return nil, fmt.Errorf("the array holds %s, not %s: save it with .astype(numpy.uint8)", a.DType, Uint8)
	}
	return append([]byte{}, a.Data...), nil
}

// Int32s returns the values of an array of 32-bit integers, or of 64-bit ones
// that all fit.
func (a Array) Int32s() ([]int32, error) {
	wide, err := a.Int64s()
	if err != nil {
		return nil, err
	}
	values := make([]int32, len(wide))
	for i, v := range wide {
		if int64(int32(v)) != v {
			return nil, fmt.Errorf("element %d of the array, %d, does not fit 32 bits", i, v)
		}
		values[i] = int32(v)
	}
	return values, nil
}

// Int64s returns the values of an array of 32-bit or 64-bit integers.
func (a Array) Int64s() ([]int64, error) {
	values := make([]int64, a.Len())
	switch a.DType {
	case Int32:
		for i := range values {
			values[i] = int64(int32(binary.LittleEndian.Uint32(a.Data[4*i:])))
		}
	case Int64:
		for i := range values {
			values[i] = int64(binary.LittleEndian.Uint64(a.Data[8*i:]))
		}
	default:
		return nil, fmt.Errorf("the array holds %s, not %s or %s: save it with .astype(numpy.int32)", a.DType, Int32, Int64)
	}
	return values, nil
}

// Float32s returns the values of an array of 32-bit floats. Wider ones would
// not reload bit for bit and are refused.
func (a Array) Float32s() ([]float32, error) {
	if a.DType != Float32 {
		return nil, fmt.Errorf("the array holds %s, not %s: save it with .astype(numpy.float32)", a.DType, Float32)
	}
	values := make([]float32, a.Len())
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.Data[4*i:]))
	}
	return values, nil
}

// Text returns the text of an array of one element.
func (a Array) Text() (string, error) {
	if len(a.DType) < 2 || a.Len() != 1 {
		return "", fmt.Errorf("the array of type %s and shape %v is not one text", a.DType, a.Shape)
	}
	var s string
	switch a.DType[:2] {
	case "|S":
		s = string(a.Data)
	case "<U":
		var b strings.Builder
		for i := 0; i+4 <= len(a.Data); i += 4 {
			b.WriteRune(rune(binary.LittleEndian.Uint32(a.Data[i:])))
		}
		s = b.String()
	default:
		return "", fmt.Errorf("the array holds %s, not text", a.DType)
	}
	s = strings.TrimRight(s, "\x00")
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("the text %q is not UTF-8", s)
	}
	return s, nil
}

// Len is the number of elements that the data hold.
func (a Array) Len() int {
	if size := a.DType.Size(); size > 0 {
		return len(a.Data) / size
	}
	return 0
}

// bytes is the number of bytes that type and shape ask for.
func (a Array) bytes() (int64, error) {
	n := int64(a.DType.Size())
	if n == 0 {
		return 0, fmt.Errorf("unknown type %q", a.DType)
	}
	if len(a.Shape) > maxDims {
		return 0, fmt.Errorf("%d dimensions, more than %d", len(a.Shape), maxDims)
	}
	for _, d := range a.Shape {
		if d < 0 {
			return 0, fmt.Errorf("a negative dimension in %v", a.Shape)
		}
		if d != 0 && n > math.MaxInt64/int64(d) {
			return 0, fmt.Errorf("shape %v has more than 2^63 bytes", a.Shape)
		}
		n *= int64(d)
	}
	return n, nil
}
