package dataset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the formats that are read
	_ "image/png"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/tensors"
)

// maxSide is the largest width or height of an image, in pixels.
const maxSide = 4096

// maxSource is that of an image that is resized.
const maxSource = 16384

// readImageFolders reads train/CLASS/*.png and test/CLASS/*.png (or .jpg). Where there is
// no folder train all images are test images: those of test, or of the class folders where
// these lie by themselves. The classes are the folders of train, or of what there is, in
// the order of their names or that of the user's list, links to folders included; within
// a class images are ordered by name. They are turned upright as
// their EXIF data say. All must have one size, unless they are resized. They are
// grey when every one of them is stored as grey and no colour is asked for, else
// red, green and blue; of 16 bits the upper 8 are taken.
func readImageFolders(files fs.FS, as Reading) (train, test *Set, err error) {
	var trainFiles, testFiles []imageFile
	var classes, notes []string
	switch lie := layout(files); lie {
	case "train":
		if trainFiles, classes, err = imageFiles(files, "train", nil, as); err != nil {
			return nil, nil, err
		}
		if testFiles, _, err = imageFiles(files, "test", classes, as); err != nil {
			return nil, nil, err
		}
	default:
		if testFiles, classes, err = imageFiles(files, lie, nil, as); err != nil {
			return nil, nil, err
		}
		where := "folders of classes and none called train"
		if lie == "test" {
			where = "a folder test and none called train"
		}
		notes = append(notes, fmt.Sprintf("there is %s, so the %s are for scoring alone: what is chosen is chosen on a part of them, drawn at random by class in proportion, and reported on the others", where, several(len(testFiles), "image", "images")))
	}
	shape, more, err := survey(files, append(slices.Clone(trainFiles), testFiles...), as)
	if err != nil {
		return nil, nil, err
	}
	notes = append(notes, more...)
	if as.Order == "" {
		notes = append(notes, nonEmpty(orderOfNumbers(classes))...)
	}
	if train, err = decodeImages(files, trainFiles, shape, classes, as); err != nil {
		return nil, nil, err
	}
	train.notes = notes
	test, err = decodeImages(files, testFiles, shape, classes, as)
	return train, test, err
}

// layout is where the images lie whose folders say which classes there are: train, test,
// or "." where class folders lie by themselves.
func layout(files fs.FS) string {
	for _, part := range []string{"train", "test"} {
		if isFolder(files, part) == nil {
			return part
		}
	}
	entries, _ := fs.ReadDir(files, ".") // else said below
	for _, e := range entries {
		if hidden(e.Name()) || isFolder(files, e.Name()) != nil {
			continue
		}
		images, _ := fs.ReadDir(files, e.Name())
		if slices.ContainsFunc(images, func(f fs.DirEntry) bool { return isImage(f.Name()) }) {
			return "."
		}
	}
	return "train"
}

// within is the path of a folder of a part, as a user knows it.
func within(part, name string) string { return path.Join(part, name) }

// imageFile is an image that is not read yet.
type imageFile struct {
	name  string
	label uint16
}

// imageFiles lists the images of a part. Classes, by label, is nil where the part decides
// which classes there are.
func imageFiles(files fs.FS, part string, classes []string, as Reading) ([]imageFile, []string, error) {
	folders, err := fs.ReadDir(files, part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("has no folder %s; make one, image folders are train/CLASS/*.png and test/CLASS/*.png (or .jpg), or test/CLASS/*.png or CLASS/*.png alone to score a network that was trained elsewhere", part)
	}
	if err != nil {
		return nil, nil, err
	}
	folders = slices.DeleteFunc(folders, func(f fs.DirEntry) bool { return hidden(f.Name()) })
	of := part
	if part == "." {
		of = "the folder"
	}
	for _, folder := range folders {
		if err := isFolder(files, path.Join(part, folder.Name())); err != nil {
			return nil, nil, fmt.Errorf("%s %w; every entry of %s is a class, remove it or put it into a folder of its class", within(part, folder.Name()), err, of)
		}
	}
	labels := map[string]int{}
	if classes == nil {
		var names []string
		for _, folder := range folders {
			names = append(names, folder.Name()) // ReadDir sorts
		}
		if labels, err = as.labels(part, names); err != nil {
			return nil, nil, err
		}
		if classes = as.Ordered(); classes == nil {
			classes = names
		}
	} else {
		for label, name := range classes {
			labels[name] = label
		}
	}
	var list []imageFile
	for _, folder := range folders {
		name := folder.Name()
		label, ok := labels[name]
		if !ok {
			return nil, nil, fmt.Errorf("%s/%s is a class that train does not have; remove it or add train/%s", part, name, name)
		}
		if label >= maxClasses {
			return nil, nil, fmt.Errorf("%s has more than %d classes; leave some out", of, maxClasses)
		}
		before := len(list)
		images, err := fs.ReadDir(files, path.Join(part, name))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range images {
			switch {
			case hidden(f.Name()):
			case isImage(f.Name()):
				list = append(list, imageFile{path.Join(part, name, f.Name()), uint16(label)})
			default:
				return nil, nil, fmt.Errorf("%s is not a PNG or JPEG; remove it", path.Join(part, name, f.Name()))
			}
		}
		if len(list) == before {
			return nil, nil, fmt.Errorf("the class folder %s holds no images; put some there or remove it", within(part, name))
		}
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%s holds no images; put them there in a folder for each class", of)
	}
	return list, classes, nil
}

// isImage reports whether a file is read, by its name.
func isImage(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg":
		return true
	}
	return false
}

// orderOfNumbers says where folders that are named by numbers lie in another order than
// these: a network that was trained elsewhere may have its outputs in either.
func orderOfNumbers(classes []string) string {
	numbers := make([]int, len(classes))
	for label, name := range classes {
		var err error
		if numbers[label], err = strconv.Atoi(name); err != nil {
			return ""
		}
	}
	for label, n := range slices.Sorted(slices.Values(numbers)) {
		if numbers[label] != n {
			return fmt.Sprintf("the class folders are named by numbers and stand in the order of texts, as PyTorch's ImageFolder has them: label %d is the folder %s; names of as many digits, as 00, 01, ..., have the order of the numbers", label, classes[label])
		}
	}
	return ""
}

// isFolder reports what is not a folder, nor a link to one.
func isFolder(files fs.FS, name string) error {
	info, err := fs.Stat(files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is a link that leads nowhere")
	case err != nil:
		return fmt.Errorf("cannot be looked at: %w", err)
	case !info.IsDir():
		return errors.New("is no folder")
	}
	return nil
}

// unused warns of what lies beside the folders that are read: many tools have a
// third one, for validation.
func unused(files fs.FS) []string {
	read := layout(files)
	if read == "." {
		return nil
	}
	of := "train and test"
	if read == "test" {
		of = read
	}
	var names []string
	entries, _ := fs.ReadDir(files, ".") // which was read before
	for _, e := range entries {
		if name := e.Name(); name != "train" && name != "test" && !hidden(name) && isFolder(files, name) == nil {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("beside %s there is %s, which is not read; images for validation are drawn from %s", of, strings.Join(names[:min(len(names), listed)], ", "), read)}
}

// hidden reports names that operating systems leave behind.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.EqualFold(name, "Thumbs.db")
}

// survey reads the headers of all images and returns the shape that they share,
// or that they get, and what a user should know of them.
func survey(files fs.FS, list []imageFile, as Reading) (Shape, []string, error) {
	type size struct{ w, h int }
	shape := Shape{C: 1}
	if as.Colour {
		shape.C = 3
	}
	count, first := map[size]int{}, map[size]string{}
	deep, turned := 0, 0
	for _, f := range list {
		c, turn, err := imageHeader(files, f.name)
		if err != nil {
			return shape, nil, undecoded(f.name, err)
		}
		s := size{c.Width, c.Height}
		if turn >= 5 {
			s = size{c.Height, c.Width}
		}
		most := maxSide
		if as.Resize > 0 {
			most = maxSource
		}
		if min(s.w, s.h) < 1 || max(s.w, s.h) > most {
			return shape, nil, fmt.Errorf("%s is %d x %d pixels; sides of 1 to %d are read, scale it (resize: 32 in data reads sides up to %d)", f.name, s.w, s.h, most, maxSource)
		}
		if count[s] == 0 {
			first[s] = f.name
		}
		count[s]++
		switch c.ColorModel {
		case color.Gray16Model:
			deep++
		case color.RGBA64Model, color.NRGBA64Model:
			deep++
			shape.C = 3
		case color.GrayModel:
		default:
			shape.C = 3
		}
		if turn != 1 {
			turned++
		}
	}
	sizes := slices.SortedFunc(maps.Keys(count), func(a, b size) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(first[a], first[b]))
	})
	var words, notes []string
	for _, s := range sizes[:min(len(sizes), listed)] {
		words = append(words, fmt.Sprintf("%d of %d x %d (%s)", count[s], s.w, s.h, first[s]))
	}
	if more := len(sizes) - listed; more > 0 {
		words = append(words, fmt.Sprintf("%d more sizes", more))
	}
	if as.Resize > 0 {
		shape.W, shape.H = as.Resize, as.Resize
		notes = append(notes, fmt.Sprintf("scaled so that the shorter side is %d, the middle square kept; the images are %s", as.Resize, strings.Join(words, ", ")))
	} else {
		shape.W, shape.H = sizes[0].w, sizes[0].h
		if len(sizes) > 1 {
			return shape, nil, fmt.Errorf("the images have %d sizes: %s; all must have one, so remove some, or let data say resize: 32 (--resize 32) to scale them all and keep the middle square", len(sizes), strings.Join(words, ", "))
		}
	}
	if deep > 0 {
		notes = append(notes, several(deep, "image has", "images have")+" 16 bits a value, of which the upper 8 were taken")
	}
	if turned > 0 {
		notes = append(notes, several(turned, "image was", "images were")+" turned upright as their EXIF data say")
	}
	if size := len(list) * shape.Features(); size > maxDecoded {
		return shape, nil, fmt.Errorf("%d images of %v are %d bytes, more than the %d that are read; use fewer or smaller ones (resize: 32 in data)", len(list), shape, size, maxDecoded)
	}
	return shape, notes, nil
}

// undecoded is the error of an image that cannot be decoded.
func undecoded(name string, err error) error {
	var other otherFile
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("%s %s", name, tensors.Format(other).Advice())
	case errors.Is(err, image.ErrFormat):
		return fmt.Errorf("%s is not a PNG or JPEG; remove it", name)
	case errors.Is(err, errTransparent):
		return fmt.Errorf("%s %w; say in data what lies behind it, background: white or background: black (--background)", name, err)
	}
	return fmt.Errorf("%s cannot be decoded: %w; replace or remove it", name, err)
}

// otherFile says that in the place of an image there is what a copy or a download
// leaves that went wrong.
type otherFile tensors.Format

func (f otherFile) Error() string { return string(f) }

// errTransparent says that an image has no colour of its own in places.
var errTransparent = errors.New("is transparent in places")

func imageHeader(files fs.FS, name string) (c image.Config, turn int, err error) {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return c, 0, err
	}
	switch f := tensors.FormatOf(content[:min(len(content), tensors.Looked)]); f {
	case tensors.Empty, tensors.Pointer, tensors.Page:
		return c, 0, otherFile(f)
	}
	c, _, err = image.DecodeConfig(bytes.NewReader(content))
	return c, orientation(content), err
}

// several is a number with the words for one or for more.
func several(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
