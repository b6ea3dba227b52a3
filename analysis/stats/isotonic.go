package stats

import "fmt"

// Isotonic returns the non-decreasing sequence that is closest to y in least
// squares, weighted by w (nil: all equal), by pooling adjacent violators (Ayer
// et al. 1955; Barlow et al. 1972).
func Isotonic(y, w []float64) ([]float64, error) {
	if err := checkSample(y); err != nil {
		return nil, fmt.Errorf("isotonic fit: %w", err)
	}
	if w != nil {
		if len(w) != len(y) {
			return nil, fmt.Errorf("isotonic fit of %d values with %d weights", len(y), len(w))
		}
		if err := checkSample(w); err != nil {
			return nil, fmt.Errorf("isotonic fit, weights: %w", err)
		}
	}
	type block struct {
		mean, weight float64
		size         int
	}
	blocks := make([]block, 0, len(y))
	for i, v := range y {
		b := block{v, 1, 1}
		if w != nil {
			if b.weight = w[i]; b.weight <= 0 {
				return nil, fmt.Errorf("isotonic fit: weight %d is %v, want it positive", i+1, w[i])
			}
		}
		for len(blocks) > 0 && blocks[len(blocks)-1].mean >= b.mean {
			last := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			weight := last.weight + b.weight
			b = block{last.mean + (b.mean-last.mean)*b.weight/weight, weight, last.size + b.size}
		}
		blocks = append(blocks, b)
	}
	fit := make([]float64, 0, len(y))
	for _, b := range blocks {
		for range b.size {
			fit = append(fit, b.mean)
		}
	}
	return fit, nil
}
