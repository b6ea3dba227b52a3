package analysis

import (
	"math/rand/v2"
	"testing"

	"prunelab/analysis/internal/fixtures"
)

func BenchmarkAnalyze(b *testing.B) {
	ratios := []float64{0.2, 0.4, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98}
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1", "L1→L2"}, Seeds: []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		Sweeps: []fixtures.Sweep{fixtures.All(true, ratios...), fixtures.One("conv1", true, ratios...), fixtures.One("fc1", true, ratios...), fixtures.One("fc2", true, ratios...),
			{Target: "fc", Layers: []string{"fc1", "fc2"}, Ratios: ratios, Retrain: true}},
		Correct: func(a fixtures.At) int {
			return 900 + int(a.Seed*7919)%50 - int(a.Ratio*100) - int(a.Seed*31)%7*len(a.Arm)%5
		},
	})
	b.ReportMetric(float64(len(outs)), "trials")
	for b.Loop() {
		if _, err := Analyze(p, outs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnalyzeManySeeds is a study of 6,500 trials with 100 seeds, in which
// simultaneous intervals once took nearly all the time.
func BenchmarkAnalyzeManySeeds(b *testing.B) {
	var seeds []uint64
	for s := range uint64(100) {
		seeds = append(seeds, s+1)
	}
	ratios := []float64{0.2, 0.5, 0.8, 0.9, 0.95}
	r := rand.New(rand.NewPCG(1, 1))
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1", "L1→L2"}, Seeds: seeds,
		Sweeps:  []fixtures.Sweep{fixtures.All(true, ratios...), fixtures.One("conv1", true, ratios...), fixtures.One("fc1", true, ratios...), fixtures.One("fc2", true, ratios...)},
		Correct: func(a fixtures.At) int { return 930 - int(a.Ratio*30) + r.IntN(40) },
	})
	b.ReportMetric(float64(len(outs)), "trials")
	for b.Loop() {
		if _, err := Analyze(p, outs); err != nil {
			b.Fatal(err)
		}
	}
}
