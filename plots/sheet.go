package plots

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xdraw "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"prunelab/model/dataset"
)

// Sizes of a contact sheet, in pixels and images.
const (
	sheetCell    = 64 // the side of an image is about that
	sheetGap     = 4
	sheetText    = 14 // of letters
	sheetName    = 200
	sheetColumns = 12
	sheetRows    = 100 // classes
)

// ContactSheet draws images of a set as a network sees them, before
// normalisation, as PNG: a row for each class, with its name, how many images it
// has, and some of them, from all over the set.
func ContactSheet(set *dataset.Set, title string) ([]byte, error) {
	parsed, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("plots: font: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: sheetText, DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("plots: font: %w", err)
	}
	of := make([][]int, set.Classes)
	for i, l := range set.Labels {
		of[l] = append(of[l], i)
	}
	rows := min(set.Classes, sheetRows)
	if rows < set.Classes {
		title += fmt.Sprintf("; the first %d of %d classes", rows, set.Classes)
	}
	side := max(set.Shape.W, set.Shape.H)
	w, h := set.Shape.W*sheetCell/side, set.Shape.H*sheetCell/side
	if k := sheetCell / side; k > 0 { // whole pixels stay squares
		w, h = k*set.Shape.W, k*set.Shape.H
	}
	w, h = max(w, 1), max(h, 1)
	row := max(h, 2*sheetText) + sheetGap
	sheet := image.NewRGBA(image.Rect(0, 0, sheetName+sheetColumns*(w+sheetGap), 2*sheetText+rows*row))
	xdraw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, xdraw.Src)
	write := func(x, y int, text string) error {
		w := words{size: sheetText}
		d := xfont.Drawer{Dst: sheet, Src: image.Black, Dot: fixed.P(x, y)}
		for _, r := range w.runs(w.drawable(text)) {
			d.Face = face
			if r.font != nil {
				other, err := opentype.NewFace(r.font, &opentype.FaceOptions{Size: sheetText, DPI: 72})
				if err != nil {
					return fmt.Errorf("plots: font: %w", err)
				}
				d.Face = other
			}
			d.DrawString(r.text)
		}
		return nil
	}
	if err := write(sheetGap, sheetText, title); err != nil {
		return nil, err
	}
	for k, members := range of[:rows] {
		y := 2*sheetText + k*row
		if err := write(sheetGap, y+sheetText, set.Class(k)); err != nil {
			return nil, err
		}
		if err := write(sheetGap, y+2*sheetText, fmt.Sprintf("%d of %d", min(len(members), sheetColumns), len(members))); err != nil {
			return nil, err
		}
		for i := range min(len(members), sheetColumns) {
			picture := pixels(set, members[i*len(members)/min(len(members), sheetColumns)])
			at := image.Rect(0, 0, w, h).Add(image.Pt(sheetName+i*(w+sheetGap), y))
			scaler := xdraw.Scaler(xdraw.NearestNeighbor)
			if w < set.Shape.W {
				scaler = xdraw.ApproxBiLinear
			}
			scaler.Scale(sheet, at, picture, picture.Bounds(), xdraw.Src, nil)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sheet); err != nil {
		return nil, fmt.Errorf("plots: contact sheet: %w", err)
	}
	return b.Bytes(), nil
}

// pixels is an image of a set: one channel as grey, two as red and green.
func pixels(set *dataset.Set, i int) image.Image {
	s, values := set.Shape, set.Image(i)
	m := image.NewRGBA(image.Rect(0, 0, s.W, s.H))
	plane := s.W * s.H
	for p := range plane {
		c := color.RGBA{R: values[p], A: 255}
		switch s.C {
		case 1:
			c.G, c.B = c.R, c.R
		case 2:
			c.G = values[plane+p]
		default:
			c.G, c.B = values[plane+p], values[2*plane+p]
		}
		m.SetRGBA(p%s.W, p/s.W, c)
	}
	return m
}
