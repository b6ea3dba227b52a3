package torch

import (
	"bytes"
	"fmt"

	"prunelab/model/tensors"
)

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 2 << 30

// Read takes the tensors of the state dict in a file of torch.save. key says where
// in the file that is, as "model" or "nets.generator"; "" finds it, and fails where
// several are as likely, naming them. The tensors are in the order of the state dict
// and share the bytes of b, which must not change.
func Read(b []byte, key string) (tensors.File, error) {
	f, err := read(b, key)
	if err != nil {
		return tensors.File{}, fmt.Errorf("PyTorch file: %w", err)
	}
	return f, nil
}

func read(b []byte, key string) (tensors.File, error) {
	if len(b) > MaxFile {
		return tensors.File{}, fmt.Errorf("it has %d bytes, more than the %d that are read", len(b), MaxFile)
	}
	format, load := tensors.Pickle, loadLegacy
	if bytes.HasPrefix(b, []byte("PK")) {
		format, load = tensors.Zip, loadZip
	}
	saved, err := load(b)
	if err != nil {
		return tensors.File{}, err
	}
	state, err := stateDict(saved, key)
	if err != nil {
		return tensors.File{}, err
	}
	f := tensors.File{Format: format, Key: state.key, Others: state.others, InOrder: true, Beside: state.beside}
	spare := 2*len(b) + 1<<20
	var views []view
	for _, e := range state.views {
		t, err := e.view.tensor(e.name, &spare)
		if err != nil {
			return tensors.File{}, err
		}
		f.Tensors = append(f.Tensors, t)
		views = append(views, e.view)
	}
	for _, group := range tied(views) {
		var names []string
		for _, i := range group {
			names = append(names, f.Tensors[i].Name)
		}
		f.Tied = append(f.Tied, names)
	}
	return f, nil
}
