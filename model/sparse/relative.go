package sparse

import (
	"errors"
	"fmt"
	"math"
)

// MaxCodeBits is the largest number of bits of a code of a relative index.
const MaxCodeBits = 16

// Relative is a matrix with a relative index (Han, Mao, Dally 2016, section 2):
// row-major, each weight comes with its distance to the one before it, 1 to
// 2^K, as a code of K bits that holds the distance less one. Where the distance
// is larger than 2^K, fillers come in between: stored zeros, +0, each with the
// distance 2^K.
//
// The paper counts the first distance from index 0, which leaves no code for a
// weight at that index. Where it is kept, and only there, Origin is -1 and the
// first distance 1. The paper also cannot tell a filler from a kept weight that
// is zero and just as far from the one before it; Zeros lists such weights.
type Relative struct {
	Rows, Cols int
	K          int       // bits of a code, 1 to MaxCodeBits
	Origin     int       // index from which the first distance counts: 0 or -1
	Code       []byte    // codes one after the other, the least significant bit first; spare bits 0
	Val        []float32 // weights and fillers, one a code
	Zeros      []int32   // entries of Val that are weights though they look like fillers, ascending
}

// Relative returns the same matrix with a relative index of k bits a code. It
// panics when k is not from 1 to MaxCodeBits.
func (a CSR) Relative(k int) Relative {
	fillers, zeros := a.relativeExtra(k)
	n := len(a.Val) + fillers
	r := Relative{
		Rows: a.Rows, Cols: a.Cols, K: k, Origin: a.origin(),
		Code:  make([]byte, bytesOf(int64(n)*int64(k))),
		Val:   make([]float32, 0, n),
		Zeros: make([]int32, 0, zeros),
	}
	reach := 1 << k
	last := r.Origin
	for pos, v := range a.all() {
		distance := pos - last
		for ; distance > reach; distance -= reach {
			r.add(reach, 0)
		}
		if looksFiller(distance, v, k) {
			r.Zeros = append(r.Zeros, int32(len(r.Val)))
		}
		r.add(distance, v)
		last = pos
	}
	return r
}

// Fillers is the number of fillers of a relative index of k bits a code. It
// panics when k is not from 1 to MaxCodeBits.
func (a CSR) Fillers(k int) int {
	fillers, _ := a.relativeExtra(k)
	return fillers
}

// relativeExtra counts what a relative index holds beside the weights: its
// fillers and its Zeros.
func (a CSR) relativeExtra(k int) (fillers, zeros int) {
	checkK(k)
	last := a.origin()
	for pos, v := range a.all() {
		between := (pos - last - 1) >> k
		fillers += between
		if looksFiller(pos-last-between<<k, v, k) {
			zeros++
		}
		last = pos
	}
	return fillers, zeros
}

// origin is the index from which the first distance counts.
func (a CSR) origin() int {
	for pos := range a.all() {
		if pos == 0 {
			return -1
		}
		break
	}
	return 0
}

func checkK(k int) {
	if k < 1 || k > MaxCodeBits {
		panic(badK)
	}
}

// add appends an entry to a Code that has room for it.
func (r *Relative) add(distance int, v float32) {
	bit := len(r.Val) * r.K
	code := uint32(distance-1) << (bit % 8)
	for i := bit / 8; code != 0; i++ {
		r.Code[i] |= byte(code)
		code >>= 8
	}
	r.Val = append(r.Val, v)
}

// distance is the one of an entry to that before it.
func (r Relative) distance(entry int) int {
	bit := entry * r.K
	code := uint32(0)
	for i := (bit + r.K - 1) / 8; i >= bit/8; i-- {
		code = code<<8 | uint32(r.Code[i])
	}
	return int(code>>(bit%8)&(1<<r.K-1)) + 1
}

// Distances returns the distance of every entry of Val, fillers among them, to
// the one before it, 1 to 2^K.
func (r Relative) Distances() []int {
	d := make([]int, len(r.Val))
	for e := range d {
		d[e] = r.distance(e)
	}
	return d
}

// looksFiller reports whether an entry is a +0 at the largest distance.
func looksFiller(distance int, v float32, k int) bool {
	return distance == 1<<k && math.Float32bits(v) == 0
}

// walk visits the weights by ascending row-major position. It fails when they
// leave the matrix, when a filler is the last entry, and when Zeros names an
// entry that does not look like a filler.
func (r Relative) walk(visit func(pos int, v float32)) error {
	pos, zeros, filler := r.Origin, r.Zeros, false
	for e, v := range r.Val {
		d := r.distance(e)
		pos += d
		if pos >= r.Rows*r.Cols {
			return fmt.Errorf("sparse: entry %d of the relative index lies outside of %d x %d", e, r.Rows, r.Cols)
		}
		filler = looksFiller(d, v, r.K)
		if filler && len(zeros) > 0 && int(zeros[0]) == e {
			filler, zeros = false, zeros[1:]
		}
		if !filler {
			visit(pos, v)
		}
	}
	if filler {
		return errors.New("sparse: the relative index ends with a filler")
	}
	if len(zeros) > 0 {
		return fmt.Errorf("sparse: entry %d of the relative index is said to be a kept zero and is not", zeros[0])
	}
	return nil
}

// each is walk for an index that Check accepts.
func (r Relative) each(visit func(pos int, v float32)) {
	if err := r.walk(visit); err != nil {
		panic(badRelative)
	}
}

// Format is FormatRelative.
func (r Relative) Format() Format { return FormatRelative }

// Dims returns the number of rows and columns.
func (r Relative) Dims() (rows, cols int) { return r.Rows, r.Cols }

// Stored is the number of stored weights, without the fillers.
func (r Relative) Stored() int {
	n := 0
	r.each(func(int, float32) { n++ })
	return n
}

// Check reports what makes r not a matrix in this format.
func (r Relative) Check() error {
	if err := checkDims(r.Rows, r.Cols); err != nil {
		return err
	}
	if r.K < 1 || r.K > MaxCodeBits {
		return fmt.Errorf("sparse: a relative index with codes of %d bits, not 1 to %d", r.K, MaxCodeBits)
	}
	bits := int64(len(r.Val)) * int64(r.K)
	if int64(len(r.Code)) != bytesOf(bits) {
		return fmt.Errorf("sparse: %d bytes of codes for %d entries of %d bits, which need %d", len(r.Code), len(r.Val), r.K, bytesOf(bits))
	}
	if bits%8 != 0 && r.Code[bits/8]>>(bits%8) != 0 {
		return errors.New("sparse: the relative index has bits after its last code")
	}
	switch {
	case r.Origin != 0 && r.Origin != -1:
		return fmt.Errorf("sparse: the first distance counts from index %d, not from 0 or -1", r.Origin)
	case r.Origin == -1 && (len(r.Val) == 0 || r.distance(0) != 1):
		return errors.New("sparse: the first distance counts from index -1, but index 0 is not kept")
	}
	return r.walk(func(int, float32) {})
}

// CSR returns the same matrix by rows, without the fillers.
func (r Relative) CSR() CSR {
	a := emptyCSR(r.Rows, r.Cols, len(r.Val))
	r.each(a.add)
	a.sumPtr()
	return a
}
