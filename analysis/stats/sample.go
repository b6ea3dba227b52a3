package stats

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
)

// ErrEmpty is the error of every function that was given no values.
var ErrEmpty = errors.New("no values")

// ErrNotFinite is the error of every function that was given NaN or infinity.
var ErrNotFinite = errors.New("not a finite number")

// checkSample refuses a sample that is empty or not finite.
func checkSample(x []float64) error {
	if len(x) == 0 {
		return ErrEmpty
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("value %d of %d is %v: %w", i+1, len(x), v, ErrNotFinite)
		}
	}
	return nil
}

// checkLevel panics when a confidence level is not one.
func checkLevel(level float64) {
	if !(level > 0 && level < 1) {
		panic("stats: level outside (0, 1)")
	}
}

// meanSD returns the mean and the sample standard deviation of x, which is 0
// for a single value and exactly 0 for equal values.
func meanSD(x []float64) (mean, sd float64) {
	if allEqual(x) {
		return x[0], 0
	}
	return stat.MeanStdDev(x, nil)
}

func allEqual(x []float64) bool {
	for _, v := range x[1:] {
		if v != x[0] {
			return false
		}
	}
	return true
}

// stream returns a generator whose seed is a hash of the purpose and the data.
func stream(purpose string, data ...[]float64) *rand.Rand {
	h := sha256.New()
	h.Write([]byte(purpose))
	var b [8]byte
	for _, x := range data {
		binary.LittleEndian.PutUint64(b[:], uint64(len(x)))
		h.Write(b[:])
		for _, v := range x {
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
			h.Write(b[:])
		}
	}
	var key [32]byte
	h.Sum(key[:0])
	return rand.New(rand.NewChaCha8(key))
}
