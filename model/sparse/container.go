package sparse

import (
	"fmt"
	"strings"

	"prunelab/model/safetensors"
	"prunelab/model/sparse/npy"
)

// formatSuffix marks the metadata that say in which format a matrix is stored.
const formatSuffix = ".format"

// dtypes are the types of arrays and what safetensors calls them.
var dtypes = []struct {
	array  npy.DType
	tensor safetensors.DType
}{
	{npy.Bool, safetensors.Bool},
	{npy.Uint8, safetensors.U8},
	{npy.Int32, safetensors.I32},
	{npy.Int64, safetensors.I64},
	{npy.Float32, safetensors.F32},
}

// AddTensors adds the matrix to a safetensors file: a tensor name.array for
// each array of Entries but the format, which is the metadata name.format.
func AddTensors(f *safetensors.File, name string, m Matrix) error {
	if err := m.Check(); err != nil {
		return err
	}
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	f.Metadata[name+formatSuffix] = string(m.Format())
	for _, e := range Entries(m) {
		for _, t := range dtypes {
			if t.array == e.DType {
				f.Tensors = append(f.Tensors, safetensors.Tensor{Name: name + "." + e.Name, DType: t.tensor, Shape: e.Shape, Data: e.Data})
			}
		}
	}
	return nil
}

// FromTensors returns the matrix that AddTensors added to a file under this
// name. It fails when there is none or when the matrix, dense, has more than
// limit bytes.
func FromTensors(f safetensors.File, name string, limit int64) (Matrix, error) {
	format, ok := f.Metadata[name+formatSuffix]
	if !ok {
		return nil, fmt.Errorf("sparse: the file has no metadata %q: it holds no sparse matrix of that name", name+formatSuffix)
	}
	entries := []npy.Entry{{Name: "format", Array: npy.FromText(format)}}
	for _, t := range f.Tensors {
		array, ok := strings.CutPrefix(t.Name, name+".")
		if !ok {
			continue
		}
		for _, d := range dtypes {
			if d.tensor == t.DType {
				entries = append(entries, npy.Entry{Name: array, Array: npy.Array{DType: d.array, Shape: t.Shape, Data: t.Data}})
			}
		}
	}
	m, err := FromEntries(entries, limit)
	if err != nil {
		return nil, fmt.Errorf("matrix %q: %w", name, err)
	}
	return m, nil
}
