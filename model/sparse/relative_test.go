package sparse_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"prunelab/model/sparse"
)

// Han, Mao, Dally (2016), Figure 2: with three bits the distances are 1, 3, 8
// for a filler and 3.
func TestWorkedExampleOfDeepCompression(t *testing.T) {
	a := worked(t)
	r := a.Relative(3)
	if want := []int{1, 3, 8, 3}; !reflect.DeepEqual(r.Distances(), want) {
		t.Errorf("distances %v, want %v", r.Distances(), want)
	}
	if want := []float32{3.4, 0.9, 0, 1.7}; !reflect.DeepEqual(r.Val, want) {
		t.Errorf("values %v, want %v", r.Val, want)
	}
	// Codes 0, 2, 7, 2, the distances less one, from the least significant bit.
	if want := []byte{0b11_010_000, 0b0000_010_1}; !reflect.DeepEqual(r.Code, want) {
		t.Errorf("codes %08b, want %08b", r.Code, want)
	}
	if r.Origin != 0 || len(r.Zeros) != 0 || a.Fillers(3) != 1 || r.Stored() != 3 {
		t.Errorf("origin %d, zeros %v, %d fillers, %d weights", r.Origin, r.Zeros, a.Fillers(3), r.Stored())
	}
	if !reflect.DeepEqual(r.CSR(), a) {
		t.Errorf("%v came back as %v", a, r.CSR())
	}
}

func TestWeightAtIndexZeroHasACode(t *testing.T) {
	a, err := sparse.FromPositions(1, 16, []int32{0, 1, 9}, []float32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	r := a.Relative(3)
	if want := []int{1, 1, 8}; r.Origin != -1 || !reflect.DeepEqual(r.Distances(), want) {
		t.Errorf("distances %v from %d, want %v from -1", r.Distances(), r.Origin, want)
	}
	if !reflect.DeepEqual(r.CSR(), a) {
		t.Errorf("%v came back as %v", a, r.CSR())
	}
}

// Of the kept zeros, the +0 at distance 8 looks like a filler and is listed; a
// -0 just as far is no filler.
func TestKeptZeroThatLooksLikeAFiller(t *testing.T) {
	a, err := sparse.FromPositions(1, 21, []int32{0, 2, 10, 12, 20}, []float32{1, 1, 0, 0, special[1]})
	if err != nil {
		t.Fatal(err)
	}
	r := a.Relative(3)
	if want := []int32{2}; !reflect.DeepEqual(r.Zeros, want) || a.Fillers(3) != 0 {
		t.Errorf("zeros %v and %d fillers, want %v and none", r.Zeros, a.Fillers(3), want)
	}
	if !identical(r.CSR().Val, a.Val) || !reflect.DeepEqual(r.CSR().Ind, a.Ind) {
		t.Errorf("%v came back as %v", a, r.CSR())
	}
	r.Zeros = nil
	if r.Stored() != 4 {
		t.Errorf("without the list %d weights are kept, not 4", r.Stored())
	}
}

func TestDistancesAreWithinACode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := matrix(rt).CSR()
		for k := 1; k <= sparse.MaxCodeBits; k++ {
			r := a.Relative(k)
			if len(r.Val) != a.Stored()+a.Fillers(k) || cap(r.Val) != len(r.Val) {
				rt.Errorf("k = %d: %d entries, %d weights and %d fillers", k, len(r.Val), a.Stored(), a.Fillers(k))
			}
			for _, d := range r.Distances() {
				if d < 1 || d > 1<<k {
					rt.Fatalf("k = %d: distance %d", k, d)
				}
			}
		}
	})
}

func TestRelativePanics(t *testing.T) {
	for name, call := range map[string]func(){
		"k 0":         func() { worked(t).Relative(0) },
		"k 17":        func() { worked(t).Fillers(17) },
		"not checked": func() { sparse.Relative{Rows: 1, Cols: 1, K: 1, Code: []byte{1}, Val: []float32{1}}.CSR() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

// What Check accepts decodes, and encoding it again gives the same index.
func FuzzRelative(f *testing.F) {
	f.Add(uint16(1), uint16(16), byte(3), false, []byte{0b11_010_000, 0b0000_010_1}, []byte{1, 1, 0, 1}, []byte{})
	f.Add(uint16(1), uint16(16), byte(3), false, []byte{0xff, 0xff}, []byte{1, 0, 1, 0, 1}, []byte{1}) // out of the matrix
	f.Add(uint16(1), uint16(16), byte(3), false, []byte{0b111_000}, []byte{1, 0}, []byte{})            // filler last
	f.Add(uint16(1), uint16(16), byte(3), false, []byte{0b111_000}, []byte{1, 0}, []byte{1})           // kept zero last
	f.Add(uint16(1), uint16(16), byte(3), false, []byte{0b111_000}, []byte{1, 0}, []byte{1, 1})        // listed twice
	f.Add(uint16(1), uint16(16), byte(0), false, []byte{}, []byte{1}, []byte{})                        // no bits
	f.Add(uint16(1), uint16(16), byte(255), false, []byte{0xff}, []byte{1}, []byte{})                  // too many
	f.Add(uint16(0), uint16(0), byte(1), true, []byte{}, []byte{}, []byte{})                           // nothing at index 0
	f.Add(uint16(65535), uint16(65535), byte(16), false, []byte{0xff, 0xff}, []byte{1}, []byte{})      // 4 Gi weights claimed
	f.Fuzz(func(t *testing.T, rows, cols uint16, k byte, first bool, code, val, zeros []byte) {
		r := sparse.Relative{Rows: int(rows), Cols: int(cols), K: int(k), Code: code, Val: []float32{}, Zeros: []int32{}}
		if first {
			r.Origin = -1
		}
		for _, v := range val {
			r.Val = append(r.Val, float32(v))
		}
		for _, z := range zeros {
			r.Zeros = append(r.Zeros, int32(z))
		}
		if r.Check() != nil {
			return
		}
		a := r.CSR()
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		if again := a.Relative(r.K); !reflect.DeepEqual(again, r) {
			t.Fatalf("%+v, decoded and encoded %+v", r, again)
		}
	})
}
