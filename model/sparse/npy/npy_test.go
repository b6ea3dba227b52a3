package npy_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/sparse/npy"
)

// file returns a .npy file of version 1.0 with the given dictionary and n bytes
// of data.
func file(dict string, n int) []byte {
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)+1))
	b = append(b, dict+"\n"...)
	return append(b, make([]byte, n)...)
}

func write(t *testing.T, a npy.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sample() []npy.Entry {
	return []npy.Entry{
		{Name: "format", Array: npy.FromText("csr")},
		{Name: "data", Array: npy.FromFloat32([]int{2, 2}, []float32{1, -2.5, float32(math.Inf(1)), float32(math.Copysign(0, -1))})},
		{Name: "empty", Array: npy.FromInt32([]int{0, 7}, nil)},
		{Name: "shape", Array: npy.FromInt64([]int{2}, []int64{-1, 1 << 40})},
		{Name: "mask", Array: npy.FromBool([]int{3}, []bool{true, false, true})},
		{Name: "bits", Array: npy.FromUint8([]int{1, 1, 1}, []byte{255})},
		{Name: "one", Array: npy.FromInt32([]int{}, []int32{-7})},
	}
}

func arrays(t *rapid.T) npy.Array {
	shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
	n := 1
	for _, d := range shape {
		n *= d
	}
	switch rapid.IntRange(0, 4).Draw(t, "type") {
	case 0:
		return npy.FromBool(shape, rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "bools"))
	case 1:
		return npy.FromUint8(shape, rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes"))
	case 2:
		return npy.FromInt32(shape, rapid.SliceOfN(rapid.Int32(), n, n).Draw(t, "int32s"))
	case 3:
		return npy.FromInt64(shape, rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "int64s"))
	}
	bits := rapid.SliceOfN(rapid.Uint32(), n, n).Draw(t, "float bits")
	values := make([]float32, n)
	for i, b := range bits {
		values[i] = math.Float32frombits(b)
	}
	return npy.FromFloat32(shape, values)
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := arrays(rt)
		var b bytes.Buffer
		if err := a.Write(&b); err != nil {
			rt.Fatal(err)
		}
		if start := b.Len() - len(a.Data); start%64 != 0 {
			rt.Errorf("the data begin at byte %d, not at a multiple of 64", start)
		}
		got, err := npy.Read(&b, int64(len(a.Data)))
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(got, a) {
			rt.Errorf("read %v, wrote %v", got, a)
		}
	})
}

// The header is what numpy.save of NumPy 1.24 writes for
// numpy.arange(6, dtype=numpy.float32).reshape(2, 3).
func TestBytesAreThoseOfNumPy(t *testing.T) {
	got := write(t, npy.FromFloat32([]int{2, 3}, []float32{0, 1, 2, 3, 4, 5}))
	dict := "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	want := append([]byte("\x93NUMPY\x01\x00\x76\x00"), dict+strings.Repeat(" ", 118-1-len(dict))+"\n"...)
	want = append(want, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xa0, 0x40)
	if !bytes.Equal(got, want) {
		t.Errorf("wrote\n%s\nwant\n%s", hex.Dump(got), hex.Dump(want))
	}
}

// Where the room that NumPy leaves for a first dimension that grows shows: the
// data of its numpy.zeros((1,)*14) begin at byte 128, of (1,)*15 at 192.
func TestRoomForAFirstDimensionThatGrows(t *testing.T) {
	for dims, want := range map[int]int{14: 128, 15: 192} {
		shape := make([]int, dims)
		for i := range shape {
			shape[i] = 1
		}
		if got := len(write(t, npy.FromFloat32(shape, []float32{0}))) - 4; got != want {
			t.Errorf("the data of %d dimensions begin at byte %d, want %d", dims, got, want)
		}
	}
}

func TestValuesComeBack(t *testing.T) {
	values := []float32{1, float32(math.Copysign(0, -1)), 1e-45, math.Float32frombits(0x7fc12345)}
	floats, err := npy.FromFloat32([]int{4}, values).Float32s()
	for i := range values {
		if err != nil || math.Float32bits(floats[i]) != math.Float32bits(values[i]) {
			t.Fatalf("%v came back as %v, %v", values, floats, err)
		}
	}
	if v, err := npy.FromInt64([]int{2}, []int64{-5, 7}).Int32s(); err != nil || !reflect.DeepEqual(v, []int32{-5, 7}) {
		t.Errorf("64-bit integers gave %v, %v", v, err)
	}
	if v, err := npy.FromInt32([]int{2}, []int32{-5, 7}).Int64s(); err != nil || !reflect.DeepEqual(v, []int64{-5, 7}) {
		t.Errorf("32-bit integers gave %v, %v", v, err)
	}
	if v, err := npy.FromBool([]int{2}, []bool{true, false}).Bools(); err != nil || !reflect.DeepEqual(v, []bool{true, false}) {
		t.Errorf("booleans gave %v, %v", v, err)
	}
	if v, err := npy.FromUint8([]int{2}, []byte{3, 255}).Uint8s(); err != nil || !reflect.DeepEqual(v, []byte{3, 255}) {
		t.Errorf("bytes gave %v, %v", v, err)
	}
	if s, err := npy.FromText("csr").Text(); err != nil || s != "csr" {
		t.Errorf("text gave %q, %v", s, err)
	}
	wide := npy.Array{DType: "<U3", Shape: []int{}, Data: []byte("c\x00\x00\x00s\x00\x00\x00\xfc\x00\x00\x00")}
	if s, err := wide.Text(); err != nil || s != "csü" {
		t.Errorf("UTF-32 text gave %q, %v", s, err)
	}
}

func TestValuesOfAnotherTypeAreRefused(t *testing.T) {
	double := npy.Array{DType: npy.Float64, Shape: []int{1}, Data: make([]byte, 8)}
	if _, err := double.Float32s(); err == nil || !strings.Contains(err.Error(), "astype(numpy.float32)") {
		t.Errorf("64-bit floats: %v", err)
	}
	if _, err := npy.FromInt64([]int{1}, []int64{1 << 31}).Int32s(); err == nil {
		t.Error("2^31 was read as a 32-bit integer")
	}
	if _, err := double.Int64s(); err == nil {
		t.Error("floats were read as integers")
	}
	if _, err := double.Bools(); err == nil {
		t.Error("floats were read as booleans")
	}
	if _, err := double.Uint8s(); err == nil {
		t.Error("floats were read as bytes")
	}
	for _, a := range []npy.Array{double, {DType: "|S1", Shape: []int{2}, Data: []byte("ab")}, {DType: "|S1", Shape: []int{}, Data: []byte("\xff")}} {
		if s, err := a.Text(); err == nil {
			t.Errorf("%v was read as the text %q", a, s)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, a := range map[string]npy.Array{
		"data too short": {DType: npy.Float32, Shape: []int{2}, Data: make([]byte, 4)},
		"unknown type":   {DType: "<c8", Shape: []int{0}},
		"no text":        npy.FromText(""),
		"long text":      npy.FromText(strings.Repeat("a", 1025)),
		"negative":       {DType: npy.Uint8, Shape: []int{-1}},
		"overflow":       {DType: npy.Uint8, Shape: []int{1 << 32, 1 << 32}},
		"33 dimensions":  {DType: npy.Uint8, Shape: make([]int, 33)},
	} {
		if err := a.Write(io.Discard); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	one := npy.FromText("a")
	for name, entries := range map[string][]npy.Entry{
		"a name twice": {{Name: "a", Array: one}, {Name: "a", Array: one}},
		"no name":      {{Array: one}},
		"a path":       {{Name: "../a", Array: one}},
		"no array":     {{Name: "a"}},
	} {
		if err := npy.WriteArchive(io.Discard, entries); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// Files that one reader or another takes, or dies of.
var hostile = map[string][]byte{
	"empty":                 {},
	"a zip":                 []byte("PK\x03\x04"),
	"version 4":             append([]byte("\x93NUMPY\x04\x00"), make([]byte, 100)...),
	"version 1.1":           append([]byte("\x93NUMPY\x01\x01"), make([]byte, 100)...),
	"header of 4 GiB":       []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"),
	"header too long":       file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"+strings.Repeat(" ", 10_000), 4),
	"1 TiB in 100 bytes":    file("{'descr': '<f4', 'fortran_order': False, 'shape': (274877906944,), }", 21),
	"2^63 bytes":            file("{'descr': '<f4', 'fortran_order': False, 'shape': (2305843009213693952,), }", 4),
	"2^64 elements":         file("{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,), }", 4),
	"a product that wraps":  file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0),
	"negative dimension":    file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4),
	"no line feed":          bytes.Replace(file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 4), []byte("\n"), []byte(" "), 1),
	"pickle":                file("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 4),
	"structured":            file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4),
	"big-endian":            file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4),
	"Fortran":               file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", 16),
	"text of 4 GiB":         file("{'descr': '|S4294967295', 'fortran_order': False, 'shape': (), }", 4),
	"text without a length": file("{'descr': '|S', 'fortran_order': False, 'shape': (), }", 0),
	"text of length 0":      file("{'descr': '|S0', 'fortran_order': False, 'shape': (), }", 0),
	"a key twice":           file("{'descr': '<f4', 'descr': '|u1', 'fortran_order': False, 'shape': (4,), }", 4),
	"unknown key":           file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4),
	"no shape":              file("{'descr': '<f4', 'fortran_order': False, }", 4),
	"no dictionary":         file("", 4),
	"two dictionaries":      file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }{}", 4),
	"not closed":            file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", 4),
	"text not closed":       file("{'descr': '<f4, 'fortran_order': False, 'shape': (1,), }", 4),
	"escapes":               file(`{'descr': '\x3cf4', 'fortran_order': False, 'shape': (1,), }`, 4),
	"number, not a tuple":   file("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", 4),
	"order a number":        file("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4),
	"octal":                 file("{'descr': '<f4', 'fortran_order': False, 'shape': (01,), }", 4),
	"underscore":            file("{'descr': '<f4', 'fortran_order': False, 'shape': (1_0,), }", 40),
	"float dimension":       file("{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,), }", 4),
	"33 dimensions":         file("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("1,", 33)+"), }", 4),
	"no comma":              file("{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }", 4),
	"two commas":            file("{'descr': '<f4',, 'fortran_order': False, 'shape': (1,), }", 4),
	"brackets":              file("{'descr': '<f4', 'fortran_order': False, 'shape': "+strings.Repeat("(", 5000)+", }", 4),
	"data too short":        file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7),
	"data too long":         file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9),
	"bool of 2":             append(file("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", 0), 2),
}

func TestTerabyteIsClaimedIn100Bytes(t *testing.T) {
	if n := len(hostile["1 TiB in 100 bytes"]); n != 100 {
		t.Errorf("the file has %d bytes", n)
	}
}

// refuse fails unless every input is refused with the prefix, in little memory.
func refuse(t *testing.T, inputs map[string][]byte, prefix string, read func([]byte) error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, b := range inputs {
		if err := read(b); err == nil {
			t.Errorf("%s: read", name)
		} else if !strings.HasPrefix(err.Error(), prefix) {
			t.Errorf("%s: %v", name, err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d bytes were allocated to refuse %d small files", used, len(inputs))
	}
}

func TestReadRefuses(t *testing.T) {
	refuse(t, hostile, "npy: ", func(b []byte) error {
		_, err := npy.Read(bytes.NewReader(b), 1<<50)
		return err
	})
}

func TestReadTakesWhatNumPyMayWrite(t *testing.T) {
	dict := "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }"
	version2 := append([]byte("\x93NUMPY\x02\x00"), byte(len(dict)+1), 0, 0, 0)
	version2 = append(version2, dict+"\n\x00\x00\x80\x3f"...)
	for name, b := range map[string][]byte{
		"other order":       file("{'shape': (1, 1), 'fortran_order': False, 'descr': '<f4'}", 4),
		"comma in a tuple":  file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1,), }", 4),
		"double quotes":     file(`{"descr": "<f4", "fortran_order": False, "shape": (1, 1), }`, 4),
		"no spaces":         file("{'descr':'<f4','fortran_order':False,'shape':(1,1)}", 4),
		"version 2":         version2,
		"not 64-bytes even": file(dict, 4),
	} {
		if a, err := npy.Read(bytes.NewReader(b), 4); err != nil || !reflect.DeepEqual(a.Shape, []int{1, 1}) {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

func TestReadKeepsToItsLimit(t *testing.T) {
	b := write(t, npy.FromFloat32([]int{3}, []float32{1, 2, 3}))
	if _, err := npy.Read(bytes.NewReader(b), 11); err == nil {
		t.Error("12 bytes of data were read where 11 are allowed")
	}
	for n := range len(b) {
		if _, err := npy.Read(bytes.NewReader(b[:n]), 12); err == nil {
			t.Errorf("a file cut to %d of %d bytes was read", n, len(b))
		}
	}
}

func TestLargeArrayIsReadInSteps(t *testing.T) {
	a := npy.FromUint8([]int{3<<20 + 5}, bytes.Repeat([]byte("pruned"), (3<<20+5)/6+1)[:3<<20+5])
	got, err := npy.Read(bytes.NewReader(write(t, a)), 1<<30)
	if err != nil || !reflect.DeepEqual(got, a) {
		t.Errorf("the array differs, or %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range hostile {
		f.Add(b)
	}
	for _, e := range sample() {
		var b bytes.Buffer
		if err := e.Write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := npy.Read(bytes.NewReader(in), 1<<20)
		if err != nil {
			return
		}
		if len(a.Data) > len(in) {
			t.Fatalf("%d bytes of data from a file of %d", len(a.Data), len(in))
		}
		again, err := npy.Read(bytes.NewReader(write(t, a)), 1<<20)
		if err != nil || !reflect.DeepEqual(a, again) {
			t.Fatalf("read %v, written and read %v, %v", a, again, err)
		}
	})
}
