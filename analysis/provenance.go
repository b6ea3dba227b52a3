package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/sensitivity"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
)

// Progress counts the plan's trials.
type Progress struct {
	Planned, Done, Diverged, Failed, NotRun int
}

// Machine is where and with what some trials ran.
type Machine struct {
	Version, Go, Kernel, Platform, CPU string
	Trials                             int
}

func progress(g *group.Study) Progress {
	p := Progress{Planned: g.Planned()}
	p.NotRun = p.Planned
	for _, o := range g.Ran() {
		p.NotRun--
		switch o.Status {
		case trial.Done:
			p.Done++
		case trial.Diverged:
			p.Diverged++
		case trial.Failed:
			p.Failed++
		}
	}
	return p
}

func machines(g *group.Study) []Machine {
	count := map[Machine]int{}
	for _, o := range g.Ran() {
		v := o.Provenance
		count[Machine{Version: v.Version, Go: v.Go, Kernel: v.Kernel, Platform: v.Platform, CPU: v.CPU}]++
	}
	var ms []Machine
	for m, n := range count {
		m.Trials = n
		ms = append(ms, m)
	}
	slices.SortFunc(ms, func(a, b Machine) int {
		return cmp.Or(cmp.Compare(b.Trials, a.Trials), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	return ms
}

// warnings collects what cells and trials warn of, each once.
func warnings(g *group.Study, collapsed []Collapse) []string {
	ws := slices.Clone(g.Warnings)
	for _, seen := range g.Plan.Seen {
		for _, w := range slices.Concat(seen.Gaps, seen.Warnings) {
			if w = fmt.Sprintf("data %s: %s", seen.Data.Name, w); !slices.Contains(ws, w) {
				ws = append(ws, w)
			}
		}
	}
	if slices.ContainsFunc(g.Cells, func(c group.Cell) bool { return len(c.Again) > 0 }) {
		ws = append(ws, "the network comes from a file and is the same for every seed until it is retrained: before that all seeds count as one")
	}
	if w := coarse(g); w != "" {
		ws = append(ws, w)
	}
	ws = append(ws, collapseWarnings(collapsed)...)
	count := map[string]int{}
	for _, o := range g.Ran() {
		for _, w := range o.Result.Warnings {
			count[w]++
		}
	}
	for _, w := range slices.Sorted(maps.Keys(count)) {
		ws = append(ws, fmt.Sprintf("%s: %s", trial.Counted(count[w], "trial"), w))
	}
	return ws
}

// coarse warns of a split so small that one image is more than the least budget.
func coarse(g *group.Study) string {
	images := 0
	for _, o := range g.Ran() {
		if s := o.Result.Start; s != nil {
			images = max(images, s.N)
		}
	}
	if budget := sensitivity.Budgets[0]; images > 0 && 1/float64(images) > budget {
		return fmt.Sprintf("the %s split has %s: one image is %s pp of accuracy, more than the budget of %g pp; what is said of that budget means no image more lost",
			g.Plan.Split, trial.Counted(images, "image"), table.Format(100/float64(images), 2), 100*budget)
	}
	return ""
}

func curveWarnings(curves []curve.Curve) []string {
	var ws []string
	for _, c := range curves {
		for _, w := range c.Warnings {
			ws = append(ws, fmt.Sprintf("arm %s, target %s, %s, %s: %s", c.Arm, c.Target, c.Method, c.Stage, w))
		}
	}
	return ws
}
