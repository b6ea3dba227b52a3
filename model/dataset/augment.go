package dataset

import "math/rand/v2"

// Augments reports whether Augment changes images.
func (d *Splits) Augments() bool { return d.Crop > 0 || d.Flip }

// Augment writes a random variant of the training image src to dst, both
// C x H x W:
//
//   - with Crop = p the image is padded by p black pixels (0, before
//     normalisation) on every side and a window of its size is cut from that at
//     a random place;
//   - with Flip it is mirrored left to right with probability 1/2.
func (d *Splits) Augment(dst, src []uint8, r *rand.Rand) {
	s := d.Train.Shape
	dy, dx := 0, 0 // where the window begins, against the unpadded image
	if d.Crop > 0 {
		dy, dx = r.IntN(2*d.Crop+1)-d.Crop, r.IntN(2*d.Crop+1)-d.Crop
	}
	flip := d.Flip && r.IntN(2) == 1
	for row := range s.C * s.H {
		c, y := row/s.H, row%s.H+dy
		out := dst[row*s.W : (row+1)*s.W]
		if y < 0 || y >= s.H {
			clear(out)
			continue
		}
		in := src[(c*s.H+y)*s.W:][:s.W]
		for x := range out {
			from := x + dx
			if flip {
				from = s.W - 1 - x + dx
			}
			out[x] = 0
			if from >= 0 && from < s.W {
				out[x] = in[from]
			}
		}
	}
}
