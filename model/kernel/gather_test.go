package kernel

import (
	"math"
	"testing"
)

func TestGatherTranspose(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		r := newRand(10)
		for _, n := range []int{1, 7, 8, 9, 16, 20, 128} {
			for _, s := range []struct{ plane, planes int }{{1, 1}, {5, 2}, {16, 1}, {17, 3}, {784, 1}, {1024, 3}} {
				features := s.plane * s.planes
				images := make([]uint8, 10*features)
				for i := range images {
					images[i] = uint8(r.IntN(256))
				}
				index := make([]int32, n)
				for j := range index {
					index[j] = int32(r.IntN(10))
				}
				index[n-1] = 9
				scale, shift := random(r, s.planes, 0), random(r, s.planes, 0)
				x, g := randomMat(r, features, n)
				for i := range x.Data {
					x.Data[i] = 3
				}
				GatherTranspose(x, images, index, features, s.plane, scale.data, shift.data)
				for f := range features {
					for j := range x.Stride {
						var want float64
						if j < n {
							want = float64(images[int(index[j])*features+f])*float64(scale.data[f/s.plane]) + float64(shift.data[f/s.plane])
						}
						if got := float64(x.Data[f*x.Stride+j]); math.Abs(got-want) > 1e-4 {
							t.Fatalf("%d images of %dx%d: feature %d of image %d is %v, want %v", n, s.planes, s.plane, f, j, got, want)
						}
					}
				}
				g.check(t)
			}
		}
	})
}

func TestSliceUnslice(t *testing.T) {
	r := newRand(11)
	src, _ := randomMat(r, 5, 40)
	dst, _ := randomMat(r, 5, 40)
	slice, g := randomMat(r, 5, Lanes)
	for col := 0; col < src.Stride; col += Lanes {
		Slice(slice, src, col)
		Unslice(dst, col, slice)
	}
	equal(t, "copy", dst.Data, src.Data)
	g.check(t)
}
