package npy_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"reflect"
	"testing"

	"prunelab/model/sparse/npy"
)

func writeArchive(t *testing.T, entries []npy.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, entries); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readArchive(b []byte, limit int64) ([]npy.Entry, error) {
	return npy.ReadArchive(bytes.NewReader(b), int64(len(b)), limit)
}

func TestArchiveGivesWhatWasWritten(t *testing.T) {
	want := sample()
	b := writeArchive(t, want)
	got, err := readArchive(b, int64(len(b)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, %v, wrote %v", got, err, want)
	}
	if !bytes.Equal(b, writeArchive(t, sample())) {
		t.Error("the same arrays gave two files")
	}
}

func TestArchiveMayBeCompressed(t *testing.T) {
	got, err := readArchive(zipped(zip.Deflate, member{"a.npy", write(t, sample()[1].Array)}), 16)
	if err != nil || !reflect.DeepEqual(got[0].Array, sample()[1].Array) {
		t.Errorf("read %v, %v", got, err)
	}
}

// What a flipped bit changes is noticed, or it was not content.
func TestArchiveNoticesFlippedBits(t *testing.T) {
	want := sample()[1:3]
	b := writeArchive(t, want)
	flipped, unnoticed := bytes.Clone(b), 0
	for bit := range 8 * len(b) {
		flipped[bit/8] ^= 1 << (bit % 8)
		got, err := readArchive(flipped, 1<<20)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err != nil {
			continue
		}
		unnoticed++
		names := 0
		for i, e := range got {
			if !reflect.DeepEqual(e.Array, want[i].Array) {
				t.Fatalf("bit %d: array %q is %v, was %v", bit, e.Name, e.Array, want[i].Array)
			}
			if e.Name != want[i].Name {
				names++
			}
		}
		if len(got) != len(want) || names > 1 {
			t.Fatalf("bit %d: %d arrays, %d of them with another name", bit, len(got), names)
		}
	}
	t.Logf("%d of %d flipped bits are times and other things that do not matter, or letters of a name", unnoticed, 8*len(b))
}

type member struct {
	name string
	data []byte
}

// zipped returns an archive of the files.
func zipped(method uint16, members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err == nil {
			_, err = f.Write(m.data)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// claimed returns an archive whose one entry claims another checksum or size.
func claimed(data []byte, crc uint32, size uint64) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "a.npy", Method: zip.Store, CRC32: crc, CompressedSize64: uint64(len(data)), UncompressedSize64: size})
	if err == nil {
		_, err = f.Write(data)
	}
	if err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// replaced returns b with the last occurrence of old replaced.
func replaced(b []byte, old, with string) []byte {
	at := bytes.LastIndex(b, []byte(old))
	return append(append(bytes.Clone(b[:at]), with...), b[at+len(old):]...)
}

var (
	small = file("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", 1)
	bomb  = file(fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }", 64<<20), 64<<20)
)

var hostileArchives = map[string][]byte{
	"empty":                  {},
	"a .npy":                 small,
	"65535 files in 22 byte": []byte("PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	"directory of 4 GiB":     []byte("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00"),
	"a bomb":                 zipped(zip.Deflate, member{"a.npy", bomb}),
	"an array twice":         zipped(zip.Store, member{"a.npy", small}, member{"a.npy", small}),
	"out of the folder":      zipped(zip.Store, member{"../a.npy", small}),
	"absolute":               zipped(zip.Store, member{"/a.npy", small}),
	"a drive":                zipped(zip.Store, member{`C:a.npy`, small}),
	"a text":                 zipped(zip.Store, member{"a.txt", small}),
	"a pickle":               zipped(zip.Store, member{"a.pkl", small}),
	"no name":                zipped(zip.Store, member{".npy", small}),
	"a folder":               zipped(zip.Store, member{"a.npy/", nil}),
	"empty array":            zipped(zip.Store, member{"a.npy", nil}),
	"bytes after the array":  zipped(zip.Store, member{"a.npy", append(bytes.Clone(small), 1)}),
	"1 TiB in 100 bytes":     zipped(zip.Store, member{"a.npy", hostile["1 TiB in 100 bytes"]}),
	"wrong checksum":         claimed(small, crc32.ChecksumIEEE(small)^1, uint64(len(small))),
	"larger than it is":      claimed(small, crc32.ChecksumIEEE(small), 1<<40),
	"smaller than it is":     claimed(small, crc32.ChecksumIEEE(small), uint64(len(small))-1),
	"cut":                    zipped(zip.Store, member{"a.npy", small})[:100],
	"twice in the directory": replaced(zipped(zip.Store, member{"a.npy", small}, member{"b.npy", small}), "b.npy", "a.npy"),
	"unknown compression":    replaced(zipped(zip.Store, member{"a.npy", small}), "PK\x01\x02\x14\x00\x14\x00\x08\x00\x00\x00", "PK\x01\x02\x14\x00\x14\x00\x08\x00\x63\x00"),
}

func TestReadArchiveRefuses(t *testing.T) {
	refuse(t, hostileArchives, "npz: ", func(b []byte) error {
		_, err := readArchive(b, 1<<20)
		return err
	})
}

func TestArchiveKeepsToItsLimit(t *testing.T) {
	b := writeArchive(t, sample())
	total := int64(0)
	for _, e := range sample() {
		total += int64(len(e.Data))
	}
	if _, err := readArchive(b, total); err != nil {
		t.Error(err)
	}
	if _, err := readArchive(b, total-1); err == nil {
		t.Errorf("%d bytes of data were read where %d are allowed", total, total-1)
	}
}

func FuzzReadArchive(f *testing.F) {
	for name, b := range hostileArchives {
		if name != "a bomb" {
			f.Add(b)
		}
	}
	f.Add(zipped(zip.Deflate, member{"a.npy", small}))
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 16
		entries, err := readArchive(in, limit)
		if err != nil {
			return
		}
		total := 0
		for _, e := range entries {
			total += len(e.Data)
		}
		if total > limit {
			t.Fatalf("%d bytes of data where %d are allowed", total, limit)
		}
		again, err := readArchive(writeArchive(t, entries), limit)
		if err != nil || !reflect.DeepEqual(entries, again) {
			t.Fatalf("read %v, written and read %v, %v", entries, again, err)
		}
	})
}
