package dataset

import (
	"bytes"
	"encoding/binary"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// idxBytes returns an IDX file of unsigned bytes with the given header and
// values.
func idxBytes(dims []uint32, values []byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, values...)
}

func TestReadIDX(t *testing.T) {
	f, err := readIDX(bytes.NewReader(idxBytes([]uint32{2, 1, 3}, []byte("abcdef"))), idxImages, 6)
	if err != nil || !slices.Equal(f.dims, []int{2, 1, 3}) || string(f.values) != "abcdef" {
		t.Errorf("read %v %q, %v", f.dims, f.values, err)
	}
}

// hostileIDX are files for the 3-dimensional reader, each with a word that the
// error must have.
var hostileIDX = map[string]struct {
	file []byte
	says string
}{
	"empty":               {nil, "within its IDX header"},
	"three bytes":         {[]byte{0, 0, 8}, "within its IDX header"},
	"magic":               {[]byte{1, 0, 8, 3, 0, 0, 0, 0}, "01 00 08 03"},
	"floats":              {[]byte{0, 0, 13, 3, 0, 0, 0, 0}, "unsigned bytes"},
	"labels":              {idxBytes([]uint32{1}, []byte{1}), "not with 00 00 08 03"},
	"255 dimensions":      {[]byte{0, 0, 8, 255, 0, 0, 0, 1}, "not with 00 00 08 03"},
	"half a header":       {idxBytes([]uint32{1, 1, 1}, nil)[:10], "within its IDX header"},
	"2^31 images":         {idxBytes([]uint32{1 << 31, 28, 28}, []byte{1}), "2147483648"},
	"2^31 in all":         {idxBytes([]uint32{1 << 31, 1 << 31, 1 << 31}, []byte{1}), "2147483648"},
	"2^128":               {idxBytes([]uint32{1<<32 - 1, 1<<32 - 1, 1<<32 - 1}, nil), "4294967295"},
	"truncated":           {idxBytes([]uint32{2, 2, 2}, []byte("abcdefg")), "is truncated: 23 bytes, should have 24"},
	"one byte too many":   {idxBytes([]uint32{2, 2, 2}, []byte("abcdefghi")), "too long"},
	"claims 64 MiB":       {idxBytes([]uint32{1 << 14, 64, 64}, []byte("abc")), "is truncated: 19 bytes, should have 67108880"},
	"a gzip file by name": {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "1f 8b"},
}

func TestReadIDXRefuses(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, h := range hostileIDX {
		_, err := readIDX(bytes.NewReader(h.file), idxImages, 1<<27)
		if err == nil || !strings.Contains(err.Error(), h.says) {
			t.Errorf("%s: %v; the error should say %q", name, err, h.says)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 80<<20 {
		t.Errorf("%d MiB were allocated to refuse files of a few bytes", used>>20)
	}
}

func FuzzIDX(f *testing.F) {
	for _, h := range hostileIDX {
		f.Add(h.file)
	}
	f.Add(idxBytes([]uint32{2, 2, 2}, []byte("abcdefgh")))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, wanted := range [][][2]byte{idxImages, idxLabels} {
			file, err := readIDX(bytes.NewReader(in), wanted, int64(len(in)))
			if err != nil {
				continue
			}
			n := file.kind.size()
			for _, d := range file.dims {
				n *= int64(d)
			}
			if int64(len(file.values)) != n || len(in) != 4+4*len(file.dims)+len(file.values) {
				t.Fatalf("%d values of dimensions %v from %d bytes", len(file.values), file.dims, len(in))
			}
			if len(file.dims) == 1 {
				_, _ = file.labels()
			} else if n > 0 {
				_, _, _ = file.images()
			}
		}
	})
}

func FuzzCIFAR(f *testing.F) {
	const n = 2
	f.Add([]byte{})
	f.Add(make([]byte, n*3073))
	f.Add(make([]byte, n*3073-1))
	f.Add(make([]byte, n*3073+1))
	f.Add(append([]byte{10}, make([]byte, n*3073-1)...))
	f.Fuzz(func(t *testing.T, in []byte) {
		set := newSet(Shape{3, 32, 32}, 10, n)
		err := readRecords(bytes.NewReader(in), set, 0, n, record{labels: 1})
		if (err == nil) != (len(in) == n*3073 && in[0] < 10 && in[3073] < 10) {
			t.Fatalf("%d bytes: %v", len(in), err)
		}
	})
}

// FuzzFile reads files as they come from a disk, plain or compressed.
func FuzzFile(f *testing.F) {
	pack := func(b []byte) []byte { return zip(f, b) }
	for _, h := range hostileIDX {
		f.Add(h.file)
		f.Add(pack(h.file))
	}
	f.Add(pack(idxBytes([]uint32{1 << 16, 8, 8}, make([]byte, 1<<22))))                       // 4 MiB of zeros
	f.Add(pack(idxBytes([]uint32{1, 1, 1}, make([]byte, 1<<22))))                             // which nothing announces
	f.Add(pack(pack(idxBytes([]uint32{1, 1, 1}, make([]byte, 1<<22)))))                       // packed twice
	f.Add(append(pack(idxBytes([]uint32{2, 2, 2}, []byte("abcd"))), pack([]byte("efgh"))...)) // two members
	f.Add(idxBytes([]uint32{1 << 14, 256, 256}, []byte("1 GiB, they say")))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := open(fstest.MapFS{"images": {Data: in}}, "images")
		if err != nil {
			return
		}
		defer c.Close()
		file, err := readIDX(c, idxImages[:1], c.toRead)
		if d := file.dims; err == nil && (len(file.values) != d[0]*d[1]*d[2] || int64(len(file.values)) > c.toRead) {
			t.Fatalf("%d values of dimensions %v from %d bytes", len(file.values), d, len(in))
		}
	})
}

// FuzzCIFARArchive reads whole archives.
func FuzzCIFARArchive(f *testing.F) {
	k := smallCIFAR()
	k.Train, k.Test = 5, 1
	files := map[string][]byte{}
	for i := range k.Unpacked {
		k.Unpacked[i].Size = 3073
		files[k.Unpacked[i].Name] = make([]byte, 3073)
	}
	names := slices.Sorted(maps.Keys(files))
	whole := archive(f, names, files)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(archive(f, names[:2], files))
	f.Add(archive(f, append(names[:1:1], names...), files))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		train, test, err := readCIFARArchive(fstest.MapFS{cifarArchive: {Data: in}}, cifarArchive, k)
		if err != nil {
			return
		}
		for _, l := range append(train.Labels, test.Labels...) {
			if int(l) >= k.Classes {
				t.Fatalf("label %d", l)
			}
		}
		if train.Len() != 5 || test.Len() != 1 {
			t.Fatalf("%d and %d images", train.Len(), test.Len())
		}
	})
}
