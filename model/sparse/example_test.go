package sparse_test

import (
	"fmt"
	"os"

	"prunelab/model/sparse"
)

// The worked example of Han, Mao, Dally (2016), Figure 2: the third entry is a
// filler.
func ExampleCSR_Relative() {
	a, err := sparse.FromPositions(1, 16, []int32{1, 4, 15}, []float32{3.4, 0.9, 1.7})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := a.Relative(3)
	fmt.Println(r.Distances())
	fmt.Println(r.Val)
	// Output:
	// [1 3 8 3]
	// [3.4 0.9 0 1.7]
}

// The storage table of a layer, here of 2 x 8 weights.
func ExampleSizes() {
	layer := sparse.Dense{Rows: 2, Cols: 8, Val: []float32{
		0, 0, 0.5, 0, 0, 0, 0, 0,
		0, 0, 0, 0, -0.25, 0, 0, 0,
	}}
	if err := layer.Check(); err != nil {
		fmt.Println(err)
		return
	}
	a := layer.CSR()
	sizes, err := sparse.Sizes(a, sparse.FileWidths(a.BestCode(32)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range sizes {
		fmt.Printf("%-8s %2d numbers, %2d of %d bytes\n", s.Format, s.Numbers, s.Bytes, s.Original)
	}
	// Output:
	// dense    16 numbers, 64 of 64 bytes
	// csr       7 numbers, 28 of 64 bytes
	// csc      13 numbers, 52 of 64 bytes
	// coo       6 numbers, 24 of 64 bytes
	// bitmap   18 numbers, 10 of 64 bytes
	// relative  4 numbers,  9 of 64 bytes
}

// In Python: scipy.sparse.load_npz("fc1.weight.npz").
func ExampleWriteNPZ() {
	a, err := sparse.FromPositions(300, 784, []int32{3, 1000}, []float32{0.5, -0.25})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := os.CreateTemp("", "fc1.weight.*.npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := sparse.WriteNPZ(f, a.CSC()); err != nil {
		fmt.Println(err)
		return
	}
	info, err := f.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := sparse.ReadNPZ(f, info.Size(), 300*784*4)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Format(), m.Stored())
	// Output: csc 2
}
