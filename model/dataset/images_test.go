package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// The shorter side becomes n, the middle n x n are kept; a plane of one value stays
// that, and one that is made half as large is the mean of what it covers.
func TestResize(t *testing.T) {
	flat := bytes.Repeat([]byte{200}, 7*5)
	for _, n := range []int{1, 3, 5, 8, 11} {
		if got := resizeCrop(flat, 7, 5, n); !bytes.Equal(got, bytes.Repeat([]byte{200}, n*n)) {
			t.Errorf("one value, %d x %[1]d: %v", n, got)
		}
	}
	same := ramp(6)
	if got := resizeCrop(same, 3, 2, 2); !bytes.Equal(got, []byte{0, 1, 3, 4}) {
		t.Errorf("without scaling the middle is %v", got)
	}
	// By hand: from 4 to 2, centres at 1 and 3 of 4, weights 1, 3, 3, 1 (of 8) of
	// pixels at 0.5, 1.5, 2.5, 3.5 within 2 of a centre; the border has 3 of them.
	got := make([]byte, 2)
	resample(got, 1, []byte{0, 40, 80, 240}, 1, taps(2, 4))
	// (3*0 + 3*40 + 1*80)/7 = 28.57, (1*40 + 3*80 + 3*240)/7 = 142.86
	if !bytes.Equal(got, []byte{29, 143}) {
		t.Errorf("4 pixels as 2 are %v, want 29 and 143", got)
	}
	// Twice as large: bilinear, 1/4 and 3/4.
	got = make([]byte, 4)
	resample(got, 1, []byte{0, 100}, 1, taps(4, 2))
	if !bytes.Equal(got, []byte{0, 25, 75, 100}) {
		t.Errorf("2 pixels as 4 are %v", got)
	}
}

// withOrientation puts EXIF data into a JPEG or PNG.
func withOrientation(file []byte, orientation uint16, order binary.AppendByteOrder, mark string) []byte {
	tiff := order.AppendUint16([]byte(mark), 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{0x010f, 7}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, e[0])
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, e[1])
		tiff = order.AppendUint16(tiff, 0)
	}
	if bytes.HasPrefix(file, []byte("\xff\xd8")) {
		segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+6+len(tiff)))
		segment = append(append(segment, "Exif\x00\x00"...), tiff...)
		return slices.Concat(file[:2], segment, file[2:])
	}
	const header = 8 + 25 // signature and IHDR
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(tiff)))
	chunk = append(append(chunk, "eXIf"...), tiff...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(file[:header], chunk, file[header:])
}

// An image stored in any of the eight ways is the one that its photographer saw.
func TestPhotographsStandUpright(t *testing.T) {
	// Upright, 16 x 24: black, with a white square at the upper left and a grey one
	// at the upper right.
	seen := func(x, y int) color.Gray {
		switch {
		case y < 8 && x < 8:
			return color.Gray{255}
		case y < 8:
			return color.Gray{128}
		}
		return color.Gray{}
	}
	const w, h = 16, 24
	// Where the pixel (x, y) that is seen lies in the file, by the EXIF specification:
	// the side of the scene at which the file's row 0 and column 0 are.
	stored := map[uint16]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },                 // top, left
		2: func(x, y int) (int, int) { return w - 1 - x, y },         // top, right
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }, // bottom, right
		4: func(x, y int) (int, int) { return x, h - 1 - y },         // bottom, left
		5: func(x, y int) (int, int) { return y, x },                 // left, top
		6: func(x, y int) (int, int) { return y, w - 1 - x },         // right, top
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x }, // right, bottom
		8: func(x, y int) (int, int) { return h - 1 - y, x },         // left, bottom
	}
	dir := t.TempDir()
	for o, at := range stored {
		m := image.NewGray(image.Rect(0, 0, w, h))
		if o >= 5 {
			m = image.NewGray(image.Rect(0, 0, h, w))
		}
		for y := range h {
			for x := range w {
				u, v := at(x, y)
				m.SetGray(u, v, seen(x, y))
			}
		}
		asJPEG := encode(t, m, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 100}) })
		put(t, dir, fmt.Sprintf("train/a/%d.jpg", o), withOrientation(asJPEG, o, binary.LittleEndian, "II"))
		asPNG := encode(t, m, png.Encode)
		put(t, dir, fmt.Sprintf("train/a/%d.png", o), withOrientation(asPNG, o, binary.BigEndian, "MM"))
	}
	put(t, dir, "test/a/1.png", encode(t, image.NewGray(image.Rect(0, 0, w, h)), png.Encode))
	train, _, err := readImageFolders(os.DirFS(dir), Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range train.Len() {
		for p, v := range train.Image(i) {
			if want := int(seen(p%w, p/w).Y); int(v) < want-2 || int(v) > want+2 {
				t.Errorf("image %d: pixel %d, %d is %d, not %d", i, p%w, p/w, v, want)
				break
			}
		}
	}
	if !slices.Contains(train.notes, "14 images were turned upright as their EXIF data say") {
		t.Errorf("notes %q", train.notes)
	}
}

func TestDeepImagesGiveTheirUpperBits(t *testing.T) {
	dir := t.TempDir()
	m := image.NewGray16(image.Rect(0, 0, 2, 1))
	m.SetGray16(0, 0, color.Gray16{0x12ff})
	m.SetGray16(1, 0, color.Gray16{0xfe00})
	for _, part := range []string{"train", "test"} {
		put(t, dir, part+"/a/1.png", encode(t, m, png.Encode))
	}
	info, err := Identify("images:"+dir, Reading{}, Source{})
	if err != nil || !slices.Contains(info.Notes, "2 images have 16 bits a value, of which the upper 8 were taken") {
		t.Errorf("%+v, %v", info, err)
	}
	d, err := Load(Config{Name: Images}, Source{Folder: dir})
	if err != nil || !bytes.Equal(d.Train.Images, []byte{0x12, 0xfe}) {
		t.Errorf("%v, %v", d, err)
	}
}

// Sizes that differ are counted; resized, they are one.
func TestSizesAreCounted(t *testing.T) {
	dir := t.TempDir()
	for i, w := range []int{8, 8, 8, 6, 6, 9} {
		put(t, dir, fmt.Sprintf("train/a/%d.png", i), encode(t, grey(w, 7, 1), png.Encode))
	}
	put(t, dir, "test/a/1.png", encode(t, grey(8, 7, 1), png.Encode))
	_, err := Identify("images:"+dir, Reading{}, Source{})
	if err == nil || !strings.Contains(err.Error(), "3 sizes: 4 of 8 x 7 (train/a/0.png), 2 of 6 x 7 (train/a/3.png), 1 of 9 x 7 (train/a/5.png); all must have one, so remove some, or let data say resize: 32") {
		t.Error(err)
	}
	info, err := Identify("images:"+dir, Reading{Resize: 5}, Source{})
	if err != nil || info.Shape != (Shape{1, 5, 5}) {
		t.Errorf("%+v, %v", info, err)
	}
}

// A photographer's EXIF data may be anything.
func FuzzOrientation(f *testing.F) {
	f.Add(withOrientation([]byte("\xff\xd8\xff\xd9"), 6, binary.BigEndian, "MM"))
	f.Add(withOrientation([]byte("\xff\xd8\xff\xd9"), 8, binary.LittleEndian, "II"))
	f.Add(withOrientation(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 25)...), 3, binary.BigEndian, "MM"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if o := orientation(file); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}
