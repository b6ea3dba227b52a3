package kernel

// GatherTranspose fills x, features x N, with the images of the given index,
// each of the given number of bytes. A plane is so many consecutive bytes of an
// image and has its own scale and shift:
//
//	for f < features; j < N
//	    x[f][j] = float32(images[index[j]*features + f])*scale[f/plane] + shift[f/plane]
//
// The padding of x is set to 0.
func GatherTranspose(x Mat, images []uint8, index []int32, features, plane int, scale, shift []float32) {
	if x.Rows != features || x.Cols != len(index) || !x.valid() || plane < 1 || features%plane != 0 ||
		len(scale) != features/plane || len(shift) != len(scale) {
		panic(badShape)
	}
	for _, i := range index {
		if i < 0 || (int(i)+1)*features > len(images) {
			panic(badIndex)
		}
	}
	current.gather(x, images, index, plane, scale, shift)
	if x.Cols < x.Stride {
		for f := range features {
			clear(x.Data[f*x.Stride+x.Cols:][:x.Stride-x.Cols])
		}
	}
}

func gatherGeneric(x Mat, images []uint8, index []int32, plane int, scale, shift []float32) {
	for j, i := range index {
		image := images[int(i)*x.Rows:][:x.Rows]
		for f, v := range image {
			p := f / plane
			x.Data[f*x.Stride+j] = float32(float32(v)*scale[p]) + shift[p]
		}
	}
}

// Slice copies the Lanes columns of src that begin at col, a multiple of Lanes,
// to dst, whose Stride is Lanes.
func Slice(dst, src Mat, col int) {
	checkColumns(dst, src, col)
	for i := range dst.Rows {
		*(*[Lanes]float32)(dst.Data[i*Lanes:]) = *(*[Lanes]float32)(src.Data[i*src.Stride+col:])
	}
}

// Unslice copies src, whose Stride is Lanes, to the Lanes columns of dst that
// begin at col, a multiple of Lanes.
func Unslice(dst Mat, col int, src Mat) {
	checkColumns(src, dst, col)
	for i := range src.Rows {
		*(*[Lanes]float32)(dst.Data[i*dst.Stride+col:]) = *(*[Lanes]float32)(src.Data[i*Lanes:])
	}
}

func checkColumns(slice, m Mat, col int) {
	if slice.Stride != Lanes || slice.Rows != m.Rows || !slice.valid() || !m.valid() || col < 0 || col%Lanes != 0 || col+Lanes > m.Stride {
		panic(badShape)
	}
}
