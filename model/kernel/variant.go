package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// A variant is one implementation of the kernels: a function for each loop, and
// the shapes of the blocks that suit its functions. generic has the loops
// themselves. Any other starts as a copy of generic and replaces what it does
// better; the rest it inherits.
//
// An architecture that is new here, say arm64, has to implement what carries the
// time of training:
//
//	gemm, rows, cols  dense products                      gemmGeneric
//	spmm              sparse products                     spmmGeneric
//	sddmm             gradients of surviving weights      sddmmGeneric
//	skip, nonzero     products without the zeros of dy    skipGeneric, nonzeroGeneric; see skips
//	sgd               the step of the optimizer           sgdGeneric
//
// On the right is what each equals up to rounding. The order of a sum is free, but
// depends on nothing except shapes, and in gemm and spmm it is the same for every
// column of b or x: a sample's result does not depend on the batch.
//
// The variant goes into compiled, in a file variant_arm64.go, and its architecture
// into the constraints of variant_generic.go; its assembly is generated from
// _asm/arm64. The tests of the package run on every variant that is compiled in and
// that the machine runs, and check that the others are complete.
//
// Slices may be empty. Assembly checks no bounds; what calls it does.
type variant struct {
	name string
	runs bool // on this machine

	// A block of gemm has 1 to rows rows, and Lanes or cols columns; if cols is 0, any
	// multiple of Lanes.
	gemm       func(p *gemm, c, a, b []float32)
	rows, cols int
	pairs      bool // cols is 2*Lanes, with bgap and cgap between the first and the last Lanes
	depth      int  // rows of a copied part of b, see Dense.multiply; 0: b is read in place

	spmm  func(jobs []job, off []int32, y, w, x []float32, run, step int)
	sddmm func(p *sddmm, dw, dy, x []float32)

	// sampled returns the function for so many sets, nil if sddmm has to do. It takes the
	// bits of sddmm: both add a survivor's terms one after the other, in sets of lanes by
	// the size of its block.
	sampled func(sets int) sampledFunc

	// A block of dots has 1 to dotRows rows and 1 to dotCols offsets.
	dots             func(p *dots, dw, dy, x []float32)
	dotRows, dotCols int

	// convT returns the function for a shape of rows, nil if spmm has to do.
	convT func(s convTShape) convTFunc

	// Zero-skipping. skips says that it is used, which takes the bits of gemm and
	// dots: both add their terms one after the other, dots over all of height x width
	// in so many lanes, which it adds up at the end in the order of fold. dotsGeneric
	// adds them up row by row, so a variant that skips has dots of its own.
	skips   bool
	skip    func(p *skip, sum, values, x []float32, found []uint64)
	hasSkip func(s skipShape) bool // all shapes of height 1, and maybe others
	nonzero func(found []uint64, values []float32)
	fold    func(dst, src []float32, n int)
	lanes   int

	// Elementwise, on lengths and runs that are multiples of Lanes.
	addBias, addBiasReLU func(y []float32, run int, b []float32)
	addBiasGrad          func(db, dy []float32, run int)
	relu                 func(y, x []float32)
	reluGrad             func(dx, dy, y []float32)
	add, addReLU         func(y, a, b []float32)
	addReLUGrad          func(dx, a, b, y []float32)
	scaleShift           func(y, x []float32, run int, a, b []float32)
	scaleShiftReLU       func(y, x []float32, run int, a, b []float32)
	scaleShiftAdd        func(y, x, z []float32, run int, a, b []float32)
	scaleShiftAddReLU    func(y, x, z []float32, run int, a, b []float32)
	scaleShiftRows       func(y, x []float32, rows, run, ldy int, a, b float32)
	scaleShiftRowsReLU   func(y, x []float32, rows, run, ldy int, a, b float32)
	scaleAddShift        func(dx, dz, x []float32, run int, a, b, c []float32)
	scaleAddShiftReLU    func(dx, dy, x []float32, run int, a, b, c, scale, shift []float32)
	scaleAddShiftRows,
	scaleAddShiftRowsReLU func(dx, dz, x []float32, rows, run, ldx int, a, b, c, scale, shift float32)
	laneSums      func(sums *[Lanes]float32, x []float32)
	laneSquares   func(sums *[Lanes]float32, x []float32, mean float32)
	laneGrads     func(sums, products *[Lanes]float32, dz, x []float32, mean float32)
	laneGradsReLU func(sums, products *[Lanes]float32, dy, x []float32, mean, scale, shift float32)
	sgd           func(w, v, g []float32, h SGD)
	adam          func(w, m, v, g []float32, h adam)
	softThreshold func(w []float32, t float32)

	// On a slice of Lanes samples.
	maxPool              func(y []float32, arg []uint8, x []float32, s PoolShape)
	maxPoolGrad          func(dx, dy []float32, arg []uint8, s PoolShape)
	avgPool, avgPoolGrad func(to, from []float32, s PoolShape)
	softmax              func(p, z []float32, stride, classes int, scale float32) (top, sum [Lanes]float32)

	transpose func(dst []float32, ldd int, src []float32, lds, rows, cols int)
	gather    func(x Mat, images []uint8, index []int32, plane int, scale, shift []float32)
	peak      func(rounds int) (flops float64)
}

// generic is plain Go: the loops that document the kernels.
var generic = &variant{
	name: "generic", runs: true,
	gemm: gemmGeneric, rows: 8,
	spmm: spmmGeneric, sddmm: sddmmGeneric,
	dots: dotsGeneric, dotRows: 8, dotCols: 8,
	convT: convTGeneric, sampled: func(int) sampledFunc { return nil },
	skip: skipGeneric, hasSkip: func(skipShape) bool { return true }, nonzero: nonzeroGeneric, fold: foldGeneric, lanes: 8,
	addBias: addBiasGeneric, addBiasReLU: addBiasReLUGeneric, addBiasGrad: addBiasGradGeneric,
	relu: reluGeneric, reluGrad: reluGradGeneric,
	add: addGeneric, addReLU: addReLUGeneric, addReLUGrad: addReLUGradGeneric,
	scaleShift: scaleShiftGeneric, scaleShiftReLU: scaleShiftReLUGeneric, scaleAddShift: scaleAddShiftGeneric, scaleAddShiftReLU: scaleAddShiftReLUGeneric,
	scaleShiftAdd: scaleShiftAddGeneric, scaleShiftAddReLU: scaleShiftAddReLUGeneric,
	scaleShiftRows: scaleShiftRowsGeneric, scaleShiftRowsReLU: scaleShiftRowsReLUGeneric,
	scaleAddShiftRows: scaleAddShiftRowsGeneric, scaleAddShiftRowsReLU: scaleAddShiftRowsReLUGeneric,
	laneSums: laneSumsGeneric, laneSquares: laneSquaresGeneric, laneGrads: laneGradsGeneric, laneGradsReLU: laneGradsReLUGeneric,
	sgd: sgdGeneric, adam: adamGeneric, softThreshold: softThresholdGeneric,
	maxPool: maxPoolGeneric, maxPoolGrad: maxPoolGradGeneric,
	avgPool: avgPoolGeneric, avgPoolGrad: avgPoolGradGeneric,
	softmax: softmaxGeneric, transpose: transposeGeneric, gather: gatherGeneric, peak: peakGeneric,
}

// Environment names the variable that forces a variant by name.
const Environment = "PRUNELAB_KERNEL"

// available lists the variants that this machine runs, the widest last.
var available = slices.DeleteFunc(slices.Clone(compiled), func(v *variant) bool { return !v.runs })

// current is the variant that calls and new layers use; broken is what kept
// the environment from choosing it.
var current, broken = choose(os.Getenv(Environment))

// choose returns the variant of the given name, or the widest that this
// machine runs if there is no name or no such variant.
func choose(name string) (*variant, error) {
	best := available[len(available)-1]
	if name == "" {
		return best, nil
	}
	v, err := lookup(name)
	if err != nil {
		return best, fmt.Errorf("%s: %w", Environment, err)
	}
	return v, nil
}

func lookup(name string) (*variant, error) {
	for _, v := range available {
		if v.name == name {
			return v, nil
		}
	}
	return nil, fmt.Errorf("kernel: this machine or build does not run variant %q, only %s", name, strings.Join(Variants(), ", "))
}

// Variant returns the name of the variant in use: generic, avx2 or avx512.
func Variant() string { return current.name }

// Variants returns the names of the variants that this machine runs, the
// widest last.
func Variants() []string {
	names := make([]string, len(available))
	for i, v := range available {
		names[i] = v.name
	}
	return names
}

// Use makes the named variant the one in use. Layers made before keep theirs.
// It must not be called while another goroutine is in this package.
func Use(name string) error {
	v, err := lookup(name)
	if err != nil {
		return err
	}
	current, broken = v, nil
	return nil
}

// Check reports whether the environment asked for a variant that cannot run.
// Programs call it at their start.
func Check() error { return broken }
