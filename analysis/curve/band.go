package curve

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"prunelab/analysis/stats"
)

// bands gives curves their bands, several at a time; each rests on its own curve
// alone.
func bands(curves []Curve) error {
	errs := make([]error, len(curves))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(curves)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(curves); i = int(next.Add(1)) - 1 {
				if err := curves[i].bands(); err != nil {
					errs[i] = fmt.Errorf("bands of %s, %s, %s: %w", curves[i].Arm, curves[i].Target, curves[i].Stage, err)
				}
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}

// bands estimates accuracies and losses together over the points that have any.
func (c *Curve) bands() error {
	images := 0
	for _, p := range c.Points {
		images = max(images, p.Images)
	}
	if err := c.imageBands(); err != nil {
		return err
	}
	err := band(c.Points, func(x Sample) (float64, bool) { return x.Accuracy, true },
		func(of []map[uint64]float64) ([]stats.Estimate, error) { return stats.AccuracyBand(of, images, Level) },
		func(p *Point) *stats.Estimate { return &p.AccuracyBand })
	if err != nil {
		return err
	}
	return band(c.Points, func(x Sample) (stats.Pair, bool) {
		return stats.Pair{Accuracy: x.Accuracy, Reference: x.Accuracy + x.Loss}, x.HasLoss && x.Sparsity > 0
	},
		func(of []map[uint64]stats.Pair) ([]stats.Estimate, error) { return stats.LossBand(of, images, Level) },
		func(p *Point) *stats.Estimate { return &p.LossBand })
}

// band estimates what of gives of each sample of the points that are not Fixed and puts
// it where to says.
func band[V any](points []Point, of func(Sample) (V, bool), estimate func([]map[uint64]V) ([]stats.Estimate, error), to func(*Point) *stats.Estimate) error {
	var values []map[uint64]V
	var at []int
	for i, p := range points {
		if p.Fixed {
			continue
		}
		bySeed := map[uint64]V{}
		for _, x := range p.Seeds {
			if v, ok := of(x); ok {
				bySeed[x.Seed] = v
			}
		}
		if len(bySeed) > 0 {
			values, at = append(values, bySeed), append(at, i)
		}
	}
	if len(values) == 0 {
		return nil
	}
	es, err := estimate(values)
	if err != nil {
		return err
	}
	for k, i := range at {
		*to(&points[i]) = es[k]
	}
	return nil
}
