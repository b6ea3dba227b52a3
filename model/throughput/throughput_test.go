package throughput_test

import (
	"testing"
	"time"

	"prunelab/model/kernel"
	"prunelab/model/throughput"
)

// BenchmarkTraining times a step of training, batch 128, of whole networks;
// one iteration is a measurement of 100 ms.
func BenchmarkTraining(b *testing.B) {
	for _, name := range []string{"lenet-300-100", "lenet-5", "cifar-quick", "alexnet-cifar", "resnet-20"} {
		for _, density := range []float64{1, 0.1, 0.05, 0.02} {
			for _, variant := range kernel.Variants() {
				c := throughput.Case{Network: name, Density: density, Kernel: variant, Batch: 128}
				b.Run(c.String(), func(b *testing.B) {
					for b.Loop() {
						r, err := throughput.Measure(c, 100*time.Millisecond)
						if err != nil {
							b.Fatal(err)
						}
						b.ReportMetric(r.Samples, "samples/s")
						b.ReportMetric(100*r.Fraction(), "%peak")
					}
				})
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	c := throughput.Case{Network: "lenet-300-100", Density: 0.1, Kernel: kernel.Variant(), Batch: 32}
	r, err := throughput.Measure(c, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	// 26,620 weights are left: 2 x 3 operations each, the first layer's 23,520
	// only 2 x 2.
	want := r.Samples * (6*3100 + 4*23520) / 1e9
	if r.Samples <= 0 || r.Peak <= 0 || r.GFLOPS < 0.999*want || r.GFLOPS > 1.001*want {
		t.Errorf("%+v, want %v GFLOP/s at that speed", r, want)
	}
}

func TestUnknownCasesAreRefused(t *testing.T) {
	for _, c := range []throughput.Case{{Network: "lenet-6", Kernel: "generic", Density: 1, Batch: 1}, {Network: "lenet-5", Kernel: "mmx", Density: 1, Batch: 1}} {
		if _, err := throughput.Measure(c, time.Millisecond); err == nil {
			t.Errorf("%+v was measured", c)
		}
	}
}
