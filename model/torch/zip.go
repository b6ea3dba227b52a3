package torch

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"prunelab/model/safetensors"
)

// loadZip reads an archive NAME/data.pkl, NAME/data/KEY for every storage, and
// NAME/byteorder.
func loadZip(b []byte) (any, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("the zip archive is damaged or cut off: copy the file again, to the end: %w", err)
	}
	a := archive{bytes: b, left: uint64(len(b)), files: map[string]*zip.File{}, storages: map[string]*storage{}}
	for _, f := range z.File {
		if a.files[f.Name] != nil {
			return nil, fmt.Errorf("the archive has two records %q", f.Name)
		}
		a.files[f.Name] = f
	}
	if err := a.find(z.File); err != nil {
		return nil, err
	}
	if order, ok := a.files[a.root+"byteorder"]; ok {
		said, err := a.record(order)
		if err != nil {
			return nil, err
		}
		if string(said) != "little" {
			return nil, fmt.Errorf("its byte order is %q, only little is read; load it with torch.load and save its state_dict() on a little-endian machine", said[:min(len(said), 10)])
		}
	}
	pickle, err := a.record(a.files[a.root+"data.pkl"])
	if err != nil {
		return nil, err
	}
	m := machine{in: pickle, persistent: a.persistent}
	return m.run()
}

// archive is a zip archive that is being read.
type archive struct {
	bytes    []byte
	left     uint64 // bytes of records that there may still be, which do not overlap
	root     string // "NAME/"
	files    map[string]*zip.File
	storages map[string]*storage
}

// find finds the folder with data.pkl, or says what else the archive is.
func (a *archive) find(files []*zip.File) error {
	has := func(match func(string) bool) bool {
		for _, f := range files {
			if match(f.Name) {
				return true
			}
		}
		return false
	}
	for _, f := range files {
		if root, ok := strings.CutSuffix(f.Name, "data.pkl"); ok && (root == "" || strings.HasSuffix(root, "/")) {
			a.root = root
			switch {
			case a.files[root+"constants.pkl"] != nil:
				return errors.New("it is an archive of TorchScript (torch.jit.save): load it with m = torch.jit.load(FILE) and write its tensors with torch.save(m.state_dict(), NEW)")
			case strings.Count(root, "/") > 1:
				continue
			}
			return nil
		}
	}
	switch {
	case has(func(n string) bool { return strings.HasSuffix(n, ".npy") }):
		return errors.New("it is an archive of NumPy arrays (.npz), not of torch.save: save them with safetensors.numpy.save_file")
	case has(func(n string) bool { return strings.HasSuffix(n, ".weights.h5") }):
		return errors.New("it is a network of Keras (.keras), not of torch.save: save it as ONNX, or its weights with safetensors")
	}
	return errors.New("it is a zip archive without data.pkl, so not one of torch.save (a program exported by torch.export is none either): unpack it, or save the network's state_dict() with torch.save")
}

// record returns the bytes of a record, as they lie in the file.
func (a *archive) record(f *zip.File) ([]byte, error) {
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, fmt.Errorf("record %s is compressed, which torch.save does not do: load the file with torch.load and save its state_dict() again", f.Name)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", f.Name, err)
	}
	rest := a.bytes[min(max(at, 0), int64(len(a.bytes))):]
	if f.UncompressedSize64 > uint64(len(rest)) {
		return nil, fmt.Errorf("record %s has %d bytes, and the file ends after %d of them: copy it again, to the end", f.Name, f.UncompressedSize64, len(rest))
	}
	if f.UncompressedSize64 > a.left {
		return nil, fmt.Errorf("record %s lies over others, the archive was not written by torch.save", f.Name)
	}
	a.left -= f.UncompressedSize64
	record := rest[:f.UncompressedSize64:f.UncompressedSize64]
	if sum := crc32.ChecksumIEEE(record); sum != f.CRC32 {
		return nil, fmt.Errorf("record %s is damaged, its checksum is %08x instead of %08x: copy the file again, or, if it was saved after torch.serialization.set_crc32_options(False), save it without", f.Name, sum, f.CRC32)
	}
	return record, nil
}

// persistent finds the storage ('storage', class, key, location, elements).
func (a *archive) persistent(id *tuple) (any, error) {
	dtype, key, n, err := storageID(id)
	if err != nil {
		return nil, err
	}
	if s, ok := a.storages[key]; ok {
		if s.dtype != dtype || s.size != n*dtype.Size() {
			return nil, fmt.Errorf("storage %s is %d bytes of %s and then %d of %s", key, s.size, s.dtype, n*dtype.Size(), dtype)
		}
		return s, nil
	}
	f, ok := a.files[a.root+"data/"+key]
	if !ok {
		return nil, fmt.Errorf("the archive has no record %sdata/%s, which a tensor lies in", a.root, key)
	}
	record, err := a.record(f)
	if err != nil {
		return nil, err
	}
	if len(record) != n*dtype.Size() {
		return nil, fmt.Errorf("record %s has %d bytes, %d numbers of %s need %d", f.Name, len(record), n, dtype, n*dtype.Size())
	}
	s := &storage{dtype: dtype, key: key, size: len(record), data: record}
	a.storages[key] = s
	return s, nil
}

// storageID takes the parts of a persistent id that both formats have: the type of
// the elements, the key, and how many there are.
func storageID(id *tuple) (safetensors.DType, string, int, error) {
	if len(id.items) >= 5 && id.items[0] == "storage" {
		class, isClass := id.items[1].(global)
		key, isKey := id.items[2].(string)
		n, isNumber := id.items[4].(int64)
		dtype, known := storages[class.String()]
		if isClass && isKey && isNumber && known && n >= 0 && n <= MaxFile/int64(dtype.Size()) {
			return dtype, key, int(n), nil
		}
	}
	return "", "", 0, errors.New("a reference to a storage is not as torch.save writes it")
}
