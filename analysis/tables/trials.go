package tables

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"prunelab/analysis/group"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// Trials is trials.csv, the long form of a study: a row for every cell, stage and split.
// accuracy is a fraction, loss the mean cross-entropy in nats, n the number of
// samples scored, sparsity the fraction of the target's weights removed,
// weights and macs what is left of the whole network. Missing numbers are empty.
func Trials(g *group.Study) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"study", "key", "seed", "arm", "target", "method", "round", "requested", "sparsity", "stage", "split", "status", "accuracy", "loss", "n", "weights", "macs"}}
	top := topK(g)
	if top > 0 {
		rows[0] = append(rows[0], fmt.Sprintf("top %d accuracy", top))
	}
	for _, c := range g.Cells {
		layers := targetLayers(g.Plan, c)
		for _, m := range slices.Concat(c.Members, c.Again) {
			for _, stage := range stagesOf(c) {
				row := trialRow(g.Plan, c, m, stage, layers)
				if top > 0 {
					row = append(row, topAccuracy(m, stage))
				}
				rows = append(rows, row)
			}
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("trials.csv: %w", err)
	}
	return b.Bytes(), nil
}

// topK is how many answers of the study's networks count beside the first, 0: none.
func topK(g *group.Study) int {
	for _, c := range g.Cells {
		for _, m := range c.Members {
			if m.Outcome != nil && m.Outcome.Result.Start != nil && m.Outcome.Result.Start.Top != nil {
				return m.Outcome.Result.Start.Top.K
			}
		}
	}
	return 0
}

// topAccuracy is the fraction of images whose class is among the first answers, "" where
// that was not counted.
func topAccuracy(m group.Member, stage string) string {
	if m.Outcome == nil || m.Outcome.Status == trial.Failed {
		return ""
	}
	s := scoreOf(m.Outcome.Result, stage)
	if s == nil || s.Top == nil {
		return ""
	}
	return float(float64(s.Top.Correct) / float64(s.N))
}

// scoreOf is the score of a stage, nil without one.
func scoreOf(r trial.Result, stage string) *train.Evaluation {
	return map[string]*train.Evaluation{"dense": r.Start, "pruned": r.Pruned, "retrained": r.Retrained}[stage]
}

// stagesOf are the moments at which a cell's networks are scored.
func stagesOf(c group.Cell) []string {
	if c.Role == trial.Dense {
		return []string{"dense"}
	}
	if c.Retrain {
		return []string{"pruned", "retrained"}
	}
	return []string{"pruned"}
}

func trialRow(p trial.Plan, c group.Cell, m group.Member, stage string, layers []string) []string {
	row := []string{p.Study, string(m.Key), strconv.FormatUint(m.Seed, 10), c.Arm, c.Target, c.Method.String(), strconv.Itoa(c.Round), float(c.Requested), "",
		stage, string(p.Split), "not run", "", "", "", "", ""}
	if m.Outcome == nil {
		return row
	}
	row[11] = string(m.Outcome.Status)
	if m.Outcome.Status == trial.Failed {
		return row
	}
	r := m.Outcome.Result
	if len(r.Layers) > 0 {
		removed, size, weights, macs := 0, 0, 0, 0
		for _, l := range r.Layers {
			if slices.Contains(layers, l.Name) {
				removed, size = removed+l.Removed, size+l.Size
			}
			weights, macs = weights+l.Size-l.Removed, macs+l.MACs
		}
		if size > 0 {
			row[8] = float(float64(removed) / float64(size))
		}
		row[15], row[16] = strconv.Itoa(weights), strconv.Itoa(macs)
	}
	if score := scoreOf(r, stage); score != nil {
		row[12], row[13], row[14] = float(score.Accuracy()), float(score.Loss), strconv.Itoa(score.N)
	}
	return row
}

// targetLayers are the layers that a cell's target prunes; all of them for the
// dense network and the control.
func targetLayers(p trial.Plan, c group.Cell) []string {
	var layers []string
	for _, name := range p.Layers {
		if prunes(c.Members[0].Spec, name) {
			layers = append(layers, name)
		}
	}
	if layers == nil {
		return p.Layers
	}
	return layers
}

func float(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }
