package analysis

import (
	"fmt"
	"math"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// denseTable shows the networks before any pruning. The seeds' standard
// deviation, which scatters by what training draws, stands beside the binomial
// standard error, which is what so many images can tell of one network.
func denseTable(g *group.Study) (table.Table, error) {
	t := table.Table{
		Name:  "dense",
		Title: "Dense networks",
		Columns: []table.Column{
			{Head: "arm", Align: table.Left}, {Head: "n", Align: table.Right},
			{Head: "training accuracy (%)", Align: table.Right},
			{Head: fmt.Sprintf("%s accuracy (%%)", g.Plan.Split), Align: table.Right},
			{Head: "SD of seeds (pp)", Align: table.Right}, {Head: "binomial SE (pp)", Align: table.Right},
			{Head: "loss (nats)", Align: table.Right},
		},
		Notes: []string{"±: half of the 95 % t interval of the mean over n seeds. Training accuracy: last epoch, before each step, mean. SD: sample standard deviation over seeds. Binomial SE: of one network, from the number of images."},
	}
	for _, c := range g.Cells {
		if c.Role != trial.Dense {
			continue
		}
		row, err := denseRow(g, c)
		if err != nil {
			return t, fmt.Errorf("dense networks of arm %s: %w", c.Arm, err)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func denseRow(g *group.Study, c group.Cell) ([]table.Cell, error) {
	var accuracy, training, loss []float64
	var missing []curve.Missing
	images := 0
	for i, m := range c.Members {
		if i > 0 && !m.Spec.Replicates() {
			continue // the same network again
		}
		o := m.Outcome
		if o == nil || o.Status == trial.Failed || o.Result.Start == nil {
			missing = append(missing, curve.Missing{Seed: m.Seed, Key: m.Key, Reason: string(g.Why(m.Key))})
			continue
		}
		accuracy = append(accuracy, o.Result.Start.Accuracy())
		loss = append(loss, o.Result.Start.Loss)
		images = o.Result.Start.N
		if h := o.Result.History; len(h) > 0 {
			training = append(training, h[len(h)-1].Accuracy)
		}
	}
	if len(accuracy) == 0 {
		none := percentCell(stats.Estimate{}, missing)
		return []table.Cell{table.Text(c.Arm), table.Text("0"), none, none, none, none, none}, nil
	}
	e, err := stats.Mean(accuracy, curve.Level)
	if err != nil {
		return nil, err
	}
	row := []table.Cell{table.Text(c.Arm), table.Int(e.N), table.Missing("no history"), percentCell(e, missing), table.Missing("one seed"), table.None(), table.None()}
	if len(training) > 0 {
		row[2] = table.Number(100*mean(training), 2)
	}
	if e.N > 1 {
		row[4] = table.Number(100*e.SD, 2)
	}
	row[5] = table.Number(100*stats.BinomialSE(math.Min(1, e.Value), images), 2)
	row[6] = table.Number(mean(loss), 4)
	return row, nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
