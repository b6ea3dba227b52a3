package dataset

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// form is the way in which a container holds images.
type form int

const (
	idxFiles     form = iota // the four files of MNIST
	cifarFolder              // CIFAR-10's batch files
	cifarPacked              // the archive of these
	imageFolders             // train/CLASS/, test/CLASS/
	ownBatches               // batch files of the user's, in CIFAR's layout
)

// forms are those of a data set of the user's, by its name.
var forms = map[string]form{IDX: idxFiles, Images: imageFolders, CIFAR: ownBatches}

// container is a folder that holds a data set, or some of its files.
type container struct {
	form  form
	as    Reading // of a data set of the user's
	files fs.FS
	at    string // where, for people
	named bool   // the folder's name says which data set it is
}

// has reports whether there is a file of that name.
func (c container) has(name string) bool {
	_, err := fs.Stat(c.files, name)
	return err == nil
}

// idxNames are the names under which an IDX file is found.
func idxNames(name string) []string {
	begin, end := name[:len(name)-len("-idx3-ubyte")], name[len(name)-len("idx3-ubyte"):]
	names := []string{name + ".gz", name, begin + "." + end, begin + "." + end + ".gz"}
	if strings.HasPrefix(end, "idx3") { // in colour
		colour := begin + "-idx4" + end[len("idx3"):]
		names = append(names, colour+".gz", colour)
	}
	return names
}

// idxName returns the file's name in the container, if it is there.
func (c container) idxName(name string) (string, bool) {
	for _, n := range idxNames(name) {
		if c.has(n) {
			return n, true
		}
	}
	return "", false
}

// used reports whether any file of the data set is in the container; a data set
// that is there in part is an error later and not passed over.
func (c container) used() bool {
	switch c.form {
	case idxFiles:
		for _, name := range []string{trainImages, trainLabels, testImages, testLabels} {
			if _, ok := c.idxName(name); ok {
				return true
			}
		}
	case cifarFolder:
		return c.has(cifarTest) || slices.ContainsFunc(cifarTrain, c.has)
	case cifarPacked:
		return c.has(cifarArchive)
	case imageFolders, ownBatches:
		return true
	}
	return false
}

// read decodes the images; of a known data set it checks shape and numbers.
func (c container) read(k *Known) (train, test *Set, err error) {
	switch c.form {
	case idxFiles:
		train, err = c.readIDXPart(trainImages, trainLabels)
		if err == nil {
			test, err = c.readIDXPart(testImages, testLabels)
		}
	case cifarFolder:
		train, test, err = readCIFARFolder(c.files, *k)
		if err != nil {
			err = fmt.Errorf("%s%c%w", c.at, filepath.Separator, err)
		}
	case cifarPacked:
		train, test, err = readCIFARArchive(c.files, cifarArchive, *k)
		if err != nil {
			err = fmt.Errorf("%s %w", filepath.Join(c.at, cifarArchive), err)
		}
	case imageFolders:
		train, test, err = readImageFolders(c.files, c.as)
		if err != nil {
			err = fmt.Errorf("%s: %w", c.at, err)
		}
	case ownBatches:
		train, test, err = readBatches(c.files, c.as)
		if err != nil {
			err = fmt.Errorf("%s: %w", c.at, err)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if train.Shape != test.Shape {
		return nil, nil, fmt.Errorf("%s: training images are %v, test images %v", c.at, train.Shape, test.Shape)
	}
	if k == nil {
		if err := c.sameLabels(train, test); err != nil {
			return nil, nil, err
		}
		train.Classes = max(train.Classes, test.Classes)
		test.Classes = train.Classes
		return train, test, nil
	}
	if train.Shape != k.Shape || train.Len() != k.Train || test.Len() != k.Test {
		return nil, nil, fmt.Errorf("%s holds %d training and %d test images of %v; %s has %d and %d of %v",
			c.at, train.Len(), test.Len(), train.Shape, k.Name, k.Train, k.Test, k.Shape)
	}
	if most := max(train.Classes, test.Classes); most > k.Classes {
		return nil, nil, fmt.Errorf("%s has a label %d; the largest of %s is %d", c.at, most-1, k.Name, k.Classes-1)
	}
	train.Classes, test.Classes = k.Classes, k.Classes
	return train, test, nil
}

// readIDXPart reads the images and labels of one part; its classes are those
// up to the largest label.
func (c container) readIDXPart(images, labels string) (*Set, error) {
	// Labels first: they are small and say how many images to expect.
	of, at, err := c.readIDXFile(labels, idxLabels)
	if err != nil {
		return nil, err
	}
	values, err := of.labels()
	if err != nil {
		return nil, fmt.Errorf("%s %w", at, err)
	}
	pixels, at, err := c.readIDXFile(images, idxImages)
	if err != nil {
		return nil, err
	}
	if pixels.dims[0] != of.dims[0] {
		return nil, fmt.Errorf("%s: %s holds %d images, %s %d labels", c.at, images, pixels.dims[0], labels, of.dims[0])
	}
	if pixels.dims[0] == 0 || len(pixels.values) == 0 {
		return nil, fmt.Errorf("%s: %s holds no images", c.at, images)
	}
	s, note, err := pixels.images()
	if err != nil {
		return nil, fmt.Errorf("%s %w", at, err)
	}
	s.Labels, s.Classes, s.notes = values, int(slices.Max(values))+1, nonEmpty(note)
	return s, nil
}

// Types and dimensions of IDX files of labels and of images, see readIDX.
var (
	idxLabels = [][2]byte{{byte(idxByte), 1}, {byte(idxShort), 1}, {byte(idxInt), 1}}
	idxImages = [][2]byte{{byte(idxByte), 3}, {byte(idxByte), 4}}
)

// sameLabels checks that every label of the test set is one that can be learnt.
func (c container) sameLabels(train, test *Set) error {
	if train.Len() == 0 { // of images that are for scoring alone
		return nil
	}
	learnt := make([]bool, maxClasses)
	for _, l := range train.Labels {
		learnt[l] = true
	}
	i := slices.IndexFunc(test.Labels, func(l uint16) bool { return !learnt[l] })
	if i < 0 {
		return nil
	}
	name, _ := c.idxName(testLabels)
	if c.form == ownBatches {
		_, name, _ = batchFiles(c.files)
	}
	return fmt.Errorf("%s: label %d at index %d (from 0) is one that no training image has", filepath.Join(c.at, name), test.Labels[i], i)
}

// readIDXFile reads a file of wanted types and dimensions and says where it is.
func (c container) readIDXFile(name string, wanted [][2]byte) (f idxFile, at string, err error) {
	found, ok := c.idxName(name)
	if !ok {
		return f, "", fmt.Errorf("%s has no file %s.gz or %s", c.at, name, name)
	}
	at = filepath.Join(c.at, found)
	file, err := open(c.files, found)
	if err != nil {
		return f, at, fmt.Errorf("%s %w", at, err)
	}
	defer file.Close()
	f, err = readIDX(file, wanted, file.toRead)
	if err != nil {
		var short shortError
		switch {
		case file.size == 0:
			err = errors.New("is empty")
		case file.gzip && errors.As(err, &short):
			err = fmt.Errorf("is truncated: %d bytes when decompressed, should have %d", short.have, short.want)
		case !file.gzip && strings.HasSuffix(found, ".gz") && errors.Is(err, errNotIDX):
			err = errors.New("is not gzip")
		}
		return f, at, fmt.Errorf("%s %w", at, err)
	}
	return f, at, nil
}

// published reports whether the container's files are byte for byte those that
// were published, without decoding them.
func (c container) published(k *Known) bool { return c.altered(k) == "" }

// altered names the first file that is not byte for byte as published, with
// its digest and the published one; "" when there is none.
func (c container) altered(k *Known) string {
	files := k.Files
	if c.form == cifarFolder {
		files = k.Unpacked
	}
	for _, f := range files {
		kind, sum, want := "SHA-256", hash.Hash(sha256.New()), f.SHA256
		if want == "" {
			kind, sum, want = "MD5", md5.New(), f.MD5
		}
		r, err := c.files.Open(f.Name)
		if err != nil {
			return f.Name + " cannot be opened"
		}
		_, err = io.Copy(sum, r)
		r.Close()
		if err != nil {
			return f.Name + " cannot be read"
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != want {
			return fmt.Sprintf("%s has %s %s, published %s", f.Name, kind, got, want)
		}
	}
	return ""
}
