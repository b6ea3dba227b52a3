package dataset

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the formats that are read
	_ "image/png"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxSide is the largest width or height of an image, in pixels.
const maxSide = 4096

// readImageFolders reads train/CLASS/*.png and test/CLASS/*.png (or .jpg). The
// classes are the folders of train in the order of their names; within a class
// images are ordered by name. All must have one size. They are grey when every
// one of them is stored as grey, else red, green and blue; what is transparent
// is laid over black, and of 16 bits the upper 8 are taken.
func readImageFolders(files fs.FS) (train, test *Set, err error) {
	trainFiles, classes, err := imageFiles(files, "train", nil)
	if err != nil {
		return nil, nil, err
	}
	testFiles, _, err := imageFiles(files, "test", classes)
	if err != nil {
		return nil, nil, err
	}
	shape, err := commonShape(files, append(slices.Clone(trainFiles), testFiles...))
	if err != nil {
		return nil, nil, err
	}
	if train, err = decodeImages(files, trainFiles, shape, len(classes)); err != nil {
		return nil, nil, err
	}
	test, err = decodeImages(files, testFiles, shape, len(classes))
	return train, test, err
}

// imageFile is an image that is not read yet.
type imageFile struct {
	name  string
	label uint8
}

// imageFiles lists the images of a part. Classes is nil where the part decides
// which classes there are.
func imageFiles(files fs.FS, part string, classes []string) ([]imageFile, []string, error) {
	folders, err := fs.ReadDir(files, part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("has no folder %s; make one, image folders are train/CLASS/*.png and test/CLASS/*.png (or .jpg)", part)
	}
	if err != nil {
		return nil, nil, err
	}
	var list []imageFile
	given := classes != nil
	for _, folder := range folders {
		name := folder.Name()
		if hidden(name) {
			continue
		}
		if !folder.IsDir() {
			return nil, nil, fmt.Errorf("%s/%s is no folder; every entry of %s is a class, remove it or put it into a folder of its class", part, name, part)
		}
		if !given {
			classes = append(classes, name)
		}
		label := slices.Index(classes, name)
		if label < 0 {
			return nil, nil, fmt.Errorf("%s/%s is a class that train does not have; remove it or add train/%s", part, name, name)
		}
		if label > 255 {
			return nil, nil, fmt.Errorf("%s has more than 256 classes; leave some out", part)
		}
		before := len(list)
		images, err := fs.ReadDir(files, path.Join(part, name))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range images {
			if hidden(f.Name()) {
				continue
			}
			switch strings.ToLower(path.Ext(f.Name())) {
			case ".png", ".jpg", ".jpeg":
				list = append(list, imageFile{path.Join(part, name, f.Name()), uint8(label)})
			default:
				return nil, nil, fmt.Errorf("%s is not a PNG or JPEG; remove it", path.Join(part, name, f.Name()))
			}
		}
		if len(list) == before {
			return nil, nil, fmt.Errorf("the class folder %s/%s holds no images; put some there or remove it", part, name)
		}
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%s holds no images; put them there in a folder for each class", part)
	}
	return list, classes, nil
}

// hidden reports names that operating systems leave behind.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.EqualFold(name, "Thumbs.db")
}

// commonShape reads the headers of all images and returns the shape that they
// share.
func commonShape(files fs.FS, list []imageFile) (Shape, error) {
	var shape Shape
	for i, f := range list {
		c, err := imageHeader(files, f.name)
		if err != nil {
			return Shape{}, undecoded(f.name, err)
		}
		if i == 0 {
			shape = Shape{C: 1, H: c.Height, W: c.Width}
			if shape.H < 1 || shape.W < 1 || shape.H > maxSide || shape.W > maxSide {
				return Shape{}, fmt.Errorf("%s is %d x %d pixels; sides of 1 to %d are read, scale it", f.name, c.Width, c.Height, maxSide)
			}
		}
		if c.Height != shape.H || c.Width != shape.W {
			return Shape{}, fmt.Errorf("%s is %d x %d pixels, %s is %d x %d; all images must have one size, scale or remove it",
				f.name, c.Width, c.Height, list[0].name, shape.W, shape.H)
		}
		if c.ColorModel != color.GrayModel && c.ColorModel != color.Gray16Model {
			shape.C = 3
		}
	}
	if size := len(list) * shape.Features(); size > maxDecoded {
		return Shape{}, fmt.Errorf("%d images of %v are %d bytes, more than the %d that are read; use fewer or smaller ones", len(list), shape, size, maxDecoded)
	}
	return shape, nil
}

// undecoded is the error of an image that cannot be decoded.
func undecoded(name string, err error) error {
	if errors.Is(err, image.ErrFormat) {
		return fmt.Errorf("%s is not a PNG or JPEG; remove it", name)
	}
	return fmt.Errorf("%s cannot be decoded: %w; replace or remove it", name, err)
}

func imageHeader(files fs.FS, name string) (image.Config, error) {
	f, err := files.Open(name)
	if err != nil {
		return image.Config{}, err
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	return c, err
}

func decodeImages(files fs.FS, list []imageFile, shape Shape, classes int) (*Set, error) {
	set := newSet(shape, classes, len(list))
	for i, f := range list {
		set.Labels[i] = f.label
		if err := decodeImage(files, f.name, set.Image(i), shape); err != nil {
			return nil, undecoded(f.name, err)
		}
	}
	return set, nil
}

// decodeImage writes an image to dst, C x H x W.
func decodeImage(files fs.FS, name string, dst []uint8, shape Shape) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return err
	}
	b := img.Bounds()
	if b.Dx() != shape.W || b.Dy() != shape.H {
		return fmt.Errorf("it is %d x %d pixels and not %d x %d as its header says", b.Dx(), b.Dy(), shape.W, shape.H)
	}
	plane := shape.H * shape.W
	for y := range shape.H {
		for x := range shape.W {
			at, c := y*shape.W+x, img.At(b.Min.X+x, b.Min.Y+y)
			if shape.C == 1 {
				dst[at] = color.GrayModel.Convert(c).(color.Gray).Y
				continue
			}
			r, g, b, _ := c.RGBA()
			dst[at], dst[plane+at], dst[2*plane+at] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
		}
	}
	return nil
}
