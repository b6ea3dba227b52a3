package dataset

import (
	"image/png"
	"slices"
	"strings"
	"testing"
)

// classFolders writes an image of one pixel, with a value of its own, for each name.
func classFolders(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, name := range names {
		put(t, dir, name, encode(t, grey(1, 1, uint8(10*i)), png.Encode))
	}
	return dir
}

// With an order of the user's, labels are those of the network's outputs, which is in the
// digest; in the order of the folders nothing is another data set than before.
func TestClassesInTheOrderOfTheOutputs(t *testing.T) {
	dir := classFolders(t, "train/a/1.png", "train/b/1.png", "train/c/1.png", "test/a/1.png", "test/c/1.png")
	plain, err := Identify("images:"+dir, Reading{}, Source{})
	if err != nil {
		t.Fatal(err)
	}
	names, err := ReadOrder([]byte("\ufeffc\r\na \r\n b\r\n\r\n"))
	if err != nil || !slices.Equal(names, []string{"c", "a", "b"}) {
		t.Fatalf("%q, %v", names, err)
	}
	order, err := Order(names)
	if err != nil {
		t.Fatal(err)
	}
	info, err := Identify("images:"+dir, Reading{Order: order}, Source{})
	if err != nil || info.Digest == plain.Digest || !slices.Equal(info.Names, names) {
		t.Fatalf("%+v, %v", info, err)
	}
	d, err := Load(Config{Name: "images", Reading: Reading{Order: order}}, Source{Folder: dir})
	if err != nil || !slices.Equal(d.Train.Labels, []uint16{1, 2, 0}) || !slices.Equal(d.Test.Labels, []uint16{1, 0}) || d.Train.Class(0) != "0 (c)" {
		t.Errorf("%+v, %v", d, err)
	}
	same, err := Identify("images:"+dir, Reading{Order: "a\nb\nc"}, Source{})
	if err != nil || same.Digest != plain.Digest {
		t.Errorf("the order of the folders, said, is another data set: %v", err)
	}
	for want, order := range map[string]string{
		"train/b is a class without a line in the list of classes, which has a, c; add it": "a\nc",
		"line 3 of the list of classes, x, has no folder train/x; there are a, b, c: add":  "a\nb\nx\nc",
	} {
		if _, err := Identify("images:"+dir, Reading{Order: order}, Source{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; it should say %q", order, err, want)
		}
	}
	for want, text := range map[string]string{
		"line 1 and line 3 both name the class a":          "a\nb\na\n",
		"line 2 is empty; an output of which":              "a\n\nb",
		"line 2, \"train/b\", is not the name of a folder": "a\ntrain/b",
		"it is empty; write a class on a line":             " \n\n",
		"it is no text in UTF-8":                           "a\n\xff",
	} {
		if _, err := ReadOrder([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; it should say %q", text, err, want)
		}
	}
}

// Where there is no folder train every image is a test image; a part of them, drawn by
// class in proportion, is for validation, and nothing is in both.
func TestImagesWithoutATrainFolder(t *testing.T) {
	var inTest, bare []string
	for _, class := range []string{"a", "b"} {
		for _, n := range []string{"1", "2", "3", "4"} {
			inTest, bare = append(inTest, "test/"+class+"/"+n+".png"), append(bare, class+"/"+n+".png")
		}
	}
	var digests []string
	for _, names := range [][]string{inTest, bare} {
		dir := classFolders(t, names...)
		info, err := Identify("images:"+dir, Reading{}, Source{})
		if err != nil || info.Train != 0 || info.Test != 8 || info.Classes != 2 || len(info.Warnings) > 0 {
			t.Fatalf("%+v, %v", info, err)
		}
		if said := strings.Join(info.Notes, " "); !strings.Contains(said, "none called train, so the 8 images are for scoring alone") {
			t.Errorf("it is said: %s", said)
		}
		digests = append(digests, info.Digest)
		c := Config{Name: "images", Validation: 4, ValidationOf: OfTest, Stratified: true, Normalise: UnitScale}
		d, err := Load(c, Source{Folder: dir})
		if err != nil {
			t.Fatal(err)
		}
		seen := slices.Sorted(slices.Values(slices.Concat(d.Valid.Images, d.Test.Images)))
		if d.Train.Len() != 0 || !slices.Equal(seen, []uint8{0, 10, 20, 30, 40, 50, 60, 70}) || !slices.Equal(d.Valid.Labels, []uint16{0, 0, 1, 1}) || !slices.Equal(d.Test.Labels, []uint16{0, 0, 1, 1}) {
			t.Errorf("train %v, validation %v, test %v", d.Train.Images, d.Valid.Images, d.Test.Images)
		}
		if gaps := d.Gaps(); len(gaps) > 0 {
			t.Errorf("%v", gaps)
		}
		for want, change := range map[string]func(*Config){
			"there are no training images to cut 4 for validation from": func(c *Config) { c.ValidationOf = "" },
			"no training images whose mean and standard deviation":      func(c *Config) { c.Normalise = "" },
			"8 validation images cannot be cut from 8 test images":      func(c *Config) { c.Validation = 8 },
		} {
			wrong := c
			change(&wrong)
			if _, err := Load(wrong, Source{Folder: dir}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v; it should say %q", err, want)
			}
		}
	}
	if digests[0] != digests[1] {
		t.Error("the same images with and without the folder test are other data")
	}
	info, err := Identify("images:"+classFolders(t, "test/a/1.png", "test/b/1.png", "valid/a/1.png"), Reading{}, Source{})
	if said := strings.Join(info.Warnings, " "); err != nil || !strings.Contains(said, "beside test there is valid, which is not read") {
		t.Errorf("%s, %v", said, err)
	}
	_, err = Identify("images:"+classFolders(t, "a/1.png", "b/c/1.png"), Reading{}, Source{})
	if err == nil || !strings.Contains(err.Error(), "b/c is not a PNG or JPEG; remove it") {
		t.Errorf("%v", err)
	}
}
