package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Float reports whether elements of the type are floating-point numbers that
// Floats reads.
func (d DType) Float() bool {
	return d == F16 || d == BF16 || d == F32 || d == F64
}

// Floats returns the values of a tensor of floating-point numbers as float32:
// those of F16, BF16 and F32 exactly, NaNs included, those of F64 rounded to the
// nearest, to even where two are. It fails for any other type, and for a finite F64
// that is too large for a float32.
func (t Tensor) Floats() ([]float32, error) {
	if !t.DType.Float() {
		return nil, fmt.Errorf("tensor %s holds %s, which are no floating-point numbers; F16, BF16, F32 and F64 are read", t.Name, t.DType)
	}
	width := t.DType.Size()
	values := make([]float32, len(t.Data)/width)
	for i := range values {
		at := t.Data[width*i:]
		switch t.DType {
		case F16:
			values[i] = half(binary.LittleEndian.Uint16(at))
		case BF16: // the upper half of a float32
			values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(at)) << 16)
		case F32:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(at))
		case F64:
			v := math.Float64frombits(binary.LittleEndian.Uint64(at))
			values[i] = float32(v)
			if math.IsInf(float64(values[i]), 0) && !math.IsInf(v, 0) {
				return nil, fmt.Errorf("tensor %s: value %d is %g, which is too large for a float32; networks are computed in float32 here", t.Name, i, v)
			}
		}
	}
	return values, nil
}

// half is the value of an IEEE 754 binary16: a sign, 5 bits of exponent with a bias
// of 15, 10 bits of fraction.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero, or fraction x 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
