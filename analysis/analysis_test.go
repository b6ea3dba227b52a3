package analysis

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prunelab/analysis/curve"
	"prunelab/analysis/internal/fixtures"
	"prunelab/analysis/table"
	"prunelab/experiments/trial"
	"prunelab/model/regularizer"
	"prunelab/model/sparse"
	"prunelab/model/train"
)

var update = flag.Bool("update", false, "write the golden files")

// correct is a study one can check by hand, in images of 1000, which are tenths
// of a percentage point.
//
// Dense: seeds 1, 2, 3 have 980, 970, 990; arms with L1 have 4 fewer. Right
// after pruning, 0.5 costs 0, 0.8 40, 0.9 100, 0.95 300, and each ten times the
// seed; conv1 costs twice that, fc1 a tenth. L1 saves half of it, but not of
// fc1. Retraining gains 5, and a fifth of the cost remains, whatever the arm, up
// to an image.
func correct(a fixtures.At) int {
	seed := int(a.Seed)
	dense := []int{0, 980, 970, 990}[seed]
	if a.Arm != "L2" {
		dense -= 4
	}
	cost, pruned := map[float64]int{0.5: 0, 0.8: 40, 0.9: 100, 0.95: 300}[a.Ratio]
	switch {
	case a.Stage == "dense":
		return dense
	case !pruned:
		return dense + 5
	}
	switch cost += 10 * seed; a.Target {
	case "conv1":
		cost *= 2
	case "fc1":
		cost /= 10
	}
	switch {
	case a.Stage == "retrained" && a.Arm == "L1":
		return dense + 5 - cost/5 - seed%2
	case a.Stage == "retrained" && a.Arm == "L1→L2":
		return dense + 5 - cost/5 - (seed - 2)
	case a.Stage == "retrained":
		return dense + 5 - cost/5
	case a.Arm != "L2" && a.Target != "fc1":
		return dense - cost/2
	}
	return dense - cost
}

func study() (trial.Plan, []trial.Outcome) {
	return fixtures.Build(fixtures.Config{
		Arms: []string{"L2", "L1", "L1→L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps: []fixtures.Sweep{
			fixtures.All(true, 0.5, 0.8, 0.9, 0.95),
			fixtures.One("conv1", true, 0.5, 0.9, 0.95),
			fixtures.One("fc1", false, 0.5, 0.9),
		},
		Correct: correct,
	})
}

func analyze(t testing.TB, p trial.Plan, outs []trial.Outcome) *Analysis {
	t.Helper()
	a, err := Analyze(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// files renders everything that an analysis gives.
func files(t testing.TB, a *Analysis) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"trials.csv": a.Trials}
	for _, tab := range a.Tables {
		fs, err := tab.Files()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fs {
			all[f.Name] = f.Data
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	p, outs := study()
	// One trial diverged in retraining, one failed, one was not run.
	spoil(p, outs, "L1", "all", 0.95, 2, trial.Diverged)
	spoil(p, outs, "L2", "conv1", 0.9, 3, trial.Failed)
	outs = without(p, outs, "L2", "all", 0.9, 1)
	a := analyze(t, p, outs)
	for name, got := range files(t, a) {
		if !strings.HasSuffix(name, ".txt") && name != "trials.csv" {
			continue // the formats are tested in package table
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from its golden file:\n%s", name, got)
		}
	}
}

// find returns the place of a cell's trial in the plan.
func find(p trial.Plan, arm, target string, ratio float64, seed uint64) trial.Key {
	i := slices.IndexFunc(p.Cells, func(c trial.Cell) bool {
		return c.Arm == arm && c.Target == target && c.Requested == ratio && c.Seed == seed
	})
	return p.Cells[i].Key
}

func spoil(p trial.Plan, outs []trial.Outcome, arm, target string, ratio float64, seed uint64, status trial.Status) {
	key := find(p, arm, target, ratio, seed)
	for i := range outs {
		if outs[i].Key == key {
			outs[i].Status, outs[i].Error = status, "loss is not finite in epoch 2, step 17\nstack"
			outs[i].Result.Retrained, outs[i].Result.Layers = nil, nil
		}
	}
}

func without(p trial.Plan, outs []trial.Outcome, arm, target string, ratio float64, seed uint64) []trial.Outcome {
	key := find(p, arm, target, ratio, seed)
	return slices.DeleteFunc(slices.Clone(outs), func(o trial.Outcome) bool { return o.Key == key })
}

// named is the table of that name.
func named(a *Analysis, name string) (Table, bool) {
	i := slices.IndexFunc(a.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return a.Tables[i], true
}

func cell(t *testing.T, a *Analysis, name, column string, match ...string) table.Cell {
	t.Helper()
	tab, ok := named(a, name)
	if !ok {
		t.Fatalf("no table %s", name)
	}
	j := slices.IndexFunc(tab.Columns, func(c table.Column) bool { return c.Head == column })
	if j < 0 {
		t.Fatalf("table %s has no column %s: %v", name, column, tab.Columns)
	}
	for _, r := range tab.Rows {
		if slices.EqualFunc(r[:len(match)], match, func(c table.Cell, s string) bool { return c.Text == s }) {
			return r[j]
		}
	}
	t.Fatalf("table %s has no row %v", name, match)
	return table.Cell{}
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-6 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestNumbersByHand(t *testing.T) {
	p, outs := study()
	a := analyze(t, p, outs)

	// 970, 980, 990 of 1000: mean 98, SD 1, t(2) = 4.302653.
	c := cell(t, a, "accuracy-pruned", "L2 (%)", "all", "0")
	near(t, "dense L2", c.Value, 98)
	near(t, "lo", c.Lo, 98-4.302652730/math.Sqrt(3))
	if c.Text != "98.00 ± 2.48" || c.N != 3 {
		t.Errorf("dense L2 reads %q, n = %d", c.Text, c.N)
	}
	near(t, "SD", cell(t, a, "dense", "SD of seeds (pp)", "L2").Value, 1)
	near(t, "binomial SE", cell(t, a, "dense", "binomial SE (pp)", "L2").Value, 100*math.Sqrt(.98*.02/1000))

	// 0.9 costs 110, 120, 130 images; L1 half of it.
	near(t, "L2 lost", cell(t, a, "loss-pruned", "L2 (pp)", "all", "0.9").Value, 12)
	near(t, "L1 lost", cell(t, a, "loss-pruned", "L1 (pp)", "all", "0.9").Value, 6)
	near(t, "difference", cell(t, a, "arms-pruned", "accuracy loss (pp)", "all", "L2 − L1", "0.9").Value, 6)
	if got := cell(t, a, "arms-pruned", "smaller loss", "all", "L2 − L1", "0.9").Text; got != "L1" {
		t.Errorf("smaller loss: %q, want L1", got)
	}
	// After retraining L1 pays one image more with seeds 1 and 3, and its raw
	// accuracy is 0.4 pp lower besides.
	near(t, "difference", cell(t, a, "arms-retrained", "accuracy loss (pp)", "all", "L2 − L1", "0.9").Value, -0.2/3)
	near(t, "raw difference", cell(t, a, "arms-retrained", "raw accuracy (pp)", "all", "L2 − L1", "0.9").Value, 0.4+0.2/3)
	if got := cell(t, a, "arms-retrained", "smaller loss", "all", "L2 − L1", "0.9").Text; got != "–" {
		t.Errorf("smaller loss: %q, want nobody", got)
	}

	// All layers: loss 2 pp at 0.5, the least that was pruned.
	for _, budget := range []string{"before, 1 pp", "before, 0.5 pp"} {
		if c := cell(t, a, "sensitivity", budget, "L2", "all"); !strings.HasPrefix(c.Text, "< 50.0 [< 50.0, ") || c.Value != nil || c.Lo != nil {
			t.Errorf("%s reads %q, value %v", budget, c.Text, c.Value)
		}
	}
	// After: 0.4 pp at 0.5, 1.2 pp at 0.8.
	near(t, "1 pp after", cell(t, a, "sensitivity", "after, 1 pp", "L2", "all").Value, 50+30*.6/.8)
	if got := cell(t, a, "sensitivity", "before, 2 pp", "L2", "fc1"); got.Text != "≥ 90.0 [90.0, …]" || got.Value != nil {
		t.Errorf("fc1 never loses 2 pp: %+v", got)
	}

	// Area of conv1 after: 0.8 pp at .5, 4.8 at .9, 12.8 at .95.
	l9, l95 := math.Log(9), math.Log(19)
	want := ((0.8+4.8)/2*l9 + (4.8+12.8)/2*(l95-l9)) / l95
	near(t, "area", cell(t, a, "area", "after, 0.5 to 0.95 (pp)", "L2", "conv1").Value, want)

	// Layers at the largest ratio within 0.5 pp after: 0.5 loses 0.4, 0.8 1.2.
	near(t, "weights of fc1", cell(t, a, "layers", "weights", "L2", "0.5", "3", "fc1").Value, 800)
	near(t, "FLOP", cell(t, a, "layers", "FLOP", "L2", "0.5", "3", "conv1").Value, 640)
	near(t, "FLOP left of conv1, zeros skipped", cell(t, a, "layers", "FLOP left, zeros skipped (%)", "L2", "0.5", "3", "conv1").Value, 50)
	near(t, "FLOP left of fc1, zeros skipped", cell(t, a, "layers", "FLOP left, zeros skipped (%)", "L2", "0.5", "3", "fc1").Value, 25)
	near(t, "total", cell(t, a, "layers", "FLOP left, zeros skipped (%)", "L2", "0.5", "3", "total").Value, 100*(160+400*.5+90*.5)/1300)

	near(t, "removed of conv1", cell(t, a, "sparsity", "removed", "all", "0.95", "every", "conv1").Value, 19)
}

// Han et al. 2015, LeNet-300-100: the FLOP column counts zero activations.
func TestLayerTableReadsAsHans(t *testing.T) {
	p, outs := study()
	// fc2 of their network: 9 % of the weights, fc1 before it 38 % active: 3 to 4 %.
	for i := range outs {
		for j := range outs[i].Result.Layers {
			l := &outs[i].Result.Layers[j]
			act := []float64{.38, .65, 1}[j]
			l.Active = &act
			if l.Name == "fc1" && l.Removed > 0 {
				l.Removed, l.MACs = 800-72, 72
			}
		}
	}
	got := cell(t, analyze(t, p, outs), "layers", "FLOP left, zeros skipped (%)", "L2", "0.5", "3", "fc1")
	near(t, "9 % x 38 %", got.Value, 9*.38)
}

func TestSameBytesInAnyOrder(t *testing.T) {
	p, outs := study()
	spoil(p, outs, "L1", "all", 0.95, 2, trial.Diverged)
	outs = without(p, outs, "L2", "all", 0.9, 1)
	want := files(t, analyze(t, p, outs))
	r := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		q := p
		q.Cells, q.Trials = slices.Clone(p.Cells), slices.Clone(p.Trials)
		shuffled := slices.Clone(outs)
		r.Shuffle(len(q.Cells), func(i, j int) { q.Cells[i], q.Cells[j] = q.Cells[j], q.Cells[i] })
		r.Shuffle(len(q.Trials), func(i, j int) { q.Trials[i], q.Trials[j] = q.Trials[j], q.Trials[i] })
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			shuffled[i].Timing.Seconds = r.Float64()
			shuffled[i].Provenance.Host = strconv.Itoa(i)
			shuffled[i].Provenance.CPU = "another"
		}
		got := files(t, analyze(t, q, shuffled))
		if len(got) != len(want) {
			t.Fatalf("%d files, want %d", len(got), len(want))
		}
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				t.Fatalf("%s depends on order, time or machine", name)
			}
		}
	}
}

// Whatever is missing, every number that is shown is one of the full study's
// trials; nothing becomes 0.
func TestMissingIsNeverZero(t *testing.T) {
	p, outs := study()
	full := map[string][]string{}
	for _, r := range records(t, analyze(t, p, outs)) {
		full[strings.Join(r[:8], ";")+r[9]] = r
	}
	rapid.Check(t, func(rt *rapid.T) {
		var kept []trial.Outcome
		for _, o := range outs {
			switch rapid.IntRange(0, 4).Draw(rt, "fate") {
			case 0:
				continue
			case 1:
				o.Status, o.Result = trial.Failed, trial.Result{}
			case 2:
				o.Status = trial.Diverged
				o.Result.Retrained, o.Result.Layers = nil, nil
			}
			kept = append(kept, o)
		}
		a, err := Analyze(p, kept)
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range records(rt, a) {
			want := full[strings.Join(r[:8], ";")+r[9]]
			for _, j := range []int{8, 12, 13, 14, 15, 16} {
				if r[j] != "" && r[j] != want[j] {
					rt.Fatalf("column %d is %q, the trial has %q", j, r[j], want[j])
				}
			}
			if r[11] != string(trial.Done) && r[11] != string(trial.Diverged) && r[12] != "" {
				rt.Fatalf("a trial that is %s has accuracy %s", r[11], r[12])
			}
		}
		for _, tab := range a.Tables {
			if strings.HasPrefix(tab.Name, "accuracy") {
				for _, row := range tab.Rows {
					for _, c := range row[4:] {
						if c.Value != nil && *c.Value < 25 {
							rt.Fatalf("%s shows %v, every network is above 25 %%", tab.Name, *c.Value)
						}
					}
				}
			}
		}
	})
}

type fatal interface {
	Helper()
	Fatal(...any)
}

func records(t fatal, a *Analysis) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(a.Trials)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "study,key,seed,arm,target,method,round,requested,sparsity,stage,split,status,accuracy,loss,n,weights,macs" {
		t.Fatal("head of trials.csv: " + got)
	}
	return rows[1:]
}

// A layer that nothing was removed from loses nothing, which is no robustness.
func TestLayersThatWereNotPrunedAreNotRanked(t *testing.T) {
	p, outs := study()
	a := analyze(t, p, outs)
	for _, s := range a.Sensitivities {
		if s.Target == "fc2" {
			t.Errorf("fc2 was never pruned alone, yet it has a sensitivity: %+v", s)
		}
	}
	for _, name := range []string{"sensitivity", "area"} {
		tab, _ := named(a, name)
		at := slices.IndexFunc(tab.Columns, func(c table.Column) bool { return c.Head == "target" })
		for _, r := range tab.Rows {
			if r[at].Text == "fc2" {
				t.Errorf("the table %s has a row of fc2: %v", name, r)
			}
		}
	}
	near(t, "recommended ratio", cell(t, a, "recommended", "ratio", "L2", "fc2").Value, 0)
	if c := cell(t, a, "recommended", "ratio", "L2", "fc2"); c.Note == "" {
		t.Error("the recommended ratios do not say why fc2 is kept whole")
	}
	if c := cell(t, a, "recommended", "predicted loss (pp)", "L2", "fc2"); c.Value != nil {
		t.Errorf("a loss of %v is predicted of a layer that was not measured", *c.Value)
	}
}

// Every layer with weights has its row wherever layers are listed, whatever its
// type and however few its weights.
func TestEveryLayerIsInTheTables(t *testing.T) {
	c := fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2}, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.9, 0.95)}, Correct: correct}
	for _, l := range fixtures.Layers {
		c.Sweeps = append(c.Sweeps, fixtures.One(l.Name, true, 0.5, 0.9, 0.95))
	}
	p, outs := fixtures.Build(c)
	for i := range outs { // something to say in the table of units, too
		for j := range outs[i].Result.Layers {
			l := &outs[i].Result.Layers[j]
			l.DeadIn, l.DeadLeft = 1, new(int)
		}
	}
	a := analyze(t, p, outs)
	for name, column := range map[string]string{"sensitivity": "target", "area": "target", "accuracy-pruned": "target", "loss-retrained": "target",
		"layers": "layer", "units": "layer", "sparsity": "layer", "recommended": "layer", "storage-layers": "layer", "break-even": "layer"} {
		tab, ok := named(a, name)
		at := slices.IndexFunc(tab.Columns, func(c table.Column) bool { return c.Head == column })
		if !ok || at < 0 {
			t.Errorf("no table %s with the column %s", name, column)
			continue
		}
		for _, l := range fixtures.Layers {
			if !slices.ContainsFunc(tab.Rows, func(r []table.Cell) bool { return r[at].Text == l.Name }) {
				t.Errorf("the table %s has no row of %s", name, l.Name)
			}
		}
	}
}

// A result is that of the network a trial ended with: earlier epochs, which were
// better here, change nothing.
func TestEarlierEpochsAreNoResults(t *testing.T) {
	p, outs := study()
	want := files(t, analyze(t, p, outs))
	for i := range outs {
		last := outs[i].Result.History[0]
		last.Epoch = 3
		outs[i].Result.History = train.History{{Epoch: 1, Accuracy: 1, Loss: 0.001}, {Epoch: 2, Accuracy: 0.995, Loss: 0.02}, last}
	}
	got := files(t, analyze(t, p, outs))
	for name := range want {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s depends on epochs before the last", name)
		}
	}
}

// Small is what a pruned network is beside the dense one in float32. Compared with its
// own CSR file before compression, which is larger where few weights are gone,
// it would seem smaller than it is.
func TestOriginalSizeIsTheDenseFloat32Size(t *testing.T) {
	p, outs := study()
	a := analyze(t, p, outs)
	weights := 0
	for _, l := range fixtures.Layers {
		weights += l.Size
		near(t, "bytes of "+l.Name, cell(t, a, "storage-layers", "dense", "every", "0.5", l.Name).Value, float64(4*l.Size))
	}
	for _, ratio := range []string{"0.5", "0.8", "0.9", "0.95"} {
		near(t, "dense at "+ratio, cell(t, a, "storage", "dense (kB)", "every", ratio).Value, 4*float64(weights)/1000)
		smallest := math.Inf(1)
		for _, f := range sparse.Formats() {
			smallest = min(smallest, *cell(t, a, "storage", string(f)+" (kB)", "every", ratio).Value)
		}
		near(t, "times at "+ratio, cell(t, a, "storage", "times smaller than dense", "every", ratio).Value, 4*float64(weights)/1000/smallest)
	}
	// Half of 1000 weights in CSR: 8 bytes each and 33 pointers take more than all of them.
	if csr := cell(t, a, "storage", "csr (kB)", "every", "0.5").Value; *csr <= 4*float64(weights)/1000 {
		t.Errorf("CSR takes %v kB: the sizes do not differ where it would be noticed", *csr)
	}
}

// What was asked for and what is gone are two numbers.
func TestRequestedAndAchievedSparsityAreBothShown(t *testing.T) {
	p, outs := study()
	for i := range outs {
		for j := range outs[i].Result.Layers {
			if l := &outs[i].Result.Layers[j]; l.Name == "fc1" && l.Requested == 400 {
				l.Removed = 390
			}
		}
	}
	a := analyze(t, p, outs)
	near(t, "requested", cell(t, a, "sparsity", "requested (%)", "fc1", "0.5", "every", "fc1").Value, 50)
	near(t, "achieved", cell(t, a, "sparsity", "achieved (%)", "fc1", "0.5", "every", "fc1").Value, 48.75)
	rows := 0
	for _, r := range records(t, a) {
		if r[4] == "fc1" && r[7] == "0.5" {
			rows++
			if r[8] != "0.4875" {
				t.Errorf("trials.csv: requested %s, achieved %s, want 0.4875", r[7], r[8])
			}
		}
	}
	if rows == 0 {
		t.Error("trials.csv has no row of fc1 at 0.5")
	}
}

// Arms that share their networks are no two samples.
func TestSharedNetworksAreNotCompared(t *testing.T) {
	p, outs := study()
	a := analyze(t, p, outs)
	before, after := 0, 0
	for _, c := range a.Contrasts {
		switch {
		case c.Stage == curve.Retrained:
			after++
		case c.B == "L1→L2":
			t.Errorf("%s and %s are compared before retraining, where L1→L2 has the networks of L1", c.A, c.B)
		default:
			before++
		}
	}
	if before != 3 || after != 2*3 {
		t.Errorf("%d contrasts before retraining and %d after, want 3 targets x 1 pair and 2 targets x 3 pairs", before, after)
	}
	tab, _ := named(a, "loss-pruned")
	if !slices.ContainsFunc(tab.Notes, func(n string) bool { return strings.HasPrefix(n, "L1 and L1→L2 differ only in retraining") }) {
		t.Errorf("notes %q", tab.Notes)
	}
}

// Ways of pruning an arm are compared with each other, each against its own
// control.
func TestMethodsAreCompared(t *testing.T) {
	rounds := fixtures.All(true, 0.5, 0.8, 0.9)
	rounds.Iterative = true
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps:  []fixtures.Sweep{fixtures.All(true, 0.5, 0.8, 0.9), rounds},
		Correct: correct,
	})
	for i := range outs {
		s := outs[i].Spec
		if n := len(s.Levels); n == 3 {
			outs[i].Result.Retrained.Correct -= 7 // the control of three rounds as well
			if !s.Levels[2].Prune.Empty() {
				outs[i].Result.Retrained.Correct += 4 + int(s.Seed)
			}
		}
	}
	a := analyze(t, p, outs)
	if len(a.Contrasts) != 1 {
		t.Fatalf("%d contrasts, want the methods after retraining only: before it the first round is the one-shot network", len(a.Contrasts))
	}
	if c := a.Contrasts[0]; c.A != "magnitude" || c.B != "iterative" || c.Arm != "L2" || c.Stage != curve.Retrained {
		t.Errorf("%+v", c)
	}
	if got := a.Contrasts[0].Points; len(got) != 2 || got[0].Requested != 0.8 {
		t.Errorf("the first round is the one-shot trial and no comparison: %+v", got)
	}
	near(t, "in three rounds less is lost by 5, 6, 7 images", cell(t, a, "methods-retrained", "accuracy loss (pp)", "all", "magnitude − iterative", "0.9").Value, 0.6)
	near(t, "raw accuracy", cell(t, a, "methods-retrained", "raw accuracy (pp)", "all", "magnitude − iterative", "0.9").Value, 0.1)
}

// Of two strengths and three layers pruned alone the validation split chooses, the
// test set does not.
func TestTheTestSetChoosesNothing(t *testing.T) {
	for _, split := range []trial.Split{trial.Validation, trial.Test} {
		c := fixtures.Config{Arms: []string{"L2", "L1"}, Seeds: []uint64{1, 2, 3}, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5, 0.8, 0.95)}, Correct: correct}
		for _, l := range fixtures.Layers {
			c.Sweeps = append(c.Sweeps, fixtures.One(l.Name, true, 0.5, 0.9))
		}
		p, outs := fixtures.Build(c)
		p.Split = split
		fixtures.Respecify(&p, outs, func(s *trial.Spec) { // the second arm is a stronger L2
			s.Evaluate = split
			stronger := func(r *regularizer.Config) {
				if r.L1 > 0 {
					*r = regularizer.Config{L2: 1e-3}
				}
			}
			stronger(&s.Train.Regularizer)
			s.Levels = slices.Clone(s.Levels)
			for i := range s.Levels {
				again := *s.Levels[i].Retrain
				stronger(&again.Regularizer)
				s.Levels[i].Retrain = &again
			}
		})
		a := analyze(t, p, outs)
		tab, ok := named(a, "strengths")
		if !ok {
			t.Fatalf("%s: no table of strengths", split)
		}
		at := slices.IndexFunc(tab.Columns, func(c table.Column) bool { return c.Head == "choice" })
		chosen := 0
		for _, r := range tab.Rows {
			if strings.Contains(r[at].Text, "best") {
				chosen++
			}
		}
		if choose := split == trial.Validation; choose != (chosen > 0) || choose != (len(a.Suggested) > 0) {
			t.Errorf("%s: %d strengths are chosen, ratios are recommended for %d arms", split, chosen, len(a.Suggested))
		}
	}
}

// A mask that is measured without and with retraining is one mask.
func TestMasksAreCountedOnce(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{
		Arms: []string{"L2"}, Seeds: []uint64{1, 2, 3},
		Sweeps:  []fixtures.Sweep{fixtures.One("fc1", false, 0.5), fixtures.One("fc1", true, 0.5)},
		Correct: correct,
	})
	near(t, "masks", cell(t, analyze(t, p, outs), "sparsity", "masks", "fc1", "0.5", "L2", "fc1").Value, 3)
}

func TestAnEmptyRunHasTablesWithoutNumbers(t *testing.T) {
	p, _ := study()
	a := analyze(t, p, nil)
	if a.Progress.Planned == 0 || a.Progress.NotRun != a.Progress.Planned {
		t.Errorf("%+v", a.Progress)
	}
	for name, b := range files(t, a) {
		if strings.HasSuffix(name, ".txt") && strings.Contains(string(b), "0.00") {
			t.Errorf("%s has numbers:\n%s", name, b)
		}
	}
}

// Dead units and dropout are shown, of layers that have any.
func TestUnits(t *testing.T) {
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: []uint64{1, 2}, Sweeps: []fixtures.Sweep{fixtures.All(true, 0.5)}, Correct: func(fixtures.At) int { return 900 }})
	if _, ok := named(analyze(t, p, outs), "units"); ok {
		t.Error("a table of dead units where there is none")
	}
	for i := range outs {
		l := &outs[i].Result.Layers[1]
		rate, held := 0.25, int(outs[i].Spec.Seed)
		l.Dropout, l.DeadOut, l.DeadLeft = &rate, 3, &held
	}
	a := analyze(t, p, outs)
	near(t, "dropout", cell(t, a, "units", "dropout", "L2", "0.5", "2", "fc1").Value, 0.25)
	near(t, "without outputs", cell(t, a, "units", "units without outputs", "L2", "0.5", "2", "fc1").Value, 3)
	near(t, "weights", cell(t, a, "units", "removable weights", "L2", "0.5", "2", "fc1").Value, 1.5)
	if u, _ := named(a, "units"); len(u.Rows) != 1 {
		t.Errorf("%d rows, want fc1's", len(u.Rows))
	}
}

// Arms with the same counts share a row, by their names.
func TestArmsOfEqualCountsAreListed(t *testing.T) {
	p, outs := study()
	lost := slices.IndexFunc(p.Cells, func(c trial.Cell) bool {
		return c.Arm == "L1" && c.Target == "all" && c.Requested == 0.5 && c.Role == trial.Point
	})
	for i := range outs {
		if outs[i].Key == p.Cells[lost].Key {
			outs[i].Result.Layers[1].Removed-- // what L1 removed differs
		}
	}
	if got := cell(t, analyze(t, p, outs), "sparsity", "layer", "all", "0.5", "L2, L1→L2", "fc1"); got.Text != "fc1" {
		t.Errorf("the row is %+v", got)
	}
}

// With few images a budget is less than one of them.
func TestASplitTooSmallForABudgetIsSaid(t *testing.T) {
	for images, want := range map[int]bool{60: true, 199: true, 200: false, 1000: false} {
		p, outs := study()
		for i := range outs {
			r := &outs[i].Result
			for _, s := range []*train.Evaluation{r.Start, r.Pruned, r.Retrained} {
				if s != nil && s.N != images { // what several trials share, once
					s.N, s.Correct = images, s.Correct*images/s.N
				}
			}
		}
		said := slices.ContainsFunc(analyze(t, p, outs).Warnings, func(w string) bool {
			return strings.HasPrefix(w, fmt.Sprintf("the validation split has %d images: one image is ", images))
		})
		if said != want {
			t.Errorf("%d images: said: %v", images, said)
		}
	}
}
