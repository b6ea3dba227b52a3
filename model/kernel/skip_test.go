package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Every shape of sums is what its loop says, and writes nothing else.
func TestSkip(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for height := 1; height <= 5; height++ {
			for vectors := 1; vectors <= skipVectors; vectors++ {
				shape := skipShape{height, vectors}
				if !current.hasSkip(shape) {
					continue
				}
				t.Run(fmt.Sprintf("%dx%d", height, vectors), func(t *testing.T) {
					r := newRand(11)
					for _, words := range []int{1, 2} {
						for _, add := range []bool{false, true} {
							p := skip{skipShape: shape, words: words, add: add, row: 8*vectors + 3, ldsum: 8*vectors + 5}
							for i := range 64 * words {
								p.off = append(p.off, int32(7*i))
							}
							size := (height-1)*p.ldsum + 8*vectors
							p.to = []int32{0, int32(size), int32(2 * size)}
							values := random(r, len(p.to)*64*words, 0)
							thin(r, values.data, 0.3)
							clear(values.data[64*words:][:64*words]) // a sum of nothing
							x := random(r, 7*64*words+height*p.row+8*vectors, 1)
							sum := random(r, len(p.to)*size, 1)

							want := make([]float64, len(sum.data))
							for i, v := range sum.data {
								want[i] = float64(v)
							}
							for i, to := range p.to {
								for row := range height {
									for k := range 8 * vectors {
										at := int(to) + row*p.ldsum + k
										if !add {
											want[at] = 0
										}
										for j, off := range p.off {
											want[at] += float64(values.data[i*64*words+j]) * float64(x.data[int(off)+row*p.row+k])
										}
									}
								}
							}
							found := make([]uint64, len(p.to)*words)
							current.nonzero(found, values.data)
							current.skip(&p, sum.data, values.data, x.data, found)
							near(t, "sums", sum.data, want, 64*words)
							for _, g := range []guarded[float32]{values, x, sum} {
								g.check(t)
							}
						}
					}
				})
			}
		}
	})
}

// What is not a number is found, and neither zero is.
func TestNonzero(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		v := random(newRand(12), 3*64, 1)
		thin(newRand(13), v.data, 0.5)
		v.data[0], v.data[63] = float32(math.NaN()), float32(math.Copysign(0, -1))
		v.data[64], v.data[65] = math.SmallestNonzeroFloat32, float32(math.Inf(-1))
		found, want := make([]uint64, 3), make([]uint64, 3)
		current.nonzero(found, v.data)
		nonzeroGeneric(want, v.data)
		if !slices.Equal(found, want) || found[0]&1 == 0 || found[0]>>63 != 0 || found[1]&3 != 3 {
			t.Errorf("found %x, want %x", found, want)
		}
		v.check(t)
	})
}
