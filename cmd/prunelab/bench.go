package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"prunelab/analysis/table"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/throughput"
)

type benchCmd struct {
	Network []string      `placeholder:"NAME" help:"Networks (default: lenet-300-100, lenet-5, cifar-quick)."`
	Density []float64     `placeholder:"D" help:"Fractions of each layer's weights that are left (default: 1, 0.1, 0.05, 0.02)."`
	Kernel  []string      `placeholder:"VARIANT" help:"Kernel variants (default: the one in use)."`
	Batch   int           `default:"128" help:"Samples in a step."`
	Time    time.Duration `default:"3s" help:"For each measurement."`
	JSON    bool          `name:"json" help:"Print JSON."`
}

func (*benchCmd) Help() string {
	return `Trains each network at each density on one core: whole steps, forward, backward
and update, batches at hand; then scores the batch, forward alone. Speeds are those
in a second of processor time. GFLOP/s count the multiply-adds of the weights that
are left, twice; the peak is that of the core's multiply-add instructions,
measured right before. More than the peak is reached where gradients are zero,
below max pooling and ReLU, since what is multiplied by them is left out.

  prunelab bench                                    under a minute
  prunelab bench --network lenet-5 --density 1,0.02
  prunelab bench --network resnet-20 --density 1,0.1,0.02
  prunelab bench --kernel generic,avx2,avx512 --json > bench.json`
}

// benchReport is what --json prints.
type benchReport struct {
	Go   string              `json:"go"`
	CPU  string              `json:"cpu"`
	Rows []throughput.Result `json:"rows"`
}

func (c *benchCmd) Run(s *session) error {
	cases, err := c.cases()
	if err != nil {
		return usageError{err}
	}
	report := benchReport{Go: runtime.Version(), CPU: cpu()}
	for _, one := range cases {
		if s.ctx.Err() != nil {
			return errInterrupted
		}
		r, err := throughput.Measure(one, c.Time)
		if err != nil {
			return err
		}
		report.Rows = append(report.Rows, r)
		if !c.JSON {
			fmt.Fprintf(s.stderr, "%s: %.0f samples/s\n", one, r.Samples)
		}
	}
	if c.JSON {
		e := json.NewEncoder(s.stdout)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	text, err := report.table().Txt()
	if err != nil {
		return err
	}
	_, err = s.stdout.Write(text)
	return err
}

// cases are the measurements asked for.
func (c *benchCmd) cases() ([]throughput.Case, error) {
	networks, densities, kernels := c.Network, c.Density, c.Kernel
	if len(networks) == 0 {
		networks = []string{"lenet-300-100", "lenet-5", "cifar-quick"}
	}
	if len(densities) == 0 {
		densities = []float64{1, 0.1, 0.05, 0.02}
	}
	if len(kernels) == 0 {
		kernels = []string{kernel.Variant()}
	}
	if c.Batch < 1 {
		return nil, fmt.Errorf("--batch %d: a step has at least one sample", c.Batch)
	}
	var cases []throughput.Case
	for _, n := range networks {
		if !slices.Contains(nn.BuiltinNames(), n) {
			return nil, fmt.Errorf("--network %s: there is no such built-in network; known are %s", n, strings.Join(nn.BuiltinNames(), ", "))
		}
		for _, d := range densities {
			if !(d > 0 && d <= 1) {
				return nil, fmt.Errorf("--density %v: a density is above 0 and at most 1", d)
			}
			for _, k := range kernels {
				cases = append(cases, throughput.Case{Network: n, Density: d, Kernel: k, Batch: c.Batch})
			}
		}
	}
	return cases, nil
}

// table shows the measurements.
func (r benchReport) table() table.Table {
	t := table.Table{
		Name:  "throughput",
		Title: fmt.Sprintf("Training speed on one core (%s, %s)", r.CPU, r.Go),
		Columns: []table.Column{
			{Head: "Network"}, {Head: "Weights left (%)", Align: table.Right}, {Head: "Kernels"},
			{Head: "Samples/s", Align: table.Right}, {Head: "Against dense", Align: table.Right},
			{Head: "GFLOP/s", Align: table.Right}, {Head: "Of the peak (%)", Align: table.Right},
			{Head: "Scored/s", Align: table.Right},
		},
	}
	dense := map[string]float64{}
	for _, m := range r.Rows {
		if m.Density == 1 {
			dense[m.Network+m.Kernel] = m.Samples
		}
	}
	for _, m := range r.Rows {
		against := table.None()
		if d := dense[m.Network+m.Kernel]; d > 0 {
			against = table.Number(m.Samples/d, 1)
		}
		t.Rows = append(t.Rows, []table.Cell{
			table.Text(m.Network), table.Number(100*m.Density, 0), table.Text(m.Kernel),
			table.Number(m.Samples, 0), against, table.Number(m.GFLOPS, 1), table.Number(100*m.Fraction(), 0),
			table.Number(m.Scored, 0),
		})
	}
	return t
}
