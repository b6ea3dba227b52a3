// Package checklist goes through what a report of pruning should have (after
// Blalock et al. 2020) and ticks what a study has, by its plan and outcomes and
// not by what was meant.
package checklist

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
)

// Item is something that a report should have, and why it is ticked or not.
type Item struct {
	Name   string
	Ticked bool
	Reason string
}

// Items goes through the checklist.
func Items(g *group.Study, curves []curve.Curve) []Item {
	done := slices.DeleteFunc(g.Ran(), func(o *trial.Outcome) bool { return o.Status != trial.Done })
	return []Item{
		setting(g.Plan, done), compression(curves), accuracyEverywhere(curves), operating(g.Plan, curves), controlled(curves),
		spread(curves), conditions(done), randomGlobally(g.Plan, done), randomAlike(g.Plan, done), magnitude(done),
	}
}

// Table shows the items.
func Table(items []Item) table.Table {
	t := table.Table{Name: "checklist", Title: "Reporting checklist",
		Columns: table.Lefts("item", "done", "reason"),
		Notes:   []string{"After Blalock et al. 2020; computed from the plan and the outcomes."}}
	for _, c := range items {
		mark := "no"
		if c.Ticked {
			mark = "yes"
		}
		t.Rows = append(t.Rows, table.Texts(c.Name, mark, c.Reason))
	}
	return t
}

// setting: what was trained on what, and how it was scored.
func setting(p trial.Plan, done []*trial.Outcome) Item {
	c := Item{Name: "architecture, data set and metric are fully specified"}
	nets, data, images := map[string]bool{}, map[dataset.Config]bool{}, map[int]bool{}
	undigested := 0
	for _, o := range done {
		nets[fmt.Sprint(o.Spec.Net)], data[o.Spec.Data] = true, true
		if o.Spec.Data.Digest == "" {
			undigested++
		}
		if s := o.Result.Start; s != nil {
			images[s.N] = true
		}
	}
	switch {
	case len(done) == 0:
		c.Reason = "no trial is done"
	case undigested > 0:
		c.Reason = fmt.Sprintf("no digest of the data is in %s", trial.Counted(undigested, "outcome"))
	case len(images) != 1:
		c.Reason = fmt.Sprintf("networks were scored on %d different numbers of images", len(images))
	default:
		for n := range images {
			c.Ticked, c.Reason = true, fmt.Sprintf("%s and %s, with the data's digest, in %s; accuracy is the fraction of %d images of the %s split that are classified correctly",
				trial.Counted(len(nets), "network"), trial.Counted(len(data), "data set"), allOf(done), n, p.Split)
		}
	}
	return c
}

// allOf is "all 24 outcomes".
func allOf(done []*trial.Outcome) string {
	if len(done) == 1 {
		return "the one outcome"
	}
	return fmt.Sprintf("all %d outcomes", len(done))
}

// conditions: what a reader needs to repeat the numbers and their time.
func conditions(done []*trial.Outcome) Item {
	c := Item{Name: "batch size, augmentation, hardware and library"}
	silent := map[string]int{}
	batches, augmented := map[int]bool{}, false
	for _, o := range done {
		v := o.Provenance
		for name, value := range map[string]string{"version": v.Version, "Go": v.Go, "kernel": v.Kernel, "platform": v.Platform, "CPU": v.CPU} {
			if value == "" {
				silent[name]++
			}
		}
		batches[o.Spec.Train.Batch] = true
		for _, l := range o.Spec.Levels {
			if l.Retrain != nil {
				batches[l.Retrain.Batch] = true
			}
		}
		augmented = augmented || o.Spec.Data.Crop > 0 || o.Spec.Data.Flip
	}
	if len(done) == 0 {
		c.Reason = "no trial is done"
		return c
	}
	var lacking, sizes []string
	for _, name := range []string{"version", "Go", "kernel", "platform", "CPU"} {
		if n := silent[name]; n > 0 {
			lacking = append(lacking, fmt.Sprintf("%s (%d)", name, n))
		}
	}
	if len(lacking) > 0 {
		c.Reason = "outcomes that do not record their " + strings.Join(lacking, ", ")
		return c
	}
	delete(batches, 0) // of a network that was trained elsewhere
	for _, b := range slices.Sorted(maps.Keys(batches)) {
		sizes = append(sizes, fmt.Sprint(b))
	}
	trained := "nothing is trained"
	if len(sizes) > 0 {
		trained = "batch " + strings.Join(sizes, ", ")
	}
	what := "no augmentation"
	if augmented {
		what = "augmentation as under Recipe"
	}
	record := allOf(done) + " record"
	if len(done) == 1 {
		record += "s"
	}
	c.Ticked, c.Reason = true, fmt.Sprintf("%s, %s; %s version, Go, kernel, platform and CPU, see Provenance", trained, what, record)
	return c
}
