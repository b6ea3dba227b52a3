package curve

// Pairs are the samples of two points that are compared with each other: those of
// the same seed. A network that is the same for every seed is compared with that
// of each seed of the other point.
func Pairs(p, q Point) [][2]Sample {
	var pairs [][2]Sample
	for _, a := range p.Seeds {
		for _, b := range q.Seeds {
			if a.Seed == b.Seed || p.Fixed || q.Fixed {
				pairs = append(pairs, [2]Sample{a, b})
			}
		}
	}
	return pairs
}
