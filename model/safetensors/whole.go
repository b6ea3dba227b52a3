package safetensors

import "encoding/binary"

// Whole is the value of a tensor of one whole number; ok is false for any other.
func (t Tensor) Whole() (value int64, ok bool) {
	if len(t.Data) != t.DType.Size() {
		return 0, false
	}
	switch t.DType {
	case I8:
		return int64(int8(t.Data[0])), true
	case U8:
		return int64(t.Data[0]), true
	case I16:
		return int64(int16(binary.LittleEndian.Uint16(t.Data))), true
	case U16:
		return int64(binary.LittleEndian.Uint16(t.Data)), true
	case I32:
		return int64(int32(binary.LittleEndian.Uint32(t.Data))), true
	case U32:
		return int64(binary.LittleEndian.Uint32(t.Data)), true
	case I64:
		return int64(binary.LittleEndian.Uint64(t.Data)), true
	}
	return 0, false
}

// Count is a tensor of one whole number, without dimensions, as PyTorch stores
// num_batches_tracked.
func Count(name string, n int64) Tensor {
	return Tensor{Name: name, DType: I64, Data: binary.LittleEndian.AppendUint64(nil, uint64(n))}
}
