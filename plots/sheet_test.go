package plots

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"prunelab/model/dataset"
)

// Each image of a class is in the row of the class, in its colours, beside a name.
func TestContactSheetShowsTheSet(t *testing.T) {
	set := &dataset.Set{Shape: dataset.Shape{C: 3, H: 2, W: 2}, Classes: 2, Names: []string{"ant", "cat"}}
	for i := range 5 {
		label, value := uint16(0), uint8(10*i)
		if i > 1 {
			label, value = 1, uint8(200+i)
		}
		set.Labels = append(set.Labels, label)
		set.Images = append(set.Images, value, value, value, value, 50, 50, 50, 50, 60, 60, 60, 61)
	}
	file, err := ContactSheet(set, "five images")
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	at := func(row, column, x, y int) [3]uint32 {
		r, g, b, _ := m.At(sheetName+column*(sheetCell+sheetGap)+x, 2*sheetText+row*(sheetCell+sheetGap)+y).RGBA()
		return [3]uint32{r >> 8, g >> 8, b >> 8}
	}
	for i, want := range [][]uint32{{0, 10}, {202, 203, 204}} {
		for k, v := range want {
			if got := at(i, k, 5, 5); got != [3]uint32{v, 50, 60} {
				t.Errorf("class %d, image %d: %v at the upper left", i, k, got)
			}
			if got := at(i, k, sheetCell-5, sheetCell-5); got != [3]uint32{v, 50, 61} {
				t.Errorf("class %d, image %d: %v at the lower right", i, k, got)
			}
		}
		if got := at(i, len(want), 5, 5); got != [3]uint32{255, 255, 255} {
			t.Errorf("class %d has an image too many: %v", i, got)
		}
		ink := 0
		for p := range sheetName * 2 * sheetText {
			q := image.Pt(p%sheetName, 2*sheetText+i*(sheetCell+sheetGap)+p/sheetName)
			if r, _, _, _ := m.At(q.X, q.Y).RGBA(); r < 0x8000 {
				ink++
			}
		}
		if ink < 50 {
			t.Errorf("class %d has no name", i)
		}
	}
}
