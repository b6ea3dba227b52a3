package kernel

// A span is the columns of one gemm of the input's gradient: neighbours (h, w),
// (h, w+1), ... that the same taps link to outputs, each to the neighbour of the
// output before; or (h, w) and (h+1, w).
type span struct {
	first, count int    // position in the plane, and how many in the row
	below        bool   // count is 1, and the position below belongs to it
	steps        []step // one for each tap: its weights, its output position
}

// spans returns the spans of an input plane. If pairs is set, the last position of
// an odd number goes with the one below it, where the same taps link both rows.
func (s ConvShape) spans(pairs bool) []span {
	var spans []span
	for h := 0; h < s.H; h++ {
		us := s.links(h, s.KH, s.OH())
		both := pairs && h+1 < s.H && s.sameTaps(us, s.links(h+1, s.KH, s.OH()))
		for w := 0; w < s.W; {
			vs := s.links(w, s.KW, s.OW())
			end := w + 1
			for end < s.W && s.sameTaps(vs, s.links(end, s.KW, s.OW())) {
				end++
			}
			if both && (end-w)%2 == 1 {
				end = max(w+1, end-1)
			}
			sp := span{first: h*s.W + w, count: end - w, steps: s.linkSteps(us, vs)}
			switch {
			case both && sp.count == 1:
				sp.below = true
				spans = append(spans, sp)
			case both:
				next := sp
				next.first += s.W
				next.steps = s.linkSteps(s.links(h+1, s.KH, s.OH()), vs)
				spans = append(spans, sp, next)
			default:
				spans = append(spans, sp)
			}
			w = end
		}
		if both {
			h++
		}
	}
	return spans
}

// sameTaps reports whether the same taps link two neighbours, to neighbouring
// outputs.
func (s ConvShape) sameTaps(a, b []link) bool {
	return s.Stride == 1 && len(a) > 0 && len(a) == len(b) && a[0].tap == b[0].tap
}

// linkSteps returns the steps of a gemm over the taps that link an input to outputs.
func (s ConvShape) linkSteps(us, vs []link) []step {
	steps := make([]step, 0, len(us)*len(vs))
	for _, u := range us {
		for _, v := range vs {
			steps = append(steps, step{
				a: int32((u.tap*s.KW + v.tap) * s.O * s.C),
				b: int32((u.out*s.OW() + v.out) * Lanes),
			})
		}
	}
	return steps
}

// A link is a tap through which an output reads some input, along one axis:
// out*Stride + tap - Pad is the input.
type link struct{ tap, out int }

// links returns the links of input i along an axis of so many taps and outputs.
func (s ConvShape) links(i, taps, outs int) []link {
	var ls []link
	for t := range taps {
		if d := i + s.Pad - t; d >= 0 && d%s.Stride == 0 && d/s.Stride < outs {
			ls = append(ls, link{t, d / s.Stride})
		}
	}
	return ls
}
