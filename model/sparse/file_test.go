package sparse_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/safetensors"
	"prunelab/model/sparse"
	"prunelab/model/sparse/npy"
)

var update = flag.Bool("update", false, "write the golden files")

const mebibyte = 1 << 20

func readNPZ(b []byte, limit int64) (sparse.Matrix, error) {
	return sparse.ReadNPZ(bytes.NewReader(b), int64(len(b)), limit)
}

func npz(t testing.TB, m sparse.Matrix) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := sparse.WriteNPZ(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNPZGivesTheMatrixBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		each(rt, d, func(m sparse.Matrix) {
			var b bytes.Buffer
			if err := sparse.WriteNPZ(&b, m); err != nil {
				rt.Fatal(err)
			}
			got, err := readNPZ(b.Bytes(), mebibyte)
			if err != nil {
				rt.Fatal(err)
			}
			if got.Format() != m.Format() || !same(got.CSR().Dense(), d) {
				rt.Errorf("%s: read %v, wrote %v", m.Format(), got, m)
			}
			var again bytes.Buffer
			if err := sparse.WriteNPZ(&again, got); err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
				rt.Errorf("%s: what was read gives other bytes, %v", m.Format(), err)
			}
		})
	})
}

// Layers in different formats share one file.
func TestTensorsGiveTheMatricesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := matrix(rt)
		f := safetensors.File{Tensors: []safetensors.Tensor{safetensors.FromF32("fc1.bias", []int{1}, []float32{1})}}
		var names []string
		each(rt, d, func(m sparse.Matrix) {
			if r, ok := m.(sparse.Relative); ok && r.K != 5 {
				return
			}
			name := "fc" + string(m.Format()) + ".weight"
			names = append(names, name)
			if err := sparse.AddTensors(&f, name, m); err != nil {
				rt.Fatal(err)
			}
		})
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			rt.Fatal(err)
		}
		read, err := safetensors.Read(&b, mebibyte)
		if err != nil {
			rt.Fatal(err)
		}
		for i, format := range sparse.Formats() {
			m, err := sparse.FromTensors(read, names[i], mebibyte)
			if err != nil {
				rt.Fatal(err)
			}
			if m.Format() != format || !same(m.CSR().Dense(), d) {
				rt.Errorf("%s: read %v, wrote %v", format, m, d)
			}
		}
		if _, err := sparse.FromTensors(read, "fc1.bias", mebibyte); err == nil {
			rt.Error("a tensor that is no matrix was read as one")
		}
	})
}

func TestUnknownMaskStaysUnknown(t *testing.T) {
	d := sparse.Dense{Rows: 1, Cols: 3, Val: []float32{0, 1, 0}}
	m, err := readNPZ(npz(t, d), mebibyte)
	if err != nil || m.(sparse.Dense).Mask != nil {
		t.Errorf("read %v, %v", m, err)
	}
}

// The bytes of released files stay readable and do not change.
func TestGoldenFiles(t *testing.T) {
	a := golden()
	for _, f := range sparse.Formats() {
		m, err := sparse.As(a, f, 3)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", string(f)+".npz")
		b := npz(t, m)
		if *update {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, want) {
			t.Errorf("%s: other bytes than in %s", f, path)
		}
		if got, err := readNPZ(want, mebibyte); err != nil || !same(got.CSR().Dense(), a.Dense()) {
			t.Errorf("%s holds %v, %v", path, got, err)
		}
	}
}

// golden has an empty row and column, a kept zero and a long gap.
func golden() sparse.CSR {
	a, err := sparse.FromPositions(4, 8, []int32{0, 3, 11, 29}, []float32{1.5, -2, 0, float32(math.Inf(1))})
	if err != nil {
		panic(err)
	}
	return a
}

func TestWriteRefusesWhatIsNoMatrix(t *testing.T) {
	bad := sparse.CSR{Rows: 1, Cols: 1}
	if err := sparse.WriteNPZ(&bytes.Buffer{}, bad); err == nil {
		t.Error("a .npz file was written")
	}
	if err := sparse.AddTensors(&safetensors.File{}, "a", bad); err == nil {
		t.Error("tensors were added")
	}
}

// What a flipped bit changes is noticed, or it was not content.
func TestFlippedBitsAreNoticed(t *testing.T) {
	want := golden()
	for _, f := range []sparse.Format{sparse.FormatCSR, sparse.FormatRelative} {
		m, err := sparse.As(want, f, 3)
		if err != nil {
			t.Fatal(err)
		}
		b := npz(t, m)
		for bit := range 8 * len(b) {
			b[bit/8] ^= 1 << (bit % 8)
			got, err := readNPZ(b, mebibyte)
			b[bit/8] ^= 1 << (bit % 8)
			if err == nil && !same(got.CSR().Dense(), want.Dense()) {
				t.Fatalf("%s: bit %d: %v", f, bit, got)
			}
		}
		for n := range len(b) {
			if _, err := readNPZ(b[:n], mebibyte); err == nil {
				t.Errorf("%s: a file cut to %d of %d bytes was read", f, n, len(b))
			}
		}
	}
}

// altered returns the arrays of the golden matrix with some replaced, or, when
// they hold nothing, left out.
func altered(f sparse.Format, with ...npy.Entry) []npy.Entry {
	m, err := sparse.As(golden(), f, 3)
	if err != nil {
		panic(err)
	}
	var entries []npy.Entry
	for _, e := range sparse.Entries(m) {
		for _, w := range with {
			if w.Name == e.Name {
				e = w
			}
		}
		if e.DType != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

func shape(rows, cols int64) npy.Entry {
	return npy.Entry{Name: "shape", Array: npy.FromInt64([]int{2}, []int64{rows, cols})}
}

func ints(name string, v ...int32) npy.Entry {
	return npy.Entry{Name: name, Array: npy.FromInt32([]int{len(v)}, v)}
}

func text(name, s string) npy.Entry { return npy.Entry{Name: name, Array: npy.FromText(s)} }

var hostile = map[string][]npy.Entry{
	"no arrays":                {},
	"no format":                altered(sparse.FormatCSR, npy.Entry{Name: "format"}),
	"format bsr":               altered(sparse.FormatCSR, text("format", "bsr")),
	"format a number":          altered(sparse.FormatCSR, ints("format", 1)),
	"no shape":                 altered(sparse.FormatCSR, npy.Entry{Name: "shape"}),
	"three dimensions":         altered(sparse.FormatCSR, ints("shape", 4, 8, 1)),
	"negative":                 altered(sparse.FormatCSR, shape(-4, -8)),
	"shape of floats":          altered(sparse.FormatCSR, npy.Entry{Name: "shape", Array: npy.FromFloat32([]int{2}, []float32{4, 8})}),
	"terabytes of rows":        altered(sparse.FormatCOO, shape(1<<40, 1)),
	"terabytes that wrap":      altered(sparse.FormatCOO, shape(1<<32, 1<<32)),
	"gigabytes of rows":        altered(sparse.FormatCOO, shape(1<<30, 1)),
	"gigabytes of columns":     altered(sparse.FormatCSR, shape(4, 1<<28)),
	"rows of no columns":       altered(sparse.FormatCOO, shape(1<<30, 0), ints("row"), ints("col"), npy.Entry{Name: "data", Array: npy.FromFloat32([]int{0}, nil)}),
	"other shape":              altered(sparse.FormatCSR, shape(8, 4)),
	"no data":                  altered(sparse.FormatCSR, npy.Entry{Name: "data"}),
	"data of 64 bits":          altered(sparse.FormatCSR, npy.Entry{Name: "data", Array: npy.Array{DType: npy.Float64, Shape: []int{4}, Data: make([]byte, 32)}}),
	"data of two dimensions":   altered(sparse.FormatCSR, npy.Entry{Name: "data", Array: npy.FromFloat32([]int{2, 2}, make([]float32, 4))}),
	"index out":                altered(sparse.FormatCSR, ints("indices", 0, 8, 3, 5)),
	"index 2^32":               altered(sparse.FormatCSR, npy.Entry{Name: "indices", Array: npy.FromInt64([]int{4}, []int64{1 << 32, 3, 3, 5})}),
	"not sorted":               altered(sparse.FormatCSR, ints("indices", 3, 0, 3, 5)),
	"pointers out":             altered(sparse.FormatCSC, ints("indptr", 0, 100, 1, 1, 3, 3, 4, 4, 4)),
	"no row":                   altered(sparse.FormatCOO, npy.Entry{Name: "row"}),
	"dense of another shape":   altered(sparse.FormatDense, shape(2, 16)),
	"dense without mask":       altered(sparse.FormatDense, npy.Entry{Name: "mask"}),
	"mask of one dimension":    altered(sparse.FormatDense, npy.Entry{Name: "mask", Array: npy.FromBool([]int{32}, make([]bool, 32))}),
	"mask of bytes":            altered(sparse.FormatDense, npy.Entry{Name: "mask", Array: npy.FromUint8([]int{4, 8}, make([]byte, 32))}),
	"mask that removes":        altered(sparse.FormatDense, npy.Entry{Name: "mask", Array: npy.FromBool([]int{4, 8}, make([]bool, 32))}),
	"bitmap of integers":       altered(sparse.FormatBitmap, ints("bits", 1, 2, 3, 4)),
	"bitmap of another matrix": altered(sparse.FormatBitmap, npy.Entry{Name: "bits", Array: npy.FromUint8([]int{4}, []byte{255, 255, 255, 255})}),
	"codes of 2^31-1 bits":     altered(sparse.FormatRelative, npy.Entry{Name: "k", Array: npy.FromInt32([]int{}, []int32{math.MaxInt32})}),
	"two k":                    altered(sparse.FormatRelative, ints("k", 3, 3)),
	"origin 7":                 altered(sparse.FormatRelative, npy.Entry{Name: "origin", Array: npy.FromInt32([]int{}, []int32{7})}),
	"codes that go out":        altered(sparse.FormatRelative, shape(1, 4)),
	"zeros that are none":      altered(sparse.FormatRelative, ints("zeros", 0)),
}

func TestReadRefuses(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, entries := range hostile {
		var b bytes.Buffer
		if err := npy.WriteArchive(&b, entries); err != nil {
			t.Fatal(err)
		}
		if m, err := readNPZ(b.Bytes(), mebibyte); err == nil {
			t.Errorf("%s: read as %v", name, m)
		} else if m != nil {
			t.Errorf("%s: refused and given", name)
		} else if !strings.HasPrefix(err.Error(), "sparse: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readNPZ([]byte("PK"), mebibyte); err == nil || !strings.HasPrefix(err.Error(), "sparse: npz: ") {
		t.Errorf("no archive: %v", err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16*mebibyte {
		t.Errorf("%d bytes were allocated to refuse %d small files", used, len(hostile))
	}
}

func TestReadTensorsRefuses(t *testing.T) {
	whole := safetensors.File{}
	if err := sparse.AddTensors(&whole, "fc1.weight", golden()); err != nil {
		t.Fatal(err)
	}
	if m, err := sparse.FromTensors(whole, "fc1.weight", 127); err == nil {
		t.Errorf("128 bytes were read where 127 are allowed: %v", m)
	}
	for i, tensor := range whole.Tensors {
		f := safetensors.File{Metadata: whole.Metadata, Tensors: append([]safetensors.Tensor{}, whole.Tensors...)}
		f.Tensors[i].DType = safetensors.F16
		if m, err := sparse.FromTensors(f, "fc1.weight", mebibyte); err == nil || !strings.Contains(err.Error(), `"fc1.weight"`) {
			t.Errorf("without %s: %v, %v", tensor.Name, m, err)
		}
	}
	for _, format := range []string{"", "bsr", "\xff", strings.Repeat("csr", 1000)} {
		f := safetensors.File{Metadata: map[string]string{"fc1.weight.format": format}, Tensors: whole.Tensors}
		if m, err := sparse.FromTensors(f, "fc1.weight", mebibyte); err == nil {
			t.Errorf("format %q: %v", format, m)
		}
	}
}

func FuzzReadNPZ(f *testing.F) {
	for _, entries := range hostile {
		var b bytes.Buffer
		if err := npy.WriteArchive(&b, entries); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	for _, format := range sparse.Formats() {
		m, err := sparse.As(golden(), format, 3)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(npz(f, m))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := readNPZ(in, mebibyte)
		if err != nil {
			return
		}
		d := m.CSR().Dense()
		again, err := readNPZ(npz(t, m), mebibyte)
		if err != nil || !same(again.CSR().Dense(), d) {
			t.Fatalf("read %v, written and read %v, %v", m, again, err)
		}
	})
}

// tensors returns a safetensors file with the arrays, which has no checksums
// that keep a fuzzer out.
func tensors(t testing.TB, entries []npy.Entry) []byte {
	t.Helper()
	f := safetensors.File{Metadata: map[string]string{}}
	for _, e := range entries {
		dtype := map[npy.DType]safetensors.DType{
			npy.Bool: safetensors.Bool, npy.Uint8: safetensors.U8, npy.Int32: safetensors.I32,
			npy.Int64: safetensors.I64, npy.Float32: safetensors.F32, npy.Float64: safetensors.F64,
		}[e.DType]
		if s, err := e.Text(); err == nil {
			f.Metadata["w."+e.Name] = s
			continue
		}
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: "w." + e.Name, DType: dtype, Shape: e.Shape, Data: e.Data})
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzFromTensors(f *testing.F) {
	for _, entries := range hostile {
		f.Add(tensors(f, entries))
	}
	for _, format := range sparse.Formats() {
		f.Add(tensors(f, altered(format)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := safetensors.Read(bytes.NewReader(in), mebibyte)
		if err != nil {
			return
		}
		m, err := sparse.FromTensors(file, "w", mebibyte)
		if err != nil {
			return
		}
		var again safetensors.File
		if err := sparse.AddTensors(&again, "w", m); err != nil {
			t.Fatal(err)
		}
		back, err := sparse.FromTensors(again, "w", mebibyte)
		if err != nil || !same(back.CSR().Dense(), m.CSR().Dense()) {
			t.Fatalf("read %v, written and read %v, %v", m, back, err)
		}
		if r, ok := m.(sparse.Relative); ok && !same(r.CSR().Relative(r.K).CSR().Dense(), r.CSR().Dense()) {
			t.Fatalf("%v is another matrix when it is encoded again", r)
		}
	})
}
