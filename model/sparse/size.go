package sparse

import (
	"fmt"
	"math"
	"math/bits"
	"sort"
)

// Widths are the widths, in bits, of the numbers of a stored matrix.
type Widths struct {
	Value   int // a weight
	Index   int // a row or column
	Pointer int // where a row or column begins
	Code    int // a code of a relative index, 1 to MaxCodeBits
}

// FileWidths are the widths of the files that this package writes: float32 and
// int32, with a relative index of k bits a code.
func FileWidths(k int) Widths { return Widths{Value: 32, Index: 32, Pointer: 32, Code: k} }

// Size is how much one matrix takes in one format. Rows, columns and k
// themselves, file headers and the codebook of values narrower than a float32
// are not counted.
type Size struct {
	Format  Format
	Numbers int64 // values, indices, pointers, codes and flags; a bit of a bitmap is one
	Bytes   int64 // every array rounded up to bytes

	// Original is the size of the dense float32 matrix in bytes, whatever the
	// format and the widths.
	Original int64
}

// Compression is how many times smaller than the dense float32 matrix this is;
// +Inf for a format that takes nothing when nothing is stored, NaN for a matrix
// without weights.
func (s Size) Compression() float64 { return float64(s.Original) / float64(s.Bytes) }

// SizeOf is the size of a rows x cols matrix with the given number of stored
// weights. In numbers, with a stored weights, m rows and n columns:
//
//	dense     mn             always float32, whatever the widths
//	csr       2a + m + 1
//	csc       2a + n + 1
//	coo       3a
//	bitmap    a + mn
//	relative  2(a + f)       with f fillers
//
// For the relative index f is the expectation for weights at random places, see
// ExpectedFillers; Sizes counts them, and the 32 bits of each of its Zeros. It
// fails when an index or a pointer does not fit its width.
func SizeOf(f Format, rows, cols, stored int, w Widths) (Size, error) {
	if err := w.check(f, rows, cols, stored); err != nil {
		return Size{}, err
	}
	fillers := 0
	if f == FormatRelative {
		fillers = expectedFillers(rows, cols, stored, w.Code)
	}
	return sizeOf(f, rows, cols, stored, fillers, 0, w), nil
}

// Sizes returns the sizes of the matrix in all formats, in the order of
// Formats, with the fillers that its relative index really has. It fails when
// an index or a pointer does not fit its width.
func Sizes(m Matrix, w Widths) ([]Size, error) {
	a := m.CSR()
	var sizes []Size
	for _, f := range Formats() {
		if err := w.check(f, a.Rows, a.Cols, a.Stored()); err != nil {
			return nil, err
		}
		fillers, zeros := 0, 0
		if f == FormatRelative {
			fillers, zeros = a.relativeExtra(w.Code)
		}
		sizes = append(sizes, sizeOf(f, a.Rows, a.Cols, a.Stored(), fillers, zeros, w))
	}
	return sizes, nil
}

// sizeOf adds up the arrays of a format.
func sizeOf(f Format, rows, cols, stored, fillers, zeros int, w Widths) Size {
	a, m, n := int64(stored), int64(rows), int64(cols)
	s := Size{Format: f, Original: 4 * m * n}
	array := func(numbers int64, width int) {
		s.Numbers += numbers
		s.Bytes += bytesOf(numbers * int64(width))
	}
	switch f {
	case FormatDense:
		array(m*n, 32)
	case FormatCSR:
		array(a, w.Value)
		array(a, w.Index)
		array(m+1, w.Pointer)
	case FormatCSC:
		array(a, w.Value)
		array(a, w.Index)
		array(n+1, w.Pointer)
	case FormatCOO:
		array(a, w.Value)
		array(a, w.Index)
		array(a, w.Index)
	case FormatBitmap:
		array(a, w.Value)
		array(m*n, 1)
	case FormatRelative:
		array(a+int64(fillers), w.Value)
		array(a+int64(fillers), w.Code)
		array(int64(zeros), 32)
	}
	return s
}

// check reports what does not fit.
func (w Widths) check(f Format, rows, cols, stored int) error {
	if err := checkDims(rows, cols); err != nil {
		return err
	}
	if stored < 0 || stored > rows*cols {
		return fmt.Errorf("sparse: %d weights stored of %d x %d", stored, rows, cols)
	}
	if w.Value < 1 || w.Value > 64 {
		return fmt.Errorf("sparse: values of %d bits", w.Value)
	}
	index, pointer := 0, 0 // the largest of each
	switch f {
	case FormatCSR:
		index, pointer = cols-1, stored
	case FormatCSC:
		index, pointer = rows-1, stored
	case FormatCOO:
		index = max(rows, cols) - 1
	case FormatDense, FormatBitmap:
	case FormatRelative:
		if w.Code < 1 || w.Code > MaxCodeBits {
			return fmt.Errorf("sparse: codes of %d bits are not of 1 to %d", w.Code, MaxCodeBits)
		}
	default:
		return fmt.Errorf("sparse: unknown format %q: take one of %v", f, Formats())
	}
	if need := bits.Len(uint(max(index, 0))); w.Index < need {
		return fmt.Errorf("sparse: indices up to %d need %d bits, not %d", index, need, w.Index)
	}
	if need := bits.Len(uint(pointer)); w.Pointer < need {
		return fmt.Errorf("sparse: pointers up to %d need %d bits, not %d", pointer, need, w.Pointer)
	}
	return nil
}

// BreakEven is the density below or at which a rows x cols matrix takes fewer
// bytes in this format than as dense float32: the largest number of stored
// weights for which SizeOf is smaller, divided by rows*cols. It is 0 when there
// is none.
func BreakEven(f Format, rows, cols int, w Widths) (float64, error) {
	if _, err := SizeOf(f, rows, cols, rows*cols, w); err != nil {
		return 0, err
	}
	n := rows * cols
	first := sort.Search(n+1, func(stored int) bool { // the first that is not smaller
		s, err := SizeOf(f, rows, cols, stored, w)
		return err != nil || s.Bytes >= s.Original
	})
	if first <= 1 {
		return 0, nil
	}
	return float64(first-1) / float64(n), nil
}

// bytesOf rounds bits up to bytes.
func bytesOf(bits int64) int64 { return (bits + 7) / 8 }

// expectedFillers rounds the expectation for a matrix up.
func expectedFillers(rows, cols, stored, k int) int {
	if stored == 0 {
		return 0
	}
	n := rows * cols
	return int(math.Ceil(ExpectedFillers(float64(stored)/float64(n), k) * float64(stored)))
}
