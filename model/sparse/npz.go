package sparse

import (
	"fmt"
	"io"

	"prunelab/model/sparse/npy"
)

// WriteNPZ writes the matrix as a .npz file. scipy.sparse.load_npz reads it in
// the formats csr, csc and coo, numpy.load in any. Equal matrices give equal
// bytes.
func WriteNPZ(w io.Writer, m Matrix) error {
	if err := m.Check(); err != nil {
		return err
	}
	return npy.WriteArchive(w, Entries(m))
}

// ReadNPZ reads a .npz file of size bytes, as WriteNPZ or
// scipy.sparse.save_npz wrote it. It fails when the arrays, or the matrix as a
// dense one, have more than limit bytes.
func ReadNPZ(r io.ReaderAt, size, limit int64) (Matrix, error) {
	entries, err := npy.ReadArchive(r, size, limit)
	if err != nil {
		return nil, fmt.Errorf("sparse: %w", err)
	}
	return FromEntries(entries, limit)
}
