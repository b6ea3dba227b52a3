package sparse

import (
	"fmt"

	"prunelab/model/sparse/npy"
)

// Format is a way to store a matrix.
type Format string

// The formats. Each is described at its type.
const (
	FormatDense    Format = "dense"
	FormatCSR      Format = "csr"
	FormatCSC      Format = "csc"
	FormatCOO      Format = "coo"
	FormatBitmap   Format = "bitmap"
	FormatRelative Format = "relative"
)

// Formats returns all formats, the dense one first.
func Formats() []Format {
	return []Format{FormatDense, FormatCSR, FormatCSC, FormatCOO, FormatBitmap, FormatRelative}
}

// Matrix is a matrix in one of the formats: a Dense, CSR, CSC, COO, Bitmap or
// Relative.
//
// Conversions share no storage with what they convert, other than T, and CSR of
// a CSR.
//
// Matrices that this package makes or reads are right. For one that was put
// together by hand, Check reports what is wrong; its other methods may panic or
// give nonsense then.
type Matrix interface {
	Format() Format
	Dims() (rows, cols int)
	Stored() int // weights that are kept, fillers not among them
	Check() error
	CSR() CSR // the same weights and pattern; the way to every other format

	arrays() []npy.Entry
}

// As returns the matrix in another format. K is the number of bits of a code of
// a relative index and is ignored for other formats.
func As(m Matrix, f Format, k int) (Matrix, error) {
	switch f {
	case FormatDense:
		return m.CSR().Dense(), nil
	case FormatCSR:
		return m.CSR(), nil
	case FormatCSC:
		return m.CSR().CSC(), nil
	case FormatCOO:
		return m.CSR().COO(), nil
	case FormatBitmap:
		return m.CSR().Bitmap(), nil
	case FormatRelative:
		if k < 1 || k > MaxCodeBits {
			return nil, fmt.Errorf("sparse: a code of %d bits is not one of 1 to %d", k, MaxCodeBits)
		}
		return m.CSR().Relative(k), nil
	}
	return nil, fmt.Errorf("sparse: unknown format %q: take one of %v", f, Formats())
}
