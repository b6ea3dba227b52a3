package sparse

import (
	"fmt"
	"math/bits"
)

// Bitmap is a matrix with one bit for every position, row-major, that says
// whether a weight is stored there: position p is bit p mod 8, counted from the
// least significant, of Bits[p/8]. Bits after the last position are 0.
type Bitmap struct {
	Rows, Cols int
	Bits       []byte    // ceil(Rows*Cols/8) bytes
	Val        []float32 // by ascending position
}

// Format is FormatBitmap.
func (b Bitmap) Format() Format { return FormatBitmap }

// Dims returns the number of rows and columns.
func (b Bitmap) Dims() (rows, cols int) { return b.Rows, b.Cols }

// Stored is the number of stored weights.
func (b Bitmap) Stored() int { return len(b.Val) }

// Check reports what makes b not a matrix in this format.
func (b Bitmap) Check() error {
	if err := checkDims(b.Rows, b.Cols); err != nil {
		return err
	}
	n := b.Rows * b.Cols
	if want := bytesOf(int64(n)); int64(len(b.Bits)) != want {
		return fmt.Errorf("sparse: a bitmap of %d bytes for %d x %d, which needs %d", len(b.Bits), b.Rows, b.Cols, want)
	}
	if n%8 != 0 && b.Bits[n/8]>>(n%8) != 0 {
		return fmt.Errorf("sparse: the bitmap has bits after the last of %d x %d positions", b.Rows, b.Cols)
	}
	set := 0
	for _, x := range b.Bits {
		set += bits.OnesCount8(x)
	}
	if set != len(b.Val) {
		return fmt.Errorf("sparse: %d bits of the bitmap are set for %d values", set, len(b.Val))
	}
	return nil
}

// Bitmap returns the same matrix with a bit for every position.
func (a CSR) Bitmap() Bitmap {
	b := Bitmap{
		Rows: a.Rows, Cols: a.Cols,
		Bits: make([]byte, bytesOf(int64(a.Rows*a.Cols))),
		Val:  append([]float32{}, a.Val...),
	}
	for pos := range a.all() {
		b.Bits[pos/8] |= 1 << (pos % 8)
	}
	return b
}

// CSR returns the same matrix by rows.
func (b Bitmap) CSR() CSR {
	a := emptyCSR(b.Rows, b.Cols, len(b.Val))
	for i, x := range b.Bits {
		for ; x != 0; x &= x - 1 {
			a.add(8*i+bits.TrailingZeros8(x), b.Val[len(a.Val)])
		}
	}
	a.sumPtr()
	return a
}
