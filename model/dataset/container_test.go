package dataset

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func put(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.HuffmanOnly)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// small is an IDX folder of 20 training and 6 test images of 2 x 3, four
// classes.
func small(t *testing.T) string {
	dir := t.TempDir()
	put(t, dir, trainImages, idxBytes([]uint32{20, 2, 3}, ramp(120)))
	put(t, dir, trainLabels, idxBytes([]uint32{20}, bytes.Repeat([]byte{0, 1, 2, 3}, 5)))
	put(t, dir, testImages, idxBytes([]uint32{6, 2, 3}, ramp(36)))
	put(t, dir, testLabels, idxBytes([]uint32{6}, []byte{0, 1, 2, 0, 1, 2}))
	return dir
}

func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestDigestIsThatOfTheContent(t *testing.T) {
	plain := small(t)
	packed := t.TempDir()
	for _, name := range []string{trainImages, trainLabels, testImages, testLabels} {
		b, _ := os.ReadFile(filepath.Join(plain, name))
		put(t, packed, name+".gz", zip(t, b))
	}
	a, err := Identify("idx:"+plain, Reading{}, Source{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Identify("idx:"+packed, Reading{}, Source{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest != b.Digest || len(a.Digest) != 64 {
		t.Errorf("digests %s and %s of the same images", a.Digest, b.Digest)
	}
	if a.Name != "idx" || a.Shape != (Shape{1, 2, 3}) || a.Classes != 4 || a.Train != 20 || a.Test != 6 {
		t.Errorf("identified as %+v", a)
	}
	for name, change := range map[string][]byte{
		trainImages: idxBytes([]uint32{20, 2, 3}, append(ramp(119), 0)),
		trainLabels: idxBytes([]uint32{20}, append(bytes.Repeat([]byte{0, 1, 2, 3}, 4), 0, 1, 2, 2)),
		testImages:  idxBytes([]uint32{6, 2, 3}, append(ramp(35), 0)),
		testLabels:  idxBytes([]uint32{6}, []byte{0, 1, 2, 0, 1, 1}),
	} {
		dir := small(t)
		put(t, dir, name, change)
		c, err := Identify("idx:"+dir, Reading{}, Source{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Digest == a.Digest {
			t.Errorf("a change of %s does not change the digest", name)
		}
	}
	if _, err := Load(Config{Name: "idx", Digest: strings.Repeat("0", 64)}, Source{Folder: plain}); err == nil || !strings.Contains(err.Error(), a.Digest) {
		t.Errorf("loaded with another digest: %v", err)
	}
}

func TestDamagedFileIsNamed(t *testing.T) {
	images := idxBytes([]uint32{20, 2, 3}, ramp(120))
	packed := zip(t, images)
	flipped := bytes.Clone(packed)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	for name, c := range map[string]struct {
		file []byte
		says []string
	}{
		"truncated":         {images[:len(images)-5], []string{"is truncated: 131 bytes, should have 136;"}},
		"too long":          {append(bytes.Clone(images), 1), []string{"too long", "136 bytes"}},
		"gzip truncated":    {packed[:len(packed)-20], []string{"is truncated: ", "bytes when decompressed, should have 136"}},
		"gzip trailing":     {append(bytes.Clone(packed), "junk"...), []string{"has bytes after the end of the gzip stream"}},
		"gzip checksum cut": {packed[:len(packed)-3], []string{"is truncated within the checksum"}},
		"empty":             {nil, []string{"is empty"}},
		"gzip checksum":     {flipped, []string{"damaged", "checksum"}},
		"gzip of nothing":   {[]byte("\x1f\x8bjunk junk"), []string{"damaged"}},
		"other count":       {idxBytes([]uint32{19, 2, 3}, ramp(114)), []string{"19 images", "20 labels"}},
		"no images":         {idxBytes([]uint32{20, 0, 3}, nil), []string{"no images"}},
		"bomb":              {idxBytes([]uint32{1 << 31, 28, 28}, nil), []string{"2147483648"}},
	} {
		dir := small(t)
		put(t, dir, trainImages, c.file)
		_, err := Identify("idx:"+dir, Reading{}, Source{})
		if err == nil {
			t.Errorf("%s: read", name)
			continue
		}
		says := append(c.says, dir, "; mend or replace that file, or give another folder as idx:DIR")
		if name != "other count" && name != "no images" {
			says = append(says, filepath.Join(dir, trainImages))
		}
		for _, s := range says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v; the error should say %q", name, err, s)
			}
		}
	}
	dir := small(t)
	os.Remove(filepath.Join(dir, testLabels))
	if _, err := Identify("idx:"+dir, Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), testLabels) {
		t.Errorf("without test labels: %v", err)
	}
	dir = small(t)
	os.Remove(filepath.Join(dir, testLabels))
	os.Mkdir(filepath.Join(dir, testLabels), 0o755)
	if _, err := Identify("idx:"+dir, Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("with a folder for a file: %v", err)
	}
}

func TestTextNamedGzip(t *testing.T) {
	dir := small(t)
	os.Remove(filepath.Join(dir, trainImages))
	put(t, dir, trainImages+".gz", []byte("<html>not found</html>"))
	if _, err := Identify("idx:"+dir, Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), trainImages+".gz is not gzip; ") {
		t.Errorf("a page for a file: %v", err)
	}
}

func TestGzipOfTwoMembers(t *testing.T) {
	dir := small(t)
	images := idxBytes([]uint32{20, 2, 3}, ramp(120))
	put(t, dir, trainImages, append(zip(t, images[:50]), zip(t, images[50:])...))
	if _, err := Identify("idx:"+dir, Reading{}, Source{}); err != nil {
		t.Error(err)
	}
}

func TestTestLabelThatTrainingLacks(t *testing.T) {
	dir := small(t)
	put(t, dir, testLabels, idxBytes([]uint32{6}, []byte{0, 1, 2, 0, 0x63, 2}))
	_, err := Identify("idx:"+dir, Reading{}, Source{})
	if want := filepath.Join(dir, testLabels) + ": label 99 at index 4 "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; the error should say %q", err, want)
	}
}

func TestAlteredCopyIsToldWithDigests(t *testing.T) {
	k, _ := Lookup("fashion-mnist")
	k.Train, k.Test, k.Shape = 20, 6, Shape{1, 2, 3}
	dir := small(t)
	f, _, err := (container{form: idxFiles, files: os.DirFS(dir), at: dir, named: true}).find(&k, true)
	if err != nil {
		t.Fatal(err)
	}
	want := "the copy of fashion-mnist in " + dir + " is well-formed but differs from the published one: content SHA-256 " + f.Digest +
		", published " + k.Content + "; replace it with `prunelab data get fashion-mnist`, or use it on purpose as idx:" + dir
	if strings.Join(f.Warnings, "; ") != want {
		t.Errorf("warned %q, want %q", strings.Join(f.Warnings, "; "), want)
	}
}

// smallCIFAR is CIFAR-10 with 20 images in a batch.
func smallCIFAR() Known {
	k, _ := Lookup("cifar-10")
	k.Train, k.Test = 100, 20
	k.Unpacked = slices.Clone(k.Unpacked)
	for i := range k.Unpacked {
		k.Unpacked[i].Size = 20 * 3073
	}
	return k
}

// cifarFiles returns the six batch files: image i of a batch is all of the
// batch's number, its label i mod 10.
func cifarFiles() map[string][]byte {
	files := map[string][]byte{}
	for b, name := range append(cifarTrain, cifarTest) {
		file := bytes.Repeat([]byte{byte(b + 1)}, 20*3073)
		for i := range 20 {
			file[i*3073] = byte(i % 10)
		}
		files[name] = file
	}
	return files
}

func archive(t testing.TB, order []string, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range order {
		if err := w.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/" + name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		w.Write(files[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zip(t, b.Bytes())
}

func TestCIFAR(t *testing.T) {
	files := cifarFiles()
	folder, packed := t.TempDir(), t.TempDir()
	for name, b := range files {
		put(t, folder, "cifar-10-batches-bin/"+name, b)
	}
	files["readme.html"] = []byte("<p>")
	all := append([]string{"readme.html", cifarTest}, cifarTrain...)
	put(t, packed, "cifar-10/"+cifarArchive, archive(t, all, files))

	k := smallCIFAR()
	var digests []string
	for _, dir := range []string{folder, packed} {
		f, err := Source{Asked: []Place{{dir, "--data"}}}.findKnown(k, true)
		if err != nil {
			t.Fatal(err)
		}
		if f.train.Len() != 100 || f.test.Len() != 20 || f.train.Labels[25] != 5 || f.train.Image(25)[3071] != 2 || f.test.Image(7)[0] != 6 {
			t.Errorf("%s: wrong images", dir)
		}
		if !strings.Contains(strings.Join(f.Warnings, "; "), "differs from the published one: ") || !strings.Contains(strings.Join(f.Warnings, "; "), ", published ") || !strings.Contains(strings.Join(f.Warnings, "; "), "`prunelab data get cifar-10`") {
			t.Errorf("another content is taken without a warning: %+v", f.Info)
		}
		digests = append(digests, f.Digest)
	}
	if digests[0] != digests[1] {
		t.Error("folder and archive of the same images have different digests")
	}

	bad := func(name string, want string, damage func(dir string)) {
		t.Helper()
		dir := t.TempDir()
		damage(dir)
		_, err := Source{Asked: []Place{{dir, "--data"}}}.findKnown(k, true)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "prunelab data get cifar-10") {
			t.Errorf("%s: %v; the error should say %q", name, err, want)
		}
	}
	link := func(dir string, except string) {
		for _, name := range append(cifarTrain, cifarTest) {
			if name != except {
				os.Symlink(filepath.Join(folder, "cifar-10-batches-bin", name), filepath.Join(dir, name))
			}
		}
	}
	bad("truncated", "data_batch_3.bin has 61459 bytes and should have 61460", func(dir string) {
		link(dir, cifarTrain[2])
		put(t, dir, cifarTrain[2], files[cifarTrain[2]][1:])
	})
	bad("missing", "data_batch_5.bin", func(dir string) { link(dir, cifarTrain[4]) })
	bad("label", "record 3 has the label 200", func(dir string) {
		link(dir, cifarTest)
		b := bytes.Clone(files[cifarTest])
		b[3*3073] = 200
		put(t, dir, cifarTest, b)
	})
	bad("archive without a batch", "does not hold data_batch_5.bin", func(dir string) {
		put(t, dir, cifarArchive, archive(t, []string{cifarTrain[0], cifarTrain[1], cifarTrain[2], cifarTrain[3], cifarTest}, files))
	})
	bad("archive cut", "truncated", func(dir string) {
		b, _ := os.ReadFile(filepath.Join(packed, "cifar-10", cifarArchive))
		put(t, dir, cifarArchive, b[:len(b)/2])
	})
	bad("archive with more behind it", "has bytes after the end of the gzip stream", func(dir string) {
		put(t, dir, cifarArchive, append(archive(t, all, files), "junk"...))
	})
	bad("a page for an archive", cifarArchive+" is not gzip", func(dir string) {
		put(t, dir, cifarArchive, bytes.Repeat([]byte("<p>not found"), 100))
	})
	bad("archive with a batch twice", "twice", func(dir string) {
		put(t, dir, cifarArchive, archive(t, append(all, cifarTrain[0]), files))
	})
	bad("archive with a short batch", "has 3 bytes", func(dir string) {
		put(t, dir, cifarArchive, archive(t, []string{cifarTest}, map[string][]byte{cifarTest: []byte("abc")}))
	})
}

// pixels is an image of one colour with another one in its upper left corner.
func pixels(w, h int, base, corner color.Color) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, base)
	}
	m.Set(0, 0, corner)
	return m
}

func encode(t *testing.T, m image.Image, f func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func grey(w, h int, v uint8) image.Image {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = v + uint8(i)
	}
	return m
}

func TestImageFolders(t *testing.T) {
	dir := t.TempDir()
	asJPEG := func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 100}) }
	put(t, dir, "train/cat/2.png", encode(t, pixels(3, 2, color.NRGBA{10, 20, 30, 255}, color.NRGBA{200, 100, 50, 255}), png.Encode))
	put(t, dir, "train/cat/1.jpg", encode(t, pixels(3, 2, color.Black, color.Black), asJPEG))
	put(t, dir, "train/ant/x.PNG", encode(t, grey(3, 2, 7), png.Encode))
	put(t, dir, "train/ant/.DS_Store", []byte("x"))
	put(t, dir, "test/cat/1.png", encode(t, pixels(3, 2, color.NRGBA{255, 255, 255, 0}, color.White), png.Encode))
	d, err := Load(Config{Name: "images", Reading: Reading{Background: "black"}}, Source{Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Shape != (Shape{3, 2, 3}) || d.Train.Classes != 2 || !slices.Equal(d.Train.Labels, []uint16{0, 1, 1}) || !slices.Equal(d.Test.Labels, []uint16{1}) {
		t.Errorf("train %v of %d classes, labels %v, test labels %v", d.Train.Shape, d.Train.Classes, d.Train.Labels, d.Test.Labels)
	}
	want := []byte{200, 10, 10, 10, 10, 10, 100, 20, 20, 20, 20, 20, 50, 30, 30, 30, 30, 30}
	if !bytes.Equal(d.Train.Image(2), want) {
		t.Errorf("a colour image became %v, want %v", d.Train.Image(2), want)
	}
	if got := d.Train.Image(0); !bytes.Equal(got[:6], []byte{7, 8, 9, 10, 11, 12}) || !bytes.Equal(got[:6], got[12:]) {
		t.Errorf("a grey image among colours became %v", got)
	}
	if got := d.Test.Image(0); got[0] != 255 || got[1] != 0 {
		t.Errorf("what is transparent became %v, not black", got)
	}

	put(t, dir, "test/ant/large.png", encode(t, grey(4, 2, 0), png.Encode))
	_, err = Identify("images:"+dir, Reading{}, Source{})
	if err == nil || !strings.Contains(err.Error(), "2 sizes: 4 of 3 x 2 (train/ant/x.PNG), 1 of 4 x 2 (test/ant/large.png)") {
		t.Errorf("an image of another size: %v", err)
	}
}

func TestGreyImageFolders(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "train/a/1.png", encode(t, grey(2, 2, 5), png.Encode))
	put(t, dir, "test/a/1.png", encode(t, grey(2, 2, 9), png.Encode))
	d, err := Load(Config{Name: "images"}, Source{Folder: dir})
	if err != nil || d.Train.Shape.C != 1 || !bytes.Equal(d.Train.Images, []byte{5, 6, 7, 8}) {
		t.Errorf("%v, %v", d, err)
	}
}

func TestImageFoldersRefuse(t *testing.T) {
	one := encode(t, grey(2, 2, 5), png.Encode)
	for want, files := range map[string][]string{
		"has no folder train":                               {"pictures/more/1.png"},
		"has no folder test":                                {"train/a/1.png"},
		"test/b is a class that train":                      {"train/a/1.png", "test/b/1.png"},
		"train/1.png is no folder":                          {"train/1.png", "test/a/1.png"},
		"train/a/notes.txt is not a PNG or JPEG; remove it": {"train/a/notes.txt", "test/a/1.png"},
		"train/a/broken.png cannot be decoded: ":            {"train/a/broken.png", "test/a/1.png"},
		"train/a/junk.png is not a PNG or JPEG; remove it":  {"train/a/junk.png", "test/a/1.png"},
		"train/a/empty.png is empty: copy or save it again": {"train/a/empty.png", "test/a/1.png"},
		"test/a/lfs.png is a pointer of Git LFS, a few":     {"train/a/1.png", "test/a/lfs.png"},
		"test/a/page.jpg is a web page, as a failed":        {"train/a/1.png", "test/a/page.jpg"},
		"the class folder train/b holds no images; put":     {"train/a/1.png", "train/b/.keep", "test/a/1.png"},
		"the class folder test/a holds no images; put":      {"train/a/1.png", "test/a/.keep"},
		"test holds no images; put":                         {"train/a/1.png", "test/.keep"},
	} {
		dir := t.TempDir()
		for _, name := range files {
			b := one
			if strings.Contains(name, "broken") {
				b = one[:40]
			}
			if strings.Contains(name, "junk") {
				b = []byte("these are no pixels")
			}
			switch path.Base(name) {
			case "empty.png":
				b = nil
			case "lfs.png":
				b = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
			case "page.jpg":
				b = []byte("<!DOCTYPE html><title>Sign in</title>")
			}
			put(t, dir, name, b)
		}
		if _, err := Identify("images:"+dir, Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; the error should say %q", files, err, want)
		}
	}
}

// Labels of folders that are named by numbers are those of their order as texts,
// which is said where it is not that of the numbers.
func TestFoldersNamedByNumbers(t *testing.T) {
	one := encode(t, grey(2, 2, 5), png.Encode)
	for _, c := range []struct {
		folders []string
		want    string
	}{
		{[]string{"0", "1", "2", "10"}, "label 2 is the folder 10"},
		{[]string{"-1", "-2"}, "label 0 is the folder -1"},
		{[]string{"00", "01", "02", "10"}, ""},
		{[]string{"0", "1", "10", "x"}, ""},
	} {
		dir := t.TempDir()
		for _, folder := range c.folders {
			put(t, dir, "train/"+folder+"/1.png", one)
			put(t, dir, "test/"+folder+"/1.png", one)
		}
		info, err := Identify("images:"+dir, Reading{}, Source{})
		if said := strings.Join(info.Notes, "\n"); err != nil || !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%v: %q, %v; the notes should have %q", c.folders, said, err, c.want)
		}
	}
}

// Data of which nothing can be learnt are said.
func TestOneClassIsSaid(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "train/a/1.png", encode(t, grey(2, 2, 5), png.Encode))
	put(t, dir, "test/a/1.png", encode(t, grey(2, 2, 9), png.Encode))
	info, err := Identify("images:"+dir, Reading{}, Source{})
	if err != nil || !slices.Contains(info.Warnings, "all images are of one class, so that any network is right about all of them") {
		t.Errorf("%q, %v", info.Warnings, err)
	}
}

// Files in the form of IDX or CIFAR that leave open what they mean are refused with
// what to do.
func TestFormsThatAreUnclear(t *testing.T) {
	idx := func(kind byte, dims []uint32, values []byte) []byte {
		b := idxBytes(dims, values)
		b[2] = kind
		return b
	}
	records := make([]byte, 2*3073)
	labels := idxBytes([]uint32{2}, []byte{0, 1})
	for want, c := range map[string]struct {
		kind  string
		as    Reading
		files map[string][]byte
	}{
		"[2 3 5 3], in which the channels may be the second or the last":  {IDX, Reading{}, map[string][]byte{trainImages: idxBytes([]uint32{2, 3, 5, 3}, ramp(90)), trainLabels: labels}},
		"images of four dimensions are n x 3 x h x w or n x h x w x 3":    {IDX, Reading{}, map[string][]byte{trainImages: idxBytes([]uint32{2, 2, 5, 2}, ramp(40)), trainLabels: labels}},
		"has a label at index 1 (from 0) that is negative or above 65535": {IDX, Reading{}, map[string][]byte{trainLabels: idx(byte(idxShort), []uint32{2}, []byte{0, 1, 255, 255})}},
		"label at index 0 (from 0) that is negative or above":             {IDX, Reading{}, map[string][]byte{trainLabels: idx(byte(idxInt), []uint32{1}, []byte{0, 1, 0, 0})}},
		"no whole number of records of 3074 (2 of labels and":             {CIFAR, Reading{}, map[string][]byte{"train.bin": records, "test.bin": records}},
		"no whole number of records of 3073 (1 of labels and":             {CIFAR, Reading{}, map[string][]byte{"data_batch_1.bin": records[1:], "test_batch.bin": records}},
		"name them all, as label_bytes: [coarse, fine]":                   {CIFAR, Reading{}, map[string][]byte{"data_batch_1.bin": records[1:], "test_batch.bin": records}},
		"holds both data_batch_1.bin and train.bin":                       {CIFAR, Reading{}, map[string][]byte{"data_batch_1.bin": records, "train.bin": records}},
		"has 0 test files; there has to be test_batch.bin beside":         {CIFAR, Reading{}, map[string][]byte{"data_batch_1.bin": records}},
		"has neither data_batch_1.bin, as CIFAR-10, nor train.bin":        {CIFAR, Reading{}, map[string][]byte{"test.bin": records}},
		`no label "middle"; the bytes before each image are coarse, fine`: {CIFAR, Reading{Label: "middle"}, map[string][]byte{"train.bin": records, "test.bin": records}},
	} {
		dir := t.TempDir()
		for name, content := range c.files {
			put(t, dir, name, content)
		}
		if _, err := Identify(c.kind+":"+dir, c.as, Source{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; the error should say %q", err, want)
		}
	}
	// A test label that cannot be learnt, in a file of either layout.
	dir := t.TempDir()
	put(t, dir, "data_batch_1.bin", records)
	other := bytes.Clone(records)
	other[3073] = 7
	put(t, dir, "test_batch.bin.gz", zip(t, other))
	if _, err := Identify("cifar:"+dir, Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), "test_batch.bin.gz: label 7 at index 1 (from 0) is one that no training image has") {
		t.Error(err)
	}
	if info, err := Identify("cifar:"+dir, Reading{LabelBytes: "a"}, Source{}); err == nil {
		t.Errorf("%+v", info)
	}
}

// What a plan keeps of a warning says nothing of where on a machine the copy lay.
func TestWarningsAreKeptWithoutTheMachinesFolders(t *testing.T) {
	k, _ := Lookup("fashion-mnist")
	k.Train, k.Test, k.Shape = 20, 6, Shape{1, 2, 3}
	dir := small(t)
	f, _, err := (container{form: idxFiles, files: os.DirFS(dir), at: dir, named: true}).find(&k, true)
	if err != nil {
		t.Fatal(err)
	}
	f.Passed = []string{"the files in " + dir + " are not those"}
	if kept := strings.Join(f.Kept(), "; "); strings.Contains(kept, filepath.Dir(dir)) || !strings.Contains(kept, "the copy of fashion-mnist in "+filepath.Base(dir)+" is well-formed") {
		t.Errorf("kept is %q", kept)
	}
	if told := strings.Join(f.Told(), "; "); !strings.Contains(told, f.Passed[0]) || !strings.Contains(told, "in "+dir+" is well-formed") {
		t.Errorf("told is %q", told)
	}
}
