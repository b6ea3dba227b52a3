package dataset

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// readRecords reads the records of CIFAR-10's binary form, a byte of label and
// 3,072 bytes of image (the red, the green and the blue plane of 32 x 32), into
// the images of set from number first on; n of them and nothing after.
func readRecords(r io.Reader, set *Set, first, n int) error {
	features := set.Shape.Features()
	var label [1]byte
	for i := first; i < first+n; i++ {
		at := int64(i-first) * int64(1+features)
		if _, err := io.ReadFull(r, label[:]); err != nil {
			return unread(err, "is truncated: it has %d bytes and should have %d", at, n*(1+features))
		}
		if int(label[0]) >= set.Classes {
			return fmt.Errorf("is damaged: record %d has the label %d, the largest is %d", i-first, label[0], set.Classes-1)
		}
		set.Labels[i] = label[0]
		if k, err := io.ReadFull(r, set.Image(i)); err != nil {
			return unread(err, "is truncated: it has %d bytes and should have %d", at+1+int64(k), n*(1+features))
		}
	}
	return end(r, int64(n)*int64(1+features))
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
	return readRecords(c, set, first, test.Len())
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
		if err := readRecords(archive, set, first, test.Len()); err != nil {
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
