package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"prunelab/model/safetensors"
)

// tensor is a TensorProto; its values are decoded when they are used.
type tensor struct {
	name     string
	typ      int64
	dims     []int64
	raw      []byte  // raw_data, or float_data or double_data as bytes
	numbers  []int64 // int32_data or int64_data
	external bool
}

// types are the names of TensorProto.DataType.
var types = []string{"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE",
	"UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16"}

// Types that are read.
const (
	typeFloat    = 1
	typeInt32    = 6
	typeInt64    = 7
	typeBool     = 9
	typeFloat16  = 10
	typeDouble   = 11
	typeBFloat16 = 16
)

func typeName(typ int64) string {
	if typ >= 0 && int(typ) < len(types) {
		return types[typ]
	}
	return fmt.Sprintf("number %d", typ)
}

// floating reports whether values of the type are floating-point numbers that are read.
func floating(typ int64) bool {
	return typ == typeFloat || typ == typeFloat16 || typ == typeDouble || typ == typeBFloat16
}

func decodeTensor(b []byte) (tensor, error) {
	var t tensor
	err := fields(b, func(x field) error {
		var err error
		switch x.num {
		case tensorDims:
			t.dims, err = x.appendVarints(t.dims, maxRank)
		case tensorType:
			t.typ = int64(x.value)
		case tensorSegment:
			return errors.New("a tensor comes in segments, which are not read")
		case tensorFloats, tensorDoubles:
			t.raw = x.appendFixed(t.raw)
		case tensorInt32s, tensorInt64s:
			t.numbers, err = x.appendVarints(t.numbers, math.MaxInt)
		case tensorName:
			t.name = string(x.bytes)
		case tensorRaw:
			t.raw = x.bytes
		case tensorExternal:
			t.external = true
		case tensorLocation:
			t.external = t.external || x.value == 1
		}
		return err
	})
	return t, err
}

// array is a constant: floating-point numbers as float32, or whole ones.
type array struct {
	dims   []int
	floats []float32 // nil: ints
	ints   []int64
	origin string // the initializer that it is, or was made of
	turned bool   // the initializer has the two dimensions in the other order
}

// size is the number of values.
func (a array) size() int { return max(len(a.floats), len(a.ints)) }

// count is the number of values of a shape, or an error where that is negative or
// more than most.
func count(dims []int, most int) (int, error) {
	n := 1
	for _, d := range dims {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", dims)
		}
		if d > 0 && n > most/d {
			return 0, fmt.Errorf("shape %v is of more than %d values", dims, most)
		}
		n *= d
	}
	return n, nil
}

// array decodes the values.
func (t tensor) array() (array, error) {
	a := array{origin: t.name}
	fail := func(format string, args ...any) (array, error) {
		return a, fmt.Errorf("tensor %s: %w", show(t.name), fmt.Errorf(format, args...))
	}
	if t.external {
		return fail("its values are in another file (external data); save the model with them inside, onnx.save(onnx.load(FILE), NEW)")
	}
	for _, d := range t.dims {
		if d > math.MaxInt32 {
			return fail("a dimension of %d", d)
		}
		a.dims = append(a.dims, int(d))
	}
	n, err := count(a.dims, math.MaxInt32)
	if err != nil {
		return fail("%w", err)
	}
	width, dtype := 0, safetensors.DType("")
	switch t.typ {
	case typeFloat:
		width, dtype = 4, safetensors.F32
	case typeFloat16:
		width, dtype = 2, safetensors.F16
	case typeBFloat16:
		width, dtype = 2, safetensors.BF16
	case typeDouble:
		width, dtype = 8, safetensors.F64
	case typeInt32:
		width = 4
	case typeInt64:
		width = 8
	case typeBool:
		width = 1
	default:
		more := ""
		if strings.Contains(typeName(t.typ), "INT8") {
			more = "; it may be a quantised network: export it as it was before"
		}
		return fail("its type is %s; FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT32, INT64 and BOOL are read%s", typeName(t.typ), more)
	}
	raw := t.raw
	if raw == nil && width == 2 { // a float of 16 bits in each number
		for _, v := range t.numbers {
			raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
		}
	}
	if raw == nil && dtype == "" && len(t.numbers) == n && n > 0 {
		a.ints = t.numbers
		return a, nil
	}
	if len(raw) != n*width {
		return fail("%d bytes of values; %s of shape %v has %d", len(raw), typeName(t.typ), t.dims, n*width)
	}
	if dtype != "" {
		a.floats, err = safetensors.Tensor{Name: t.name, DType: dtype, Data: raw}.Floats()
		return a, err
	}
	a.ints = make([]int64, n)
	for i := range a.ints {
		switch at := raw[i*width:]; width {
		case 1:
			a.ints[i] = int64(at[0])
		case 4:
			a.ints[i] = int64(int32(binary.LittleEndian.Uint32(at)))
		case 8:
			a.ints[i] = int64(binary.LittleEndian.Uint64(at))
		}
	}
	return a, nil
}
