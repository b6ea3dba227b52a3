package kernel

// dots is a call of the dot-product kernel, the form of the weight gradient
// dW = dy x^T of a dense convolution: a block of rows outputs by len(offsets)
// weights of their filters, each the inner product of a plane of dy and the part
// of x that the weight meets, height x width positions of Lanes samples.
//
//	for i < rows; j < len(offsets); r < height; s < width; l < Lanes
//	    dw[i*ldw + j] += dy[i*ldy + (r*width + s)*Lanes + l] * x[offsets[j] + r*row + s*step + l]
type dots struct {
	rows          int
	offsets       []int32
	ldw, ldy      int
	height, width int
	row, step     int
}

// dotsGeneric is the loop that documents dots.
func dotsGeneric(d *dots, dw, dy, x []float32) {
	run := d.width * Lanes
	for i := range d.rows {
		for j, off := range d.offsets {
			var sum float32
			for r := range d.height {
				y, x := dy[i*d.ldy+r*run:][:run], x[int(off)+r*d.row:]
				if d.step == Lanes {
					sum += dot(y, x[:run])
					continue
				}
				for s := range d.width {
					sum += dot(y[s*Lanes:][:Lanes], x[s*d.step:][:Lanes])
				}
			}
			dw[i*d.ldw+j] += sum
		}
	}
}
