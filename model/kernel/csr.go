package kernel

// transposeCSR returns the pattern by columns (CSC): the weights of column c are
// values pos[k] of the pattern, in rows row[k], for k from colPtr[c] up to
// colPtr[c+1], rows ascending.
func transposeCSR(cols int, ptr, ind []int32) (colPtr, row, pos []int32) {
	colPtr = make([]int32, cols+1)
	for _, c := range ind {
		colPtr[c+1]++
	}
	for c := range cols {
		colPtr[c+1] += colPtr[c]
	}
	row, pos = make([]int32, len(ind)), make([]int32, len(ind))
	next := append([]int32(nil), colPtr...)
	for r := range ptr[:len(ptr)-1] {
		for k := ptr[r]; k < ptr[r+1]; k++ {
			c := ind[k]
			row[next[c]], pos[next[c]] = int32(r), k
			next[c]++
		}
	}
	return colPtr, row, pos
}

// permute sets dst[i] = src[pos[i]].
func permute(dst, src []float32, pos []int32) {
	dst = dst[:len(pos)]
	for i, p := range pos {
		dst[i] = src[p]
	}
}

func checkCSR(rows, cols int, ptr, ind []int32) {
	if len(ptr) != rows+1 || ptr[0] != 0 || int(ptr[rows]) != len(ind) {
		panic(badCSR)
	}
	for r := range rows {
		last := int32(-1)
		if ptr[r] > ptr[r+1] {
			panic(badCSR)
		}
		for _, c := range ind[ptr[r]:ptr[r+1]] {
			if c <= last || int(c) >= cols {
				panic(badCSR)
			}
			last = c
		}
	}
}
