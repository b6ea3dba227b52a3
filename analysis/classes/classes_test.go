package classes

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/internal/fixtures"
	"prunelab/experiments/trial"
	"prunelab/model/train"
)

// classOf is the class of an image, 0 or 1 of the five that there are.
func classOf(i int) int { return i * i % 4 }

// rightly draws which images a network is right about, and those of one class less often.
func rightly(r *rand.Rand, e *train.Evaluation, worse int) {
	e.Bits, e.Correct = make([]byte, (e.N+7)/8), 0
	for i := range e.N {
		if r.IntN(10) > 1+5*btoi(classOf(i) == worse) {
			e.Bits[i/8] |= 1 << (i % 8)
			e.Correct++
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// recommended is a study of one network from a file with the ratios that were recommended,
// and the outcomes of the network as it came and as it was pruned.
func recommended(t *testing.T, seeds []uint64, retrain bool) (*group.Study, []curve.Curve) {
	t.Helper()
	p, outs := fixtures.Build(fixtures.Config{Arms: []string{"L2"}, Seeds: seeds, Sweeps: []fixtures.Sweep{fixtures.All(retrain, 0.5)},
		Correct: func(fixtures.At) int { return 900 }})
	fixtures.FromFile("a digest", &p, outs)
	for i, c := range p.Cells {
		if c.Target != "" {
			p.Cells[i].Target, p.Cells[i].Parameter = "recommended", trial.Given
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	var start train.Evaluation
	start.N = fixtures.Images
	rightly(r, &start, -1)
	for i := range outs {
		res := &outs[i].Result
		same := start
		res.Start = &same
		if res.Pruned != nil {
			rightly(r, res.Pruned, 1)
		}
		if res.Retrained != nil {
			rightly(r, res.Retrained, 0-btoi(outs[i].Spec.Levels[0].Prune.Empty()))
		}
		if len(outs[i].Spec.Levels) == 0 {
			res.Scored = &trial.Scored{Names: []string{"ant", "bee", "cat", "dog", "elk"}}
			for k := range fixtures.Images {
				res.Scored.Labels = binary.LittleEndian.AppendUint16(res.Scored.Labels, uint16(classOf(k)))
			}
		}
	}
	g, err := group.New(p, outs)
	if err != nil {
		t.Fatal(err)
	}
	curves, err := curve.FromGroups(g)
	if err != nil {
		t.Fatal(err)
	}
	return g, curves
}

// The counts of classes.csv add up to those of the trials, class by class.
func TestCountsAddUp(t *testing.T) {
	g, _ := recommended(t, []uint64{1, 2}, true)
	text, err := CSV(g)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n, correct, lost := map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range rows[1:] {
		at := r[1] + " " + r[4] + " " + r[5] + " " + r[6]
		for i, sum := range []map[string]int{n, correct, lost} {
			v, err := strconv.Atoi(r[10+i])
			if err != nil {
				t.Fatal(err)
			}
			sum[at] += v
		}
		if r[8] == "1" && r[9] != "bee" || r[8] == "2" || r[8] == "4" {
			t.Errorf("%v", r)
		}
	}
	for _, c := range g.Cells {
		for _, m := range c.Members {
			for stage, score := range map[string]*train.Evaluation{"pruned": m.Outcome.Result.Pruned, "retrained": m.Outcome.Result.Retrained} {
				if c.Role != trial.Point {
					continue
				}
				reference := curve.Reference(m.Spec, curve.Stage(stage))
				was := curve.Score(group.Member{Spec: reference, Outcome: g.Outcome(reference.Key())}, curve.Stage(stage))
				at := "recommended 0.5 " + strconv.FormatUint(m.Seed, 10) + " " + stage
				if n[at] != score.N || correct[at] != score.Correct || lost[at] != was.Correct-score.Correct {
					t.Errorf("%s: %d images, %d correct, %d lost; want %d, %d, %d", at, n[at], correct[at], lost[at], score.N, score.Correct, was.Correct-score.Correct)
				}
			}
		}
	}
	if len(n) != 1+2*1+2*2 { // dense once, the controls retrained, the points pruned and retrained
		t.Errorf("there are counts of %v", n)
	}
}

// The class that was made to lose is named, with an interval that is wider than that of
// one class alone and has the loss in it.
func TestTheClassThatLosesMost(t *testing.T) {
	for _, c := range []struct {
		seeds   []uint64
		retrain bool
		class   string
		stage   curve.Stage
	}{{[]uint64{1}, false, "class 1 (bee)", curve.Pruned}, {[]uint64{1, 2, 3}, true, "class 0 (ant)", curve.Retrained}} {
		g, curves := recommended(t, c.seeds, c.retrain)
		all, err := Most(g, curves)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		l := all[0]
		if l.String() != c.class || l.Stage != c.stage || l.Of != 2 || l.Networks != len(c.seeds) || l.N != 500 {
			t.Errorf("%+v, want %s %s", l, c.class, c.stage)
		}
		if mean := float64(l.Was-l.Correct) / float64(l.N*l.Networks); math.Abs(mean-l.Loss.Value) > 1e-12 || !(l.Loss.Lo < mean && mean < l.Loss.Hi) || !l.Loss.OverImages() || l.Loss.Level != 0.95 {
			t.Errorf("lost are %d of %d, estimated %+v", l.Was-l.Correct, l.N*l.Networks, l.Loss)
		}
		if half := l.Loss.Hi - l.Loss.Lo; half < 0.05 || half > 0.3 {
			t.Errorf("the interval is %+v", l.Loss)
		}
	}
}

// Where trials kept no classes nothing is said of any.
func TestWithoutClasses(t *testing.T) {
	g, curves := recommended(t, []uint64{1}, false)
	for _, c := range g.Cells {
		for _, m := range c.Members {
			m.Outcome.Result.Scored = nil
		}
	}
	text, err := CSV(g)
	all, err2 := Most(g, curves)
	if text != nil || all != nil || err != nil || err2 != nil {
		t.Errorf("%s %v %v %v", text, all, err, err2)
	}
}
