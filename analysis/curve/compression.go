package curve

// Compression is how many times fewer weights the whole network has than the
// dense one; ok is false where that is not known or nothing is left.
func (p Point) Compression() (times float64, ok bool) {
	if !p.Placed || p.Whole >= 1 {
		return 0, false
	}
	return 1 / (1 - p.Whole), true
}

// Speedups returns how many times fewer multiply-adds an arm's points have than
// its dense network, which some point of curves that removes nothing has counted.
func Speedups(curves []Curve, arm string) func(Point) (times float64, ok bool) {
	dense := 0.0
	for _, c := range curves {
		for _, p := range c.Points {
			if c.Arm == arm && p.Accuracy.N > 0 && p.Whole == 0 {
				dense = max(dense, p.MACs)
			}
		}
	}
	return func(p Point) (float64, bool) {
		if p.MACs <= 0 || dense <= 0 {
			return 0, false
		}
		return dense / p.MACs, true
	}
}
