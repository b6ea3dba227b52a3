package draft

// size is how much a study does.
type size struct {
	seeds  int
	effort effort
	long   bool // many ratios rather than a few
}

// effort is how much a network is trained.
type effort struct {
	images  int // of the training images; all where there are not more
	train   int // epochs
	retrain int
}

// efforts, the least first. That of the least is a look at whether all works.
var efforts = []effort{{2000, 5, 1}, {5000, 8, 3}, {10_000, 8, 4}, {20_000, 12, 6}, {1 << 30, 12, 8}}

// published is the number of seeds that one would publish.
const published = 10

// sizes are those of a study, rising: first the seeds that it takes to decide something,
// then training and ratios, then more seeds.
func (a Answers) sizes() []size {
	need := a.needed()
	var all []size
	for _, seeds := range []int{2, 3, 5} {
		if seeds < need {
			all = append(all, size{seeds, efforts[0], false})
		}
	}
	all = append(all, size{need, efforts[0], false}, size{need, efforts[1], false}, size{need, efforts[1], true})
	trains := a.Info.Train - a.validation()
	for i, e := range efforts[2:] {
		if trains > efforts[i+1].images || a.File == "" && e.train > efforts[i+1].train {
			all = append(all, size{need, e, true})
		}
	}
	last := all[len(all)-1]
	last.seeds = max(need, published)
	return append(all, last)
}

// ratios of the sweeps that are retrained, and of those of layers that are not.
func (a Answers) ratios(z size) (retrained, pruned []float64) {
	switch {
	case a.Question == Layers && z.long:
		return []float64{0.5, 0.8, 0.9, 0.95}, []float64{0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98}
	case a.Question == Layers:
		return []float64{0.5, 0.9}, []float64{0.5, 0.7, 0.8, 0.9, 0.95}
	case a.Question == HowFar && z.long:
		return []float64{0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99}, nil
	case a.Question == HowFar:
		return []float64{0.5, 0.8, 0.9, 0.95, 0.98}, nil
	case z.long:
		return []float64{0.5, 0.7, 0.8, 0.9, 0.95, 0.98}, nil
	}
	return []float64{0.5, 0.8, 0.9}, nil
}
