package dataset

import (
	"bytes"
	"fmt"
	"image"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
)

// decodeImages reads images side by side; the error is that of the first.
func decodeImages(files fs.FS, list []imageFile, shape Shape, classes []string, as Reading) (*Set, error) {
	set := newSet(shape, len(classes), len(list))
	set.Names = classes
	errs := make([]error, len(list))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
				set.Labels[i] = list[i].label
				errs[i] = decodeImage(files, list[i].name, set.Image(i), shape, as)
			}
		})
	}
	workers.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, undecoded(list[i].name, err)
		}
	}
	return set, nil
}

// decodeImage writes an image to dst, C x H x W.
func decodeImage(files fs.FS, name string, dst []uint8, shape Shape, as Reading) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return err
	}
	planes, err := flatten(img, shape.C, as.Background)
	if err != nil {
		return err
	}
	turn := orientation(content)
	for c, plane := range planes {
		plane, w := upright(plane, img.Bounds().Dx(), img.Bounds().Dy(), turn)
		h := len(plane) / w
		if as.Resize > 0 {
			plane, w, h = resizeCrop(plane, w, h, as.Resize), as.Resize, as.Resize
		}
		if w != shape.W || h != shape.H {
			return fmt.Errorf("it is %d x %d pixels and not %d x %d as its header says", w, h, shape.W, shape.H)
		}
		copy(dst[c*w*h:], plane)
	}
	return nil
}

// Backgrounds are the values of Reading.Background, besides "".
var Backgrounds = []string{"black", "white"}

// flatten returns the planes of an image, red, green and blue or grey, the upper 8
// bits of each value, over a background.
func flatten(img image.Image, channels int, background string) ([][]uint8, error) {
	colours, ok := img.(image.RGBA64Image)
	if !ok {
		return nil, fmt.Errorf("it is of a kind that is not read, %T", img)
	}
	b := img.Bounds()
	var planes [][]uint8
	for range channels {
		planes = append(planes, make([]uint8, b.Dx()*b.Dy()))
	}
	behind := uint32(0)
	if background == "white" {
		behind = 0xffff
	}
	at := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			v := colours.RGBA64At(x, y) // multiplied by alpha
			if v.A < 0xffff && background == "" {
				return nil, errTransparent
			}
			values := [...]uint16{v.R, v.G, v.B}
			for c := range planes {
				planes[c][at] = uint8((uint32(values[c]) + behind*uint32(0xffff-v.A)/0xffff) >> 8)
			}
			at++
		}
	}
	return planes, nil
}
