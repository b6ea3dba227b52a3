package dataset

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/model/rng"
)

// embedded is a source with the MNIST files that the program carries.
func embedded() Source { return Source{Embedded: map[string]fs.FS{"mnist": os.DirFS("mnist")}} }

func TestMNIST(t *testing.T) {
	info, err := Identify("mnist", Reading{}, embedded())
	if err != nil {
		t.Fatal(err)
	}
	k, _ := Lookup("mnist")
	if !(container{files: os.DirFS("mnist")}).published(&k) {
		t.Fatal("the files are not those that were published")
	}
	train, test, err := (container{form: idxFiles, files: os.DirFS("mnist")}).read(&k)
	if err != nil {
		t.Fatal(err)
	}
	if got := contentDigest(train, test); info.Digest != got {
		t.Errorf("identified by digest %s, the content has %s", info.Digest, got)
	}
	d, err := split(Config{Name: "mnist"}, train, test)
	if err != nil {
		t.Fatal(err)
	}
	// Counts a class as LeCun's page gives them.
	if got, want := counts(d.Train), []int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}; !slices.Equal(got, want) {
		t.Errorf("training images a class %v, want %v", got, want)
	}
	if got, want := counts(d.Test), []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}; !slices.Equal(got, want) {
		t.Errorf("test images a class %v, want %v", got, want)
	}
	if !slices.Equal(d.Train.Labels[:5], []uint16{5, 0, 4, 1, 9}) || !slices.Equal(d.Test.Labels[:3], []uint16{7, 2, 1}) {
		t.Errorf("first labels %v and %v", d.Train.Labels[:5], d.Test.Labels[:3])
	}
	mean, sd := moments(histogram(d.Train, 0))
	if math.Abs(mean-0.1307) > 5e-5 || math.Abs(sd-0.3081) > 5e-5 {
		t.Errorf("mean %.5f and standard deviation %.5f, want 0.1307 and 0.3081", mean, sd)
	}
}

func counts(s *Set) []int {
	n := make([]int, s.Classes)
	for _, l := range s.Labels {
		n[l]++
	}
	return n
}

// numbered is a set whose image i is the number i.
func numbered(n int) *Set {
	s := newSet(Shape{1, 1, 2}, 4, n)
	for i := range n {
		s.Labels[i] = uint16(i % 4)
		copy(s.Image(i), []byte{byte(i >> 8), byte(i)})
	}
	return s
}

func numbers(s *Set) []int {
	var v []int
	for i := range s.Len() {
		v = append(v, int(s.Image(i)[0])<<8|int(s.Image(i)[1]))
	}
	return v
}

func TestSplit(t *testing.T) {
	d, err := split(Config{Name: "x", Validation: 100, SplitSeed: 3}, numbered(1000), numbered(50))
	if err != nil {
		t.Fatal(err)
	}
	valid, train := numbers(d.Valid), numbers(d.Train)
	if len(valid) != 100 || len(train) != 900 || d.Test.Len() != 50 {
		t.Fatalf("parts of %d, %d and %d", len(train), len(valid), d.Test.Len())
	}
	want := rng.Stream(3, "split", "x").Perm(1000)[:100]
	slices.Sort(want)
	if !slices.Equal(valid, want) {
		t.Errorf("validation images %v, want %v", valid, want)
	}
	if !slices.IsSorted(train) {
		t.Error("the training images are not in the order of the file")
	}
	all := append(valid, train...)
	slices.Sort(all)
	for i, v := range all {
		if v != i {
			t.Fatalf("the parts do not hold every image once: %d at %d", v, i)
		}
	}
	for i, v := range train {
		if d.Train.Labels[i] != uint16(v%4) {
			t.Fatalf("image %d has label %d", v, d.Train.Labels[i])
		}
	}

	less, err := split(Config{Name: "x", Validation: 100, SplitSeed: 3, TrainSamples: 70, TestSamples: 5}, numbered(1000), numbered(50))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(less.Train), train[:70]) || !slices.Equal(numbers(less.Test), []int{0, 1, 2, 3, 4}) {
		t.Errorf("a part of the data is %v and %v", numbers(less.Train), numbers(less.Test))
	}
	if !slices.Equal(numbers(less.Valid), numbers(d.Valid)) {
		t.Error("the validation part depends on train_samples")
	}
	other, _ := split(Config{Name: "x", Validation: 100, SplitSeed: 4}, numbered(1000), numbered(50))
	if slices.Equal(numbers(other.Valid), numbers(d.Valid)) {
		t.Error("two split seeds give the same validation part")
	}
	none, _ := split(Config{Name: "x"}, numbered(1000), numbered(50))
	if none.Valid.Len() != 0 || !slices.Equal(numbers(none.Train), numbers(numbered(1000))) {
		t.Error("without a validation part the training set is not that of the file")
	}

	for _, c := range []Config{{Validation: 1000}, {Validation: -1}, {Validation: 10, TrainSamples: 991}, {TrainSamples: -1}, {TestSamples: 51}, {Crop: 2}, {Crop: -1}} {
		if _, err := split(c, numbered(1000), numbered(50)); err == nil {
			t.Errorf("%+v was split", c)
		}
	}
}

// Validation images of the test set leave all training images, and the test split has
// the others: no image is chosen on and reported on.
func TestValidationImagesOfTheTestSet(t *testing.T) {
	for _, stratified := range []bool{false, true} {
		c := Config{Name: "x", Validation: 20, ValidationOf: OfTest, SplitSeed: 3, Stratified: stratified}
		d, err := split(c, numbered(1000), numbered(50))
		if err != nil {
			t.Fatal(err)
		}
		if d.Train.Len() != 1000 || d.Valid.Len() != 20 || d.Test.Len() != 30 {
			t.Fatalf("parts of %d, %d and %d", d.Train.Len(), d.Valid.Len(), d.Test.Len())
		}
		all := append(numbers(d.Valid), numbers(d.Test)...)
		if slices.IsSorted(all) || !slices.IsSorted(numbers(d.Valid)) || !slices.IsSorted(numbers(d.Test)) {
			t.Errorf("validation images %v are not drawn, or not in the order of the file", numbers(d.Valid))
		}
		slices.Sort(all)
		for i, v := range all {
			if v != i {
				t.Fatalf("the parts do not hold every test image once: %d at %d", v, i)
			}
		}
		c.TrainSamples, c.TestSamples = 70, 5
		less, err := split(c, numbered(1000), numbered(50))
		if err != nil {
			t.Fatal(err)
		}
		if less.Train.Len() != 70 || less.Test.Len() != 5 || !slices.Equal(numbers(less.Valid), numbers(d.Valid)) {
			t.Errorf("of parts of it: %d, %v and %v", less.Train.Len(), numbers(less.Valid), numbers(less.Test))
		}
		for _, v := range numbers(less.Test) {
			if !slices.Contains(numbers(d.Test), v) {
				t.Errorf("image %d of a part of the test split is none of the whole", v)
			}
		}
	}
	for _, c := range []Config{{Validation: 50}, {Validation: 20, TestSamples: 31}, {Validation: 20, TrainSamples: 1001}, {Validation: -1}} {
		c.ValidationOf = OfTest
		if _, err := split(c, numbered(1000), numbered(50)); err == nil {
			t.Errorf("%+v was split", c)
		}
	}
	if _, err := split(Config{Validation: 5, ValidationOf: "both"}, numbered(1000), numbered(50)); err == nil {
		t.Error("validation images of what there is not")
	}
}

// Of a set in the order of its classes every part has them in proportion, to within
// an image of each; no image is in two parts, and a larger training part has all
// of a smaller one.
func TestStratifiedParts(t *testing.T) {
	sizes := []int{400, 300, 200, 100}
	set := func() *Set {
		s := newSet(Shape{1, 1, 2}, len(sizes), 1000)
		i := 0
		for k, n := range sizes {
			for range n {
				s.Labels[i] = uint16(k)
				copy(s.Image(i), []byte{byte(i >> 8), byte(i)})
				i++
			}
		}
		return s
	}
	var before []int
	for _, n := range []int{10, 33, 70, 500, 880, 0} {
		d, err := split(Config{Name: "images", Validation: 120, TrainSamples: n, TestSamples: 57, SplitSeed: 3, Stratified: true}, set(), set())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			n = 880
		}
		train := numbers(d.Train)
		if d.Train.Len() != n || d.Valid.Len() != 120 || d.Test.Len() != 57 || !slices.IsSorted(train) {
			t.Fatalf("parts of %d, %d and %d", d.Train.Len(), d.Valid.Len(), d.Test.Len())
		}
		for name, part := range map[string]*Set{"train": d.Train, "valid": d.Valid, "test": d.Test} {
			for k, have := range counts(part) {
				if want := float64(part.Len()*sizes[k]) / 1000; math.Abs(float64(have)-want) > 1 {
					t.Errorf("%s of %d: %d images of class %d, in proportion %.1f", name, part.Len(), have, k, want)
				}
			}
			for i, v := range numbers(part) {
				if want := set().Labels[v]; part.Labels[i] != want {
					t.Fatalf("%s: image %d has label %d", name, v, part.Labels[i])
				}
			}
		}
		for _, v := range numbers(d.Valid) {
			if slices.Contains(train, v) {
				t.Fatalf("image %d is trained on and for validation", v)
			}
		}
		for _, v := range before {
			if !slices.Contains(train, v) {
				t.Fatalf("of fewer images %d was trained on, of %d not", v, n)
			}
		}
		before = train
	}
	a, _ := split(Config{Name: "images", TrainSamples: 100, SplitSeed: 3, Stratified: true}, set(), set())
	b, _ := split(Config{Name: "images", TrainSamples: 100, SplitSeed: 4, Stratified: true}, set(), set())
	if slices.Equal(numbers(a.Train), numbers(b.Train)) {
		t.Error("two split seeds give the same training part")
	}
}

func TestNormalisation(t *testing.T) {
	s := newSet(Shape{2, 1, 2}, 2, 3)
	copy(s.Images, []byte{0, 10, 7, 7, 20, 250, 7, 7, 100, 3, 7, 7})
	scale, shift := normalisation(s)
	var n, sum, squares float64
	for i := range 3 {
		for _, b := range s.Image(i)[:2] {
			x := float64(float32(b)*scale[0] + shift[0])
			n, sum, squares = n+1, sum+x, squares+x*x
		}
		if x := float32(7)*scale[1] + shift[1]; math.Abs(float64(x)) > 1e-6 {
			t.Errorf("a constant channel became %v", x)
		}
	}
	if math.Abs(sum/n) > 1e-6 || math.Abs(squares/n-1) > 1e-6 {
		t.Errorf("normalised values have mean %v and variance %v", sum/n, squares/n)
	}
}

func TestNormalisationIsOfTheTrainingPartAlone(t *testing.T) {
	a, _ := split(Config{Name: "x", TrainSamples: 10}, numbered(200), numbered(20))
	b, _ := split(Config{Name: "x"}, numbered(10), numbered(7))
	if a.Scale[0] != b.Scale[0] || a.Shift[0] != b.Shift[0] {
		t.Error("images that are not trained on enter the normalisation")
	}
}

func TestAugment(t *testing.T) {
	s := Shape{2, 3, 4}
	src := make([]byte, s.Features())
	for i := range src {
		src[i] = byte(i + 1)
	}
	train := &Set{Shape: s}
	variants := func(d *Splits) map[string]int {
		seen := map[string]int{}
		r := rng.Stream(1, "test")
		dst := make([]byte, len(src))
		for range 2000 {
			for i := range dst {
				dst[i] = 255
			}
			d.Augment(dst, src, r)
			seen[string(dst)]++
		}
		return seen
	}
	mirror := func(img []byte) []byte {
		out := bytes.Clone(img)
		for row := range 6 {
			slices.Reverse(out[row*4 : (row+1)*4])
		}
		return out
	}
	if got := variants(&Splits{Train: train}); len(got) != 1 || got[string(src)] != 2000 {
		t.Errorf("without crop and flip there are %d variants", len(got))
	}
	flips := variants(&Splits{Train: train, Flip: true})
	if n := flips[string(mirror(src))]; len(flips) != 2 || n < 900 || n > 1100 {
		t.Errorf("%d variants of a flip, mirrored %d times of 2000", len(flips), n)
	}
	crops := variants(&Splits{Train: train, Crop: 1})
	if len(crops) != 9 {
		t.Errorf("%d variants of a crop by one pixel, want 9", len(crops))
	}
	// One down and one to the left: the last row and the first column are black.
	want := []byte{
		0, 5, 6, 7, 0, 9, 10, 11, 0, 0, 0, 0,
		0, 17, 18, 19, 0, 21, 22, 23, 0, 0, 0, 0,
	}
	if n := crops[string(want)]; n < 150 || n > 300 {
		t.Errorf("one of the nine crops came %d times of 2000", n)
	}
	if both := variants(&Splits{Train: train, Crop: 1, Flip: true}); len(both) != 18 || both[string(mirror(want))] == 0 {
		t.Errorf("%d variants of crop and flip, want 18", len(both))
	}
}

func TestPlaces(t *testing.T) {
	k, _ := Lookup("fashion-mnist")
	s := NewSource([]string{"/nowhere/asked"}, "/nowhere/variable", "/nowhere/cache", nil)
	s.Usual = s.Usual[:1]
	_, err := Identify("fashion-mnist", Reading{}, s)
	if err == nil {
		t.Fatal("found")
	}
	for _, want := range []string{"/nowhere/asked (--data", "/nowhere/variable (PRUNELAB_DATA", "/nowhere/cache", "prunelab data get fashion-mnist", k.Files[0].Name, "--data"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestFilesOfAnotherSetArePassedOver(t *testing.T) {
	dir := t.TempDir() // MNIST's files under names that Fashion-MNIST has too
	files, _ := os.ReadDir("mnist")
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".gz") {
			here, _ := filepath.Abs(filepath.Join("mnist", f.Name()))
			if err := os.Symlink(here, filepath.Join(dir, f.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := Identify("fashion-mnist", Reading{}, Source{Asked: []Place{{dir, "--data"}}})
	if err == nil || !strings.Contains(err.Error(), "passed over") {
		t.Errorf("MNIST's files in a folder of no name were taken for Fashion-MNIST: %v", err)
	}
	if info, err := Identify("mnist", Reading{}, Source{Asked: []Place{{dir, "--data"}}}); err != nil || info.Path != dir || len(info.Warnings) > 0 {
		t.Errorf("MNIST's files in a folder of no name: %+v, %v", info, err)
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"mnist", "idx:/a:b", "images:x"} {
		if _, _, err := ParseName(name); err != nil {
			t.Error(err)
		}
	}
	if kind, folder, _ := ParseName("idx:/a:b"); kind != "idx" || folder != "/a:b" {
		t.Errorf("idx:/a:b is %s and %s", kind, folder)
	}
	for _, name := range []string{"", "nmist", "idx", "idx:", "mnist:/x"} {
		if _, _, err := ParseName(name); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if _, err := Identify("idx:/nowhere/at/all", Reading{}, Source{}); err == nil || !strings.Contains(err.Error(), "no such folder") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// colourful is a set of images of 3 x 1 x 2 whose bytes are all different.
func colourful(n int) *Set {
	s := newSet(Shape{3, 1, 2}, 4, n)
	for i := range s.Images {
		s.Images[i] = byte(i * 37)
	}
	for i := range s.Labels {
		s.Labels[i] = uint16(i % 4)
	}
	return s
}

func TestChannels(t *testing.T) {
	whole, err := split(Config{Validation: 5, SplitSeed: 1}, colourful(20), colourful(8))
	if err != nil {
		t.Fatal(err)
	}
	for channels, planes := range map[string][]int{"red": {0}, "green": {1}, "red,blue": {0, 2}} {
		d, err := split(Config{Validation: 5, SplitSeed: 1, Channels: channels}, colourful(20), colourful(8))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []struct{ got, from *Set }{{d.Train, whole.Train}, {d.Valid, whole.Valid}, {d.Test, whole.Test}} {
			if part.got.Shape != (Shape{len(planes), 1, 2}) || !slices.Equal(part.got.Labels, part.from.Labels) {
				t.Fatalf("%s: shape %v, labels %v", channels, part.got.Shape, part.got.Labels)
			}
			for i := range part.from.Len() {
				var want []uint8
				for _, p := range planes {
					want = append(want, part.from.Image(i)[2*p:2*p+2]...)
				}
				if !slices.Equal(part.got.Image(i), want) {
					t.Fatalf("%s: image %d is %v, want %v", channels, i, part.got.Image(i), want)
				}
			}
		}
		for c, p := range planes {
			if d.Scale[c] != whole.Scale[p] || d.Shift[c] != whole.Shift[p] {
				t.Errorf("%s: channel %d is normalised otherwise than among all", channels, c)
			}
		}
	}
	grey := newSet(Shape{3, 1, 2}, 4, 1)
	copy(grey.Image(0), []uint8{255, 1, 255, 2, 255, 3}) // white; 0.299 + 1.174 + 0.342
	if got, err := grey.pick(Luminance); err != nil || !slices.Equal(got.Images, []uint8{255, 2}) {
		t.Errorf("luminance %v, %v", got, err)
	}
	if _, err := numbered(3).pick("red"); err == nil {
		t.Error("red was chosen of images of one channel")
	}
	if _, err := grey.pick("mauve"); err == nil {
		t.Error("a channel that does not exist was chosen")
	}
}
