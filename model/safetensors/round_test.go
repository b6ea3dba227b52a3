package safetensors_test

import (
	"encoding/binary"
	"math"
	"testing"

	"prunelab/model/safetensors"
)

// Every number of 16 bits comes back from float32 as it was, and one between two of
// them is not rounded.
func TestAsIsExactOrNotAtAll(t *testing.T) {
	for _, d := range []safetensors.DType{safetensors.F16, safetensors.BF16} {
		for bits := range 1 << 16 {
			in := safetensors.Tensor{Name: "a", DType: d, Shape: []int{1}, Data: binary.LittleEndian.AppendUint16(nil, uint16(bits))}
			values, err := in.Floats()
			if err != nil {
				t.Fatal(err)
			}
			out, exact := safetensors.FromF32("a", in.Shape, values).As(d)
			if !exact || out.DType != d || string(out.Data) != string(in.Data) {
				t.Fatalf("%s %#04x: %x, %t", d, bits, out.Data, exact)
			}
			if v := float64(values[0]); math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			next := math.Float32frombits(math.Float32bits(values[0]) + 1)
			if out, exact := safetensors.FromF32("a", in.Shape, []float32{next}).As(d); exact || out.DType != safetensors.F32 {
				t.Fatalf("%s: %v is said to be exact", d, next)
			}
		}
	}
	for v, want := range map[float32]bool{65504: true, 65505: false, 65536: false, 0x1p-24: true, 0x1p-25: false, 1e30: false} {
		if _, exact := safetensors.FromF32("a", nil, []float32{v}).As(safetensors.F16); exact != want {
			t.Errorf("%v as F16: exact %t, want %t", v, exact, want)
		}
	}
	out, exact := safetensors.FromF32("a", []int{2}, []float32{0.1, -3}).As(safetensors.F64)
	if values, err := out.Floats(); !exact || err != nil || values[0] != 0.1 || values[1] != -3 {
		t.Errorf("as F64: %v, %v", values, err)
	}
}

func TestWhole(t *testing.T) {
	if n, ok := safetensors.Count("n", -7).Whole(); n != -7 || !ok {
		t.Errorf("%d, %t", n, ok)
	}
	for _, c := range []struct {
		d    safetensors.DType
		data string
		want int64
	}{{safetensors.I8, "\xff", -1}, {safetensors.U8, "\xff", 255}, {safetensors.I16, "\xfe\xff", -2}, {safetensors.U16, "\xfe\xff", 65534}, {safetensors.I32, "\xfd\xff\xff\xff", -3}, {safetensors.U32, "\xfd\xff\xff\xff", 1<<32 - 3}} {
		if n, ok := (safetensors.Tensor{DType: c.d, Data: []byte(c.data)}).Whole(); n != c.want || !ok {
			t.Errorf("%s: %d, %t, want %d", c.d, n, ok, c.want)
		}
	}
	for _, x := range []safetensors.Tensor{safetensors.FromF32("a", nil, []float32{1}), {DType: safetensors.I64, Data: make([]byte, 16)}, {DType: "I3"}} {
		if n, ok := x.Whole(); ok {
			t.Errorf("%s is %d", x.DType, n)
		}
	}
}
