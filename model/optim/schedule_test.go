package optim_test

import (
	"math"
	"testing"

	"prunelab/model/optim"
)

func TestRates(t *testing.T) {
	steps := optim.Schedule{Kind: optim.Steps, At: []float64{0.5, 0.8}, Factor: 0.1}
	inverse := optim.Schedule{Kind: optim.Inverse, Gamma: 1e-4, Power: 0.75}
	for _, c := range []struct {
		s           optim.Schedule
		step, total int
		want        float64
	}{
		{optim.Schedule{Kind: optim.Constant}, 99, 100, 0.1},
		{steps, 0, 100, 0.1}, {steps, 49, 100, 0.1}, {steps, 50, 100, 0.01}, {steps, 79, 100, 0.01}, {steps, 80, 100, 0.001}, {steps, 99, 100, 0.001},
		{inverse, 0, 1, 0.1}, {inverse, 10000, 1, 0.1 / math.Pow(2, 0.75)}, // Caffe's LeNet at its last step
		{optim.Schedule{Kind: optim.Cosine}, 0, 100, 0.1}, {optim.Schedule{Kind: optim.Cosine}, 50, 100, 0.05},
		{optim.Schedule{Kind: optim.Cosine}, 99, 100, 0.05 * (1 + math.Cos(0.99*math.Pi))},
		{optim.Schedule{Kind: optim.Cosine, From: 0.5}, 0, 10, 0.05}, {optim.Schedule{Kind: optim.Cosine, From: 0.5}, 5, 10, 0.05 * (1 + math.Cos(0.75*math.Pi))},
	} {
		if got := c.s.Rate(0.1, c.step, c.total); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s at step %d of %d: %v, want %v", c.s.Kind, c.step, c.total, got, c.want)
		}
	}
}

func TestSchedulesThatMeanNothingAreRefused(t *testing.T) {
	for _, s := range []optim.Schedule{
		{}, {Kind: "triangle"}, {Kind: optim.Cosine, From: 1}, {Kind: optim.Cosine, From: -0.1}, {Kind: optim.Cosine, From: math.NaN()}, {Kind: optim.Steps, Factor: 0.1}, {Kind: optim.Steps, At: []float64{0.8, 0.5}, Factor: 0.1},
		{Kind: optim.Steps, At: []float64{0.5, 1}, Factor: 0.1}, {Kind: optim.Steps, At: []float64{0.5}},
		{Kind: optim.Inverse, Gamma: -1}, {Kind: optim.Inverse, Power: math.Inf(1)},
	} {
		if s.Validate() == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}
