package kernel

// A ConvShape describes a convolution of C planes of H x W to O planes with
// filters of C x KH x KW. The input is padded with Pad zeros at all sides and
// the filters move by Stride.
type ConvShape struct{ C, H, W, O, KH, KW, Stride, Pad int }

// OH returns the height of the output planes.
func (s ConvShape) OH() int { return (s.H+2*s.Pad-s.KH)/s.Stride + 1 }

// OW returns the width of the output planes.
func (s ConvShape) OW() int { return (s.W+2*s.Pad-s.KW)/s.Stride + 1 }

// K returns the number of weights of a filter.
func (s ConvShape) K() int { return s.C * s.KH * s.KW }

// In returns the number of features of an input, C*H*W.
func (s ConvShape) In() int { return s.C * s.H * s.W }

// Out returns the number of features of an output, O*OH*OW.
func (s ConvShape) Out() int { return s.O * s.OH() * s.OW() }

func (s ConvShape) check() {
	if min(s.C, s.H, s.W, s.O, s.KH, s.KW, s.Stride) < 1 || s.Pad < 0 ||
		s.KH > s.H+2*s.Pad || s.KW > s.W+2*s.Pad {
		panic(badConv)
	}
}

// offsets returns where the K weights of a filter meet the padded input,
// relative to its first weight.
func (s ConvShape) offsets(in *planes) []int32 {
	off := make([]int32, 0, s.K())
	for c := range s.C {
		for u := range s.KH {
			for v := range s.KW {
				off = append(off, int32(in.at(c, u, v)))
			}
		}
	}
	return off
}

// outputRows returns the output rows i whose taps [from, to) touch real input: for
// one of them, in row u of the filter, 0 <= i*Stride + u - Pad < H.
func (s ConvShape) outputRows(from, to int) interval {
	rows := interval{s.OH(), 0}
	for k := from; k < to; k++ {
		u := k / s.KW % s.KH
		for i := range s.OH() {
			if h := i*s.Stride + u - s.Pad; h >= 0 && h < s.H {
				rows = interval{min(rows.lo, i), max(rows.hi, i+1)}
			}
		}
	}
	if rows.hi == 0 {
		return interval{}
	}
	return rows
}
