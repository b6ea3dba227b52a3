package tuning

import (
	"slices"

	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Shrinkage is, of an arm with one penalty, the strength with which the other
// family would shrink its dense networks as much. Both gradients, times the
// weights and summed over the weights w that are penalized, are equal under
//
//	lambda1 sum |w| = lambda2 sum w^2.
type Shrinkage struct {
	Arm, Family   string
	Value         float64 // lambda of the arm's penalty
	Squares, Abs  float64 // sum w^2 and sum |w|, means over N seeds
	N             int
	Other         string  // the other family, "L1" or "L2"
	OtherStrength float64 // its equal
}

// Shrinkages are those of the arms that have one penalty and a dense network
// whose norms were recorded.
func Shrinkages(g *group.Study) []Shrinkage {
	var all []Shrinkage
	for _, c := range g.Cells {
		if c.Role != trial.Dense {
			continue
		}
		s := Shrinkage{Arm: c.Arm}
		s.Family, s.Value = pure(c.Members[0].Spec.Train.Regularizer)
		var squares, abs []float64
		for _, m := range c.Members {
			if o := m.Outcome; o != nil && o.Status == trial.Done {
				sq, a := 0.0, 0.0
				for _, l := range o.Result.Layers {
					sq, a = sq+l.NormEnd*l.NormEnd, a+l.L1End
				}
				if a > 0 {
					squares, abs = append(squares, sq), append(abs, a)
				}
			}
		}
		if s.Family == "" || len(squares) == 0 {
			continue
		}
		s.Squares, s.Abs, s.N = stats.Average(squares), stats.Average(abs), len(squares)
		s.Other, s.OtherStrength = "L1", s.Value*s.Squares/s.Abs
		if s.Family != "L2" {
			s.Other, s.OtherStrength = "L2", s.Value*s.Abs/s.Squares
		}
		all = append(all, s)
	}
	return all
}

// ShrinkageTable shows them.
func ShrinkageTable(all []Shrinkage) table.Table {
	t := table.Table{Name: "equal-shrinkage", Title: "Strengths that shrink the dense networks equally",
		Columns: slices.Concat(table.Lefts("arm", "penalty"), table.Rights("n", "sum of w²", "sum of |w|"), table.Lefts("equal shrinkage")),
		Notes:   []string{"Equal shrinkage: λ1 = λ2 Σw²/Σ|w| over the penalized weights (no biases), means over n seeds. It compares how strongly two penalties shrink a network, not how well they serve it."},
	}
	for _, s := range all {
		equal := table.Number(s.OtherStrength, 8)
		equal.Text = s.Other + " " + table.Short(s.OtherStrength)
		t.Rows = append(t.Rows, []table.Cell{table.Text(s.Arm), table.Text(s.Family + " " + table.Short(s.Value)), table.Int(s.N),
			table.Number(s.Squares, 1), table.Number(s.Abs, 0), equal})
	}
	return t
}
