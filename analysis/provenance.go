package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
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
func warnings(g *group.Study) []string {
	ws := slices.Clone(g.Warnings)
	for _, seen := range g.Plan.Seen {
		for _, w := range slices.Concat(seen.Gaps, seen.Warnings) {
			if w = fmt.Sprintf("data %s: %s", seen.Data.Name, w); !slices.Contains(ws, w) {
				ws = append(ws, w)
			}
		}
	}
	if slices.ContainsFunc(g.Cells, func(c group.Cell) bool { return len(c.Members) > 1 && !c.Members[0].Spec.Replicates() }) {
		ws = append(ws, "the network comes from a file and is the same for every seed until it is retrained: before that all seeds count as one")
	}
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

func curveWarnings(curves []curve.Curve) []string {
	var ws []string
	for _, c := range curves {
		for _, w := range c.Warnings {
			ws = append(ws, fmt.Sprintf("arm %s, target %s, %s, %s: %s", c.Arm, c.Target, c.Method, c.Stage, w))
		}
	}
	return ws
}
