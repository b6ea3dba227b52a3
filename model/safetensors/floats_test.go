package safetensors_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"prunelab/model/safetensors"
)

// TestHalf goes through all 65,536 values of F16, computed from the definition of
// binary16 in float64.
func TestHalf(t *testing.T) {
	data := make([]byte, 2<<16)
	for h := range 1 << 16 {
		binary.LittleEndian.PutUint16(data[2*h:], uint16(h))
	}
	got, err := safetensors.Tensor{Name: "a", DType: safetensors.F16, Shape: []int{1 << 16}, Data: data}.Floats()
	if err != nil {
		t.Fatal(err)
	}
	for h, v := range got {
		exponent, fraction := h>>10&0x1f, float64(h&0x3ff)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction/1024, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if h>>15 == 1 {
			want = math.Copysign(want, -1)
		}
		same := float64(v) == want || math.IsNaN(want) && math.IsNaN(float64(v))
		if !same || math.Signbit(float64(v)) != (h>>15 == 1) {
			t.Fatalf("F16 %04x is %v, want %v", h, v, want)
		}
	}
}

// Known values: bfloat16 is the upper half of a float32; a float64 is rounded to the
// nearest float32, to even at a tie.
func TestFloats(t *testing.T) {
	f64 := func(values ...float64) (data []byte) {
		for _, v := range values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		return data
	}
	for _, c := range []struct {
		dtype safetensors.DType
		data  []byte
		want  []float32
	}{
		{safetensors.BF16, []byte{0x80, 0x3f, 0x49, 0xc0, 0x01, 0x00, 0x80, 0xff}, []float32{1, -3.140625, 0x1p-133, float32(math.Inf(-1))}},
		{safetensors.F32, []byte{0xdb, 0x0f, 0x49, 0x40}, []float32{3.14159274}},
		{safetensors.F64, f64(0.1, 1+0x1p-24, 1+3*0x1p-24, 1e-60, math.Inf(1)), []float32{0.1, 1, 1 + 0x1p-22, 0, float32(math.Inf(1))}},
		{safetensors.F16, nil, []float32{}},
	} {
		got, err := safetensors.Tensor{Name: "a", DType: c.dtype, Shape: []int{len(c.want)}, Data: c.data}.Floats()
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %v, %v, want %v", c.dtype, got, err, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: value %d is %v, want %v", c.dtype, i, got[i], c.want[i])
			}
		}
	}
	for want, bad := range map[string]safetensors.Tensor{
		"tensor steps holds I64":                         {Name: "steps", DType: safetensors.I64, Data: make([]byte, 8)},
		"tensor w: value 1 is 1e+39, which is too large": {Name: "w", DType: safetensors.F64, Shape: []int{2}, Data: f64(1, 1e39)},
	} {
		if _, err := bad.Floats(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
