package dataset

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// record is the form of a record of a batch file: bytes of labels, of which one
// counts, and 3,072 bytes of image (the red, the green and the blue plane of 32 x
// 32).
type record struct {
	labels int // bytes
	label  int // which of them, from 0
}

// readRecords reads the records of a batch file into the images of set from
// number first on; n of them and nothing after.
func readRecords(r io.Reader, set *Set, first, n int, form record) error {
	features := set.Shape.Features()
	size := form.labels + features
	labels := make([]byte, form.labels)
	for i := first; i < first+n; i++ {
		at := int64(i-first) * int64(size)
		if _, err := io.ReadFull(r, labels); err != nil {
			return unread(err, "is truncated: it has %d bytes and should have %d", at, n*size)
		}
		label := labels[form.label]
		if int(label) >= set.Classes {
			return fmt.Errorf("is damaged: record %d has the label %d, the largest is %d", i-first, label, set.Classes-1)
		}
		set.Labels[i] = uint16(label)
		if k, err := io.ReadFull(r, set.Image(i)); err != nil {
			return unread(err, "is truncated: it has %d bytes and should have %d", at+int64(form.labels+k), n*size)
		}
	}
	return end(r, int64(n)*int64(size))
}

// recordForm is the form of the records of a user's files, of which one is named:
// those of CIFAR-100 have two labels and other names than those of CIFAR-10.
func recordForm(r Reading, file string) (record, error) {
	names := r.LabelBytes
	switch {
	case names == "" && strings.HasPrefix(path.Base(file), "train"):
		names = cifar100
	case names == "":
		names = "label"
	}
	labels := strings.Split(names, ",")
	form := record{len(labels), len(labels) - 1}
	if r.Label != "" {
		if form.label = slices.Index(labels, r.Label); form.label < 0 {
			return form, fmt.Errorf("there is no label %q; the bytes before each image are %s", r.Label, strings.Join(labels, ", "))
		}
	}
	return form, nil
}

// batchFiles lists the training files of a folder in CIFAR's layout, in the order
// of their numbers, and the test file.
func batchFiles(files fs.FS) (train []string, test string, err error) {
	packed := func(pattern string) []string {
		names, _ := fs.Glob(files, pattern) // the patterns are well-formed
		more, _ := fs.Glob(files, pattern+".gz")
		return append(names, more...)
	}
	train, tests := packed("data_batch_*.bin"), packed(cifarTest)
	other := packed("train.bin")
	switch {
	case len(train) > 0 && len(other) > 0:
		return nil, "", fmt.Errorf("holds both %s and %s; leave one of them", train[0], other[0])
	case len(train) == 0:
		train, tests = other, packed("test.bin")
	}
	if len(train) == 0 {
		return nil, "", errors.New("has neither data_batch_1.bin, as CIFAR-10, nor train.bin, as CIFAR-100")
	}
	if len(tests) != 1 {
		return nil, "", fmt.Errorf("has %d test files; there has to be %s beside data_batch_1.bin, or test.bin beside train.bin, each once", len(tests), cifarTest)
	}
	slices.SortFunc(train, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return train, tests[0], nil
}

// readBatches reads a user's folder in CIFAR's layout, with any number of files,
// images and labels.
func readBatches(files fs.FS, r Reading) (train, test *Set, err error) {
	names, last, err := batchFiles(files)
	if err != nil {
		return nil, nil, err
	}
	form, err := recordForm(r, names[0])
	if err != nil {
		return nil, nil, err
	}
	if train, err = readBatchPart(files, names, form); err != nil {
		return nil, nil, err
	}
	test, err = readBatchPart(files, []string{last}, form)
	return train, test, err
}

func readBatchPart(files fs.FS, names []string, form record) (*Set, error) {
	shape := Shape{3, 32, 32}
	set := newSet(shape, 1<<8, 0)
	size := form.labels + shape.Features()
	for _, name := range names {
		c, err := open(files, name)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(io.LimitReader(c, maxDecoded+1))
		c.Close()
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s %w", name, unread(err, "is truncated"))
		case len(content)+len(set.Images) > maxDecoded:
			return nil, fmt.Errorf("%s: the images are more than the %d bytes that are read; use fewer", name, maxDecoded)
		case len(content) == 0 || len(content)%size != 0:
			return nil, fmt.Errorf("%s has %d bytes, which is no whole number of records of %d (%d of labels and a red, a green and a blue plane of 32 x 32); "+
				"if each image has other bytes of labels before it, name them all, as label_bytes: [coarse, fine]", name, len(content), size, form.labels)
		}
		first, n := set.Len(), len(content)/size
		set.Images = append(set.Images, make([]uint8, n*shape.Features())...)
		set.Labels = append(set.Labels, make([]uint16, n)...)
		if err := readRecords(bytes.NewReader(content), set, first, n, form); err != nil {
			return nil, fmt.Errorf("%s %w", name, err)
		}
	}
	set.Classes = int(slices.Max(set.Labels)) + 1
	return set, nil
}

// cifarSets returns empty sets for the whole of CIFAR-10.
func cifarSets(k Known) (train, test *Set) {
	return newSet(k.Shape, k.Classes, k.Train), newSet(k.Shape, k.Classes, k.Test)
}

// cifarPlace says where the images of a batch file go. A training batch is as
// large as the test set.
func cifarPlace(name string, train, test *Set) (set *Set, first int, ok bool) {
	for i, batch := range cifarTrain {
		if name == batch {
			return train, i * test.Len(), true
		}
	}
	return test, 0, name == cifarTest
}

// readCIFARFolder reads the six batch files of a folder.
func readCIFARFolder(files fs.FS, k Known) (train, test *Set, err error) {
	train, test = cifarSets(k)
	for _, file := range k.Unpacked {
		if err := readCIFARFile(files, file, train, test); err != nil {
			return nil, nil, fmt.Errorf("%s %w", file.Name, err)
		}
	}
	return train, test, nil
}

func readCIFARFile(files fs.FS, file File, train, test *Set) error {
	c, err := open(files, file.Name)
	if err != nil {
		return err
	}
	defer c.Close()
	if !c.gzip && c.size != file.Size {
		return fmt.Errorf("has %d bytes and should have %d", c.size, file.Size)
	}
	set, first, _ := cifarPlace(file.Name, train, test)
	return readRecords(c, set, first, test.Len(), record{labels: 1})
}

// readCIFARArchive reads the batch files from the published archive. What else
// it holds is passed over.
func readCIFARArchive(files fs.FS, name string, k Known) (train, test *Set, err error) {
	train, test = cifarSets(k)
	c, err := open(files, name)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	seen := map[string]bool{}
	archive := tar.NewReader(c)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil && !c.gzip {
			return nil, nil, errors.New("is not gzip")
		}
		if err != nil {
			return nil, nil, unread(err, "is truncated: it has %d bytes, the published one has %d", c.size, k.Files[0].Size)
		}
		batch := path.Base(header.Name)
		set, first, ok := cifarPlace(batch, train, test)
		if !ok || header.Typeflag != tar.TypeReg {
			continue
		}
		if seen[batch] {
			return nil, nil, fmt.Errorf("is damaged: it holds %s twice", batch)
		}
		seen[batch] = true
		if want := k.Unpacked[0].Size; header.Size != want {
			return nil, nil, fmt.Errorf("is damaged: its %s has %d bytes and should have %d", batch, header.Size, want)
		}
		if err := readRecords(archive, set, first, test.Len(), record{labels: 1}); err != nil {
			return nil, nil, fmt.Errorf("is damaged: its %s %w", batch, err)
		}
	}
	for _, file := range k.Unpacked {
		if !seen[file.Name] {
			return nil, nil, fmt.Errorf("is incomplete: it does not hold %s", file.Name)
		}
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		return nil, nil, unread(err, "is truncated: it has %d bytes, the published one has %d", c.size, k.Files[0].Size)
	}
	return train, test, nil
}
