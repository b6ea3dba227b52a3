package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"prunelab/model/safetensors"
)

// file returns a file with the given header and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, n)...)
}

func sample() safetensors.File {
	return safetensors.File{
		Metadata: map[string]string{"format": "pt", "a": "\"quoted\" → text"},
		Tensors: []safetensors.Tensor{
			{Name: "mask", DType: safetensors.U8, Shape: []int{3}, Data: []byte{1, 0, 1}},
			safetensors.FromF32("w", []int{2, 2}, []float32{1, -2.5, float32(math.Inf(1)), 1e-45}),
			{Name: "empty", DType: safetensors.I64, Shape: []int{0, 7}, Data: []byte{}},
			{Name: "step", DType: safetensors.I64, Shape: []int{}, Data: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
			{Name: "yes", DType: safetensors.Bool, Shape: []int{2}, Data: []byte{1, 0}},
			{Name: "index", DType: safetensors.I32, Shape: []int{1}, Data: []byte{9, 0, 0, 0}},
		},
	}
}

func write(t *testing.T, f safetensors.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWriteThenReadGivesTheSame(t *testing.T) {
	want := sample()
	b := write(t, want)
	got, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Metadata, want.Metadata) {
		t.Errorf("metadata %v, want %v", got.Metadata, want.Metadata)
	}
	if len(got.Tensors) != len(want.Tensors) {
		t.Fatalf("%d tensors, want %d", len(got.Tensors), len(want.Tensors))
	}
	for _, w := range want.Tensors {
		if g, ok := got.Tensor(w.Name); !ok || !reflect.DeepEqual(g, w) {
			t.Errorf("tensor %q is %v, want %v", w.Name, g, w)
		}
	}
	w, _ := got.Tensor("w")
	v, err := w.F32()
	if err != nil || v[1] != -2.5 || !math.IsInf(float64(v[2]), 1) || v[3] != 1e-45 {
		t.Errorf("w holds %v, %v", v, err)
	}
	if _, err := got.Tensors[0].F32(); err == nil {
		t.Errorf("%s was read as F32", got.Tensors[0].DType)
	}
}

func TestOrderOfTensorsDoesNotChangeTheBytes(t *testing.T) {
	a, b := sample(), sample()
	for i, j := 0, len(b.Tensors)-1; i < j; i, j = i+1, j-1 {
		b.Tensors[i], b.Tensors[j] = b.Tensors[j], b.Tensors[i]
	}
	if !bytes.Equal(write(t, a), write(t, b)) {
		t.Error("the order in which tensors are given changes the file")
	}
}

// The bytes by hand, from the format's description: eight bytes of length,
// the header padded with spaces, the data.
func TestBytes(t *testing.T) {
	f := safetensors.File{Tensors: []safetensors.Tensor{
		{Name: "b", DType: safetensors.U8, Shape: []int{2}, Data: []byte{1, 2}},
		safetensors.FromF32("a", []int{1, 1}, []float32{1.5}),
	}}
	header := `{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}    `
	want := append(file(header, 0), 0, 0, 0xc0, 0x3f, 1, 2)
	if got := write(t, f); !bytes.Equal(got, want) {
		t.Errorf("wrote\n%s\nwant\n%s", hex.Dump(got), hex.Dump(want))
	}
}

func TestHeaderIsPadded(t *testing.T) {
	for n := range 9 {
		f := safetensors.File{Tensors: []safetensors.Tensor{safetensors.FromF32(strings.Repeat("n", n), []int{1}, []float32{1})}}
		if b := write(t, f); len(b)%4 != 0 || binary.LittleEndian.Uint64(b)%8 != 0 {
			t.Errorf("name of %d letters: header of %d bytes", n, binary.LittleEndian.Uint64(b))
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	one := safetensors.FromF32("a", []int{1}, []float32{1})
	for name, f := range map[string]safetensors.File{
		"a name twice":      {Tensors: []safetensors.Tensor{one, one}},
		"the metadata name": {Tensors: []safetensors.Tensor{{Name: "__metadata__", DType: safetensors.U8, Shape: []int{0}}}},
		"data too short":    {Tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.F32, Shape: []int{2}, Data: make([]byte, 4)}}},
		"unknown type":      {Tensors: []safetensors.Tensor{{Name: "a", DType: "F8", Shape: []int{0}}}},
		"negative":          {Tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Shape: []int{-1}}}},
		"overflow":          {Tensors: []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Shape: []int{1 << 32, 1 << 32}}}},
		"name not UTF-8":    {Tensors: []safetensors.Tensor{{Name: "a\xff", DType: safetensors.U8, Shape: []int{0}}}},
		"long header":       {Metadata: map[string]string{"a": strings.Repeat("x", safetensors.MaxHeader)}},
	} {
		if err := f.Write(&bytes.Buffer{}); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// Each of these files is taken by one reader or another.
var hostile = map[string][]byte{
	"empty":               {},
	"header of 2^63":      binary.LittleEndian.AppendUint64(nil, 1<<63),
	"header of 1 MiB + 1": binary.LittleEndian.AppendUint64(nil, safetensors.MaxHeader+1),
	"no header":           file("", 0),
	"spaces first":        file(` {}`, 0),
	"not closed":          file(`{`, 0),
	"two objects":         file(`{}{}`, 0),
	"an array":            file(`[]`, 0),
	"a tensor twice":      file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2),
	"twice by escapes":    file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2),
	"a field twice":       file(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1),
	"metadata twice":      file(`{"__metadata__":{},"__metadata__":{}}`, 0),
	"metadata key twice":  file(`{"__metadata__":{"a":"1","a":"2"}}`, 0),
	"metadata a number":   file(`{"__metadata__":{"a":1}}`, 0),
	"overlap":             file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3),
	"the same bytes":      file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2),
	"gap":                 file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 1),
	"backwards":           file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1),
	"three offsets":       file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}`, 1),
	"negative offset":     file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, 1),
	"offset of 2^64":      file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551617]}}`, 1),
	"offset 1.0":          file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.0]}}`, 1),
	"terabyte":            file(`{"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}}`, 1),
	"shape overflows":     file(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0),
	"size does not fit":   file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4),
	"unknown type":        file(`{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}`, 16),
	"unknown field":       file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, 1),
	"no type":             file(`{"a":{"shape":[1],"data_offsets":[0,1]}}`, 1),
	"no shape":            file(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, 1),
	"no offsets":          file(`{"a":{"dtype":"U8","shape":[0]}}`, 0),
	"shape a string":      file(`{"a":{"dtype":"U8","shape":"1","data_offsets":[0,1]}}`, 1),
	"tensor a number":     file(`{"a":1}`, 0),
	"deep":                file(`{"a":`+strings.Repeat("[", 100_000), 0),
	"not UTF-8":           file("{\"\xff\":1}", 0),
	"data too short":      file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 1),
	"data too long":       file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 3),
	"bool of 2":           append(file(`{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, 0), 2),
}

func TestReadRefuses(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, b := range hostile {
		if _, err := safetensors.Read(bytes.NewReader(b), 1<<40); err == nil {
			t.Errorf("%s: read", name)
		} else if !strings.HasPrefix(err.Error(), "safetensors: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d bytes were allocated to refuse %d small files", used, len(hostile))
	}
}

func TestReadKeepsToItsLimit(t *testing.T) {
	b := write(t, sample())
	if _, err := safetensors.Read(bytes.NewReader(b), int64(len(b))-1); err == nil {
		t.Error("a file larger than the limit was read")
	}
	for n := range len(b) {
		if _, err := safetensors.Read(bytes.NewReader(b[:n]), 1<<30); err == nil {
			t.Errorf("a file cut to %d of %d bytes was read", n, len(b))
		}
	}
}

func TestLargeTensorIsReadInSteps(t *testing.T) {
	values := make([]float32, 3<<18+5)
	for i := range values {
		values[i] = float32(i)
	}
	b := write(t, safetensors.File{Tensors: []safetensors.Tensor{safetensors.FromF32("w", []int{len(values)}, values)}})
	f, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := f.Tensors[0].F32()
	if !reflect.DeepEqual(got, values) {
		t.Error("the values differ")
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range hostile {
		f.Add(b)
	}
	var b bytes.Buffer
	if err := sample().Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := safetensors.Read(bytes.NewReader(in), 1<<24)
		if err != nil {
			return
		}
		var size int
		for _, tensor := range got.Tensors {
			size += len(tensor.Data)
			if values, err := tensor.Floats(); err == nil && len(values)*tensor.DType.Size() != len(tensor.Data) {
				t.Fatalf("%d values of %s from %d bytes", len(values), tensor.DType, len(tensor.Data))
			}
		}
		if size > len(in) {
			t.Fatalf("%d bytes of data from a file of %d", size, len(in))
		}
		out := write(t, got)
		again, err := safetensors.Read(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatal(err)
		}
		if second := write(t, again); !bytes.Equal(out, second) {
			t.Fatal("writing what was read twice gives two files")
		}
	})
}
