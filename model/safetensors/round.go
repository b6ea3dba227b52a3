package safetensors

import (
	"encoding/binary"
	"math"
)

// As is a tensor of type F32 in another floating-point type. exact is false, and the
// tensor as it was, where that type does not have one of its values.
func (t Tensor) As(d DType) (as Tensor, exact bool) {
	if t.DType != F32 || !d.Float() {
		return t, t.DType == d
	}
	if d == F32 {
		return t, true
	}
	as = Tensor{Name: t.Name, DType: d, Shape: t.Shape}
	for at := 0; at < len(t.Data); at += 4 {
		bits := binary.LittleEndian.Uint32(t.Data[at:])
		switch d {
		case F64:
			as.Data = binary.LittleEndian.AppendUint64(as.Data, math.Float64bits(float64(math.Float32frombits(bits))))
		case BF16:
			if bits&0xffff != 0 {
				return t, false
			}
			as.Data = binary.LittleEndian.AppendUint16(as.Data, uint16(bits>>16))
		case F16:
			h, ok := halved(bits)
			if !ok {
				return t, false
			}
			as.Data = binary.LittleEndian.AppendUint16(as.Data, h)
		}
	}
	return as, true
}

// halved is the binary16 of which half makes the float32 with these bits, if there is
// one.
func halved(bits uint32) (h uint16, ok bool) {
	sign, v := uint16(bits>>31)<<15, math.Float32frombits(bits&^(1<<31))
	switch {
	case v < 0x1p-14: // a multiple of 2^-24
		h = sign | uint16(v*0x1p24)
	case v <= 65504:
		h = sign | uint16((bits>>23&0xff-112)<<10) | uint16(bits>>13&0x3ff)
	default: // infinity or NaN, or too large
		h = sign | 0x1f<<10 | uint16(bits>>13&0x3ff)
	}
	return h, math.Float32bits(half(h)) == bits
}
