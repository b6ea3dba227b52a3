package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"prunelab/analysis/curve"
	"prunelab/analysis/finding"
	"prunelab/analysis/group"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/prune"
)

// operatingPoints is how many compressions a report should show at least.
const operatingPoints = 5

// Check is an item of how results of pruning should be reported (after Blalock
// et al. 2020), ticked by what the study has and not by what was meant.
type Check struct {
	Item   string
	Ticked bool
	Reason string
}

// checklist goes through the items.
func checklist(g *group.Study, curves []curve.Curve) []Check {
	done := slices.DeleteFunc(ran(g), func(o *trial.Outcome) bool { return o.Status != trial.Done })
	return []Check{
		setting(g.Plan, done), compression(curves), accuracyEverywhere(curves), operating(g.Plan, curves), controlled(curves),
		spread(curves), conditions(done), randomGlobally(g.Plan, done), randomAlike(g.Plan, done), magnitude(done),
	}
}

// checklistTable shows the items.
func checklistTable(cs []Check) table.Table {
	t := table.Table{Name: "checklist", Title: "Reporting checklist",
		Columns: []table.Column{{Head: "item", Align: table.Left}, {Head: "there", Align: table.Left}, {Head: "why", Align: table.Left}},
		Notes:   []string{"After Blalock et al. 2020, computed from the plan and the outcomes."}}
	for _, c := range cs {
		mark := "no"
		if c.Ticked {
			mark = "yes"
		}
		t.Rows = append(t.Rows, []table.Cell{table.Text(c.Item), table.Text(mark), table.Text(c.Reason)})
	}
	return t
}

// setting: what was trained on what, and how it was scored.
func setting(p trial.Plan, done []*trial.Outcome) Check {
	c := Check{Item: "architecture, data set and metric are exact"}
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
		c.Reason = fmt.Sprintf("%d outcomes do not say the digest of their data", undigested)
	case len(images) != 1:
		c.Reason = fmt.Sprintf("networks were scored on %d different numbers of images", len(images))
	default:
		for n := range images {
			c.Ticked, c.Reason = true, fmt.Sprintf("%s and %s, with the data's digest, in all %d outcomes; accuracy is the fraction of %d images of the %s split that are classified correctly",
				counted(len(nets), "network"), counted(len(data), "data set"), len(done), n, p.Split)
		}
	}
	return c
}

// scored calls f for every point that has a result, or should.
func scored(curves []curve.Curve, f func(curve.Curve, curve.Point)) {
	for _, c := range curves {
		for _, p := range c.Points {
			f(c, p)
		}
	}
}

func compression(curves []curve.Curve) Check {
	c := Check{Item: "compression and theoretical speed-up (multiply-adds) stand at every point"}
	points, both := 0, 0
	scored(curves, func(_ curve.Curve, p curve.Point) {
		if p.Accuracy.N > 0 {
			points++
			if p.Placed && p.MACs > 0 {
				both++
			}
		}
	})
	c.Ticked = points > 0 && both == points
	c.Reason = fmt.Sprintf("weights and multiply-adds were counted in %d of %d points", both, points)
	return c
}

func accuracyEverywhere(curves []curve.Curve) Check {
	c := Check{Item: "raw accuracy stands at every point"}
	points, seeds, missing := 0, 0, 0
	scored(curves, func(_ curve.Curve, p curve.Point) {
		points++
		seeds += len(p.Seeds)
		missing += len(p.Missing)
	})
	c.Ticked = points > 0 && missing == 0
	c.Reason = fmt.Sprintf("%d points, %d of %d numbers are there", points, seeds, seeds+missing)
	return c
}

// operating: enough compressions of the whole network, up to where accuracy
// clearly falls: the interval of the last loss lies above the margin.
func operating(p trial.Plan, curves []curve.Curve) Check {
	c := Check{Item: fmt.Sprintf("at least %d operating points of the whole network, up to where accuracy clearly falls", operatingPoints)}
	margin := 0.0
	if len(p.Trials) > 0 {
		margin = finding.Margin(p.Trials[0].Data.Name)
	}
	var short []string
	series, least := 0, math.Inf(1)
	for _, x := range curves {
		if len(x.Layers) != len(p.Layers) || x.Parameter == "given" || x.Stage == curve.Pruned && retrains(x, curves) {
			continue
		}
		series++
		n, most, falls, compared := 0, 1.0, false, false
		for _, q := range x.Points {
			if q.Requested > 0 && q.Accuracy.N > 0 && q.Whole < 1 {
				n++
				if rate := 1 / (1 - q.Whole); rate > most {
					most, falls, compared = rate, q.Loss.Level > 0 && q.Loss.Lo > margin, q.Loss.N > 0
				}
			}
		}
		least = min(least, most)
		if n < operatingPoints || !falls {
			why := "accuracy falls"
			switch {
			case falls:
			case compared || n == 0:
				why = "no clear fall"
			default:
				why = "no control to tell a fall by"
			}
			short = append(short, fmt.Sprintf("%s, %s: %s up to %.3gx, %s", x.Arm, x.Method, counted(n, "point"), most, why))
		}
	}
	switch {
	case series == 0:
		c.Reason = "no series prunes the whole network"
	case len(short) > 0:
		c.Reason = first(short)
	default:
		c.Ticked, c.Reason = true, fmt.Sprintf("%d series, each with %d points or more and up to %.3gx at least; there the loss's interval lies above %g pp", series, operatingPoints, least, 100*margin)
	}
	return c
}

// first is the first of some texts, with the number of the others.
func first(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return fmt.Sprintf("%s; and %d more", texts[0], len(texts)-1)
}

func controlled(curves []curve.Curve) Check {
	c := Check{Item: "the unpruned control was measured and retrained the same way"}
	all, with := 0, 0
	scored(curves, func(_ curve.Curve, p curve.Point) {
		for _, s := range p.Seeds {
			all++
			if s.HasLoss {
				with++
			}
		}
	})
	c.Ticked = all > 0 && with == all
	c.Reason = fmt.Sprintf("%d of %d scores have their own: of the same seed, the dense network or, after retraining, a control with the identical retraining", with, all)
	return c
}

func spread(curves []curve.Curve) Check {
	c := Check{Item: "mean and sample standard deviation over seeds, intervals that say what they are"}
	least, most := math.MaxInt, 0
	scored(curves, func(_ curve.Curve, p curve.Point) {
		least, most = min(least, p.Accuracy.N), max(most, p.Accuracy.N)
	})
	switch {
	case most == 0:
		c.Reason = "no point has a result"
	case least < 2:
		c.Reason = fmt.Sprintf("n = %s: there is no standard deviation of fewer than two seeds", span(fmt.Sprint(least), fmt.Sprint(most)))
	default:
		c.Ticked, c.Reason = true, fmt.Sprintf("n = %s; every interval is named with its level and method, the deviations stand in the tables dense and single-networks", span(fmt.Sprint(least), fmt.Sprint(most)))
	}
	return c
}

// conditions: what a reader needs to repeat the numbers and their time.
func conditions(done []*trial.Outcome) Check {
	c := Check{Item: "batch size, augmentation, hardware and library"}
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
		c.Reason = "outcomes that do not say their " + strings.Join(lacking, ", ")
		return c
	}
	for b := range batches {
		sizes = append(sizes, fmt.Sprint(b))
	}
	slices.Sort(sizes)
	what := "no augmentation"
	if augmented {
		what = "augmentation as under Recipe"
	}
	c.Ticked, c.Reason = true, fmt.Sprintf("batch %s, %s; all %d outcomes say version, Go, kernel, platform and CPU, see Provenance", strings.Join(sizes, ", "), what, len(done))
	return c
}

// wholly reports whether a trial prunes every layer, once, by the criterion.
func wholly(p trial.Plan, o *trial.Outcome, by prune.Criterion) bool {
	return len(o.Spec.Levels) == 1 && o.Spec.Levels[0].Prune.Criterion == by && len(o.Spec.Levels[0].Prune.Layers) == len(p.Layers)
}

func randomGlobally(p trial.Plan, done []*trial.Outcome) Check {
	c := Check{Item: "compared with random pruning, globally"}
	n := 0
	for _, o := range done {
		if wholly(p, o, prune.Random) && o.Spec.Levels[0].Prune.Scope == prune.Global {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s; a sweep has it with criterion: random, scope: global", counted(n, "such trial"))
	return c
}

// randomAlike: the same number of weights of each layer, at random.
func randomAlike(p trial.Plan, done []*trial.Outcome) Check {
	c := Check{Item: "compared with random pruning, the same proportion of each layer"}
	alike := func(a, b prune.Config) bool {
		return slices.Equal(a.Layers, b.Layers) && slices.Equal(a.Amounts, b.Amounts) && a.Rule == b.Rule
	}
	n := 0
	for _, o := range done {
		if !wholly(p, o, prune.Random) || o.Spec.Levels[0].Prune.Scope != prune.PerLayer {
			continue
		}
		if slices.ContainsFunc(done, func(m *trial.Outcome) bool {
			return m.Spec.Seed == o.Spec.Seed && len(m.Spec.Levels) == 1 && m.Spec.Levels[0].Prune.Criterion != prune.Random && alike(m.Spec.Levels[0].Prune, o.Spec.Levels[0].Prune)
		}) {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s with a partner of the same seed and ratios; a sweep has it with criterion: random", counted(n, "such trial"))
	return c
}

func magnitude(done []*trial.Outcome) Check {
	c := Check{Item: "compared with magnitude pruning"}
	n := 0
	for _, o := range done {
		if len(o.Spec.Levels) > 0 && o.Spec.Levels[0].Prune.Criterion == prune.Magnitude {
			n++
		}
	}
	c.Ticked = n > 0
	c.Reason = fmt.Sprintf("%s by magnitude", counted(n, "trial"))
	return c
}
