package plots

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"prunelab/analysis/course"
	"prunelab/analysis/curve"
	"prunelab/analysis/group"
	"prunelab/analysis/stats"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// The samples are invented: shaped like pruning curves, measured on nothing.

// sampleLayer is a layer of an invented network.
type sampleLayer struct {
	name, kind string
	size, macs int
	knee       float64 // fraction pruned at which an unretrained network has lost half
}

var lenetLayers = []sampleLayer{
	{"conv1", "conv", 500, 288_000, 0.72},
	{"conv2", "conv", 25_000, 1_600_000, 0.86},
	{"fc1", "dense", 400_000, 400_000, 0.985},
	{"fc2", "dense", 5_000, 5_000, 0.93},
}

var alexnetLayers = []sampleLayer{
	{"conv1", "conv", 2_400, 2_457_600, 0.5},
	{"conv2", "conv", 51_200, 13_107_200, 0.75},
	{"conv3", "conv", 55_296, 3_538_944, 0.8},
	{"conv4", "conv", 55_296, 3_538_944, 0.85},
	{"conv5", "conv", 36_864, 2_359_296, 0.87},
	{"fc1", "dense", 524_288, 524_288, 0.97},
	{"fc2", "dense", 131_072, 131_072, 0.95},
	{"fc3", "dense", 2_560, 2_560, 0.9},
}

// sampleStudy says what an invented study swept.
type sampleStudy struct {
	name    string
	layers  []sampleLayer
	arms    []string
	seeds   int
	knee    float64 // of all layers together
	dense   float64 // accuracy
	chance  float64
	ratios  []float64 // of all layers together
	scan    []float64 // of each layer
	retrain bool      // whether each layer was retrained
	extra   []string  // methods beside magnitude, over all layers
	groups  bool      // conv and fc as targets
	broken  bool      // with a missing point and a diverged trial
	lost    string    // an arm whose dense networks diverged in their first epoch
}

var (
	wholeRatios = []float64{0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98}
	scanRatios  = []float64{0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95}
)

// lenetSample has everything: three arms, ten seeds, iterating, groups.
func lenetSample() sampleStudy {
	return sampleStudy{"sample-lenet-5", lenetLayers, []string{"L2", "L1", "L1→L2"}, 10, 0.955, 0.991, 0.1,
		wholeRatios, scanRatios, true, []string{"iterative 0.2", "random", "magnitude global"}, true, true, ""}
}

// quickSample is small: one network of dense layers, three seeds.
func quickSample() sampleStudy {
	layers := []sampleLayer{{"fc1", "dense", 235_200, 235_200, 0.97}, {"fc2", "dense", 30_000, 30_000, 0.93}, {"fc3", "dense", 1_000, 1_000, 0.85}}
	return sampleStudy{"sample-quick", layers, []string{"L2", "L1", "L1→L2"}, 3, 0.95, 0.967, 0.1,
		[]float64{0, 0.5, 0.8, 0.9, 0.95, 0.98}, scanRatios, false, nil, false, true, ""}
}

// alexnetSample has eight layers, five seeds and a hard data set.
func alexnetSample() sampleStudy {
	return sampleStudy{"sample-alexnet-cifar", alexnetLayers, []string{"L2", "L1", "L1→L2"}, 5, 0.8, 0.78, 0.1,
		wholeRatios, scanRatios, true, nil, true, true, ""}
}

// factorialSample crosses three regularizers in training with three in
// retraining: arms with the same first part share their networks before it.
func factorialSample() sampleStudy {
	s := quickSample()
	s.name, s.arms, s.broken, s.retrain = "sample-factorial", nil, false, true
	for _, first := range []string{"none", "L1", "L2"} {
		for _, then := range []string{"none", "L1", "L2"} {
			s.arms = append(s.arms, first+"-"+then)
		}
	}
	return s
}

// lostSample has two seeds and an arm without any number.
func lostSample() sampleStudy {
	s := quickSample()
	s.name, s.seeds, s.broken, s.lost = "sample-lost-arm", 2, false, "L1→L2"
	return s
}

// tQuantile is the 97.5 % quantile of Student's t by degrees of freedom (R
// 4.2: qt(0.975, df)).
var tQuantile = map[int]float64{1: 12.706205, 2: 4.302653, 3: 3.182446, 4: 2.776445, 8: 2.306004, 9: 2.262157}

func estimate(vs []float64) stats.Estimate {
	n := len(vs)
	if n == 0 {
		return stats.Estimate{}
	}
	mean, ss := 0.0, 0.0
	for _, v := range vs {
		mean += v / float64(n)
	}
	for _, v := range vs {
		ss += (v - mean) * (v - mean)
	}
	e := stats.Estimate{Value: mean, Lo: mean, Hi: mean, N: n, Method: "Student t"}
	if n > 1 {
		e.SD = math.Sqrt(ss / float64(n-1))
		half := tQuantile[n-1] * e.SD / math.Sqrt(float64(n))
		e.Lo, e.Hi, e.Level = mean-half, mean+half, 0.95
	}
	return e
}

// noise is a fixed draw for a name: the arms' shared networks share it.
func noise(seed uint64, name string) float64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, h)).NormFloat64()
}

// collapse is what is left between chance and dense accuracy.
func (s sampleStudy) collapse(sparsity, knee float64) float64 {
	odds := func(v float64) float64 { return v / (1 - v) }
	return s.chance + (s.dense-s.chance)/(1+math.Pow(odds(max(sparsity, 1e-9))/odds(knee), 2.6))
}

func (s sampleStudy) accuracy(arm string, target []sampleLayer, name, method string, stage curve.Stage, ratio float64, seed uint64) float64 {
	knee := 1.0
	for _, l := range target {
		knee = min(knee, l.knee)
	}
	switch {
	case len(target) == len(s.layers):
		knee = s.knee
	case len(target) > 1:
		knee *= 0.9
	}
	shared := arm // before retraining the network of L1→L2 is that of L1
	if stage == curve.Pruned && arm == "L1→L2" {
		shared = "L1"
	}
	if first, _, ok := strings.Cut(arm, "-"); ok && stage == curve.Pruned { // a factorial study
		shared = first
	}
	odds := knee / (1 - knee)
	switch {
	case stage == curve.Pruned && shared == "L1":
		odds *= 1.5
	case stage == curve.Retrained && arm == "L2":
		odds *= 4.2
	case stage == curve.Retrained:
		odds *= 4
	}
	if inventedMethods[method].Schedule.Kind == trial.Iterative {
		odds *= 2
	}
	if method == "random" {
		odds *= 0.25
	}
	a := s.collapse(ratio, odds/(1+odds))
	a += 0.0008 * noise(seed, shared+name+method+string(stage)+fmt.Sprint(ratio)) * (1 + 40*(s.dense-a)*(a-s.chance*0.8))
	if stage == curve.Retrained {
		a += 0.0004 * (1 - ratio)
	}
	return min(max(a, s.chance*0.95), 0.9995)
}

// inventedMethods are the methods of the samples by their words.
var inventedMethods = map[string]trial.Method{
	"magnitude":        trial.Plain(),
	"iterative 0.2":    {Criterion: prune.Magnitude, Scope: prune.PerLayer, Schedule: trial.Schedule{Kind: trial.Iterative, PerRound: 0.2}},
	"random":           {Criterion: prune.Random, Scope: prune.PerLayer, Schedule: trial.Schedule{Kind: trial.OneShot}},
	"magnitude global": {Criterion: prune.Magnitude, Scope: prune.Global, Schedule: trial.Schedule{Kind: trial.OneShot}},
}

// curves invents the curves of a study.
func (s sampleStudy) curves() []curve.Curve {
	whole := 0
	macs := 0
	for _, l := range s.layers {
		whole += l.size
		macs += l.macs
	}
	var all []curve.Curve
	add := func(arm, name, method string, target []sampleLayer, ratios []float64, stage curve.Stage) {
		c := curve.Curve{Series: trial.Series{Arm: arm, Target: name, Method: inventedMethods[method], Parameter: trial.Ratio, Stage: stage}}
		size, targetMACs := 0, 0
		for _, l := range target {
			size += l.size
			targetMACs += l.macs
			c.Layers = append(c.Layers, l.name)
		}
		reference := map[uint64]float64{}
		var dense []float64
		for seed := range uint64(s.seeds) {
			v := s.accuracy(arm, target, name, "magnitude", stage, 0, seed)
			reference[seed] = v
			dense = append(dense, v)
		}
		if arm != s.lost {
			c.Baseline = estimate(dense)
		}
		for _, ratio := range ratios {
			p := curve.Point{Requested: ratio, Size: size}
			var accuracy, loss []float64
			for seed := range uint64(s.seeds) {
				if reason := s.missing(arm, name, method, ratio, seed); reason != "" {
					p.Missing = append(p.Missing, curve.Missing{Seed: seed, Reason: reason})
					continue
				}
				a := s.accuracy(arm, target, name, method, stage, ratio, seed)
				if ratio == 0 {
					a = reference[seed]
				}
				p.Seeds = append(p.Seeds, curve.Sample{Seed: seed, Accuracy: a, Loss: reference[seed] - a, HasLoss: true})
				accuracy, loss = append(accuracy, a), append(loss, reference[seed]-a)
			}
			p.Placed, p.Sparsity = true, ratio
			p.Whole, p.Kept = ratio*float64(size)/float64(whole), (1-ratio)*float64(size)
			p.Accuracy, p.Loss = estimate(accuracy), estimate(loss)
			if len(accuracy) > 0 {
				removed := math.Round(ratio * float64(size))
				p.Sparsity = removed / float64(size)
				p.Whole = removed / float64(whole)
				p.Kept = float64(size) - removed
				p.MACs = float64(macs) - ratio*float64(targetMACs)
			}
			c.Points = append(c.Points, p)
		}
		all = append(all, c)
	}
	for _, arm := range s.arms {
		for _, stage := range []curve.Stage{curve.Pruned, curve.Retrained} {
			add(arm, "all", "magnitude", s.layers, s.ratios, stage)
			for _, method := range s.extra {
				if arm == s.arms[0] {
					add(arm, "all", method, s.layers, s.ratios[3:], stage)
				}
			}
			if s.groups {
				for _, g := range []struct{ name, kind string }{{"conv", "conv"}, {"fc", "dense"}} {
					of := slices.DeleteFunc(slices.Clone(s.layers), func(l sampleLayer) bool { return l.kind != g.kind })
					add(arm, g.name, "magnitude", of, s.scan, stage)
				}
			}
			if stage == curve.Retrained && !s.retrain {
				continue
			}
			for _, l := range s.layers {
				add(arm, l.name, "magnitude", []sampleLayer{l}, s.scan, stage)
			}
		}
	}
	return all
}

// missing invents a setting that diverged for all seeds, one that diverged for
// a single seed, and one that has not run.
func (s sampleStudy) missing(arm, target, method string, ratio float64, seed uint64) string {
	switch {
	case arm == s.lost && s.lost != "" && ratio == 0:
		return "diverged"
	case arm == s.lost && s.lost != "":
		return "the network it starts from diverged or failed"
	case !s.broken || method != "magnitude":
	case arm == "L1" && target == "all" && ratio == 0.95:
		return "diverged"
	case arm == "L2" && target == "all" && ratio == 0.98 && seed == 1:
		return "diverged"
	case arm == "L2" && target == s.layers[0].name && ratio == 0.8:
		return "not run yet"
	}
	return ""
}

// input is the study as plots gets it.
func (s sampleStudy) input() Input {
	p := trial.Plan{Schema: trial.Schema, Study: s.name, Arms: s.arms, Split: trial.Validation}
	for _, l := range s.layers {
		p.Layers, p.Kinds = append(p.Layers, l.name), append(p.Kinds, l.kind)
	}
	in := Input{Plan: p, Curves: s.curves()}
	if s.groups { // those of the larger networks
		in.Findings = sampleFindings()
	}
	s.addOutcomes(&in)
	in.follow()
	return in
}

// follow takes the courses of training from the outcomes.
func (in *Input) follow() {
	var cells []group.Cell
	for _, c := range in.Plan.Cells {
		l := group.Labels{Series: c.Series, Requested: c.Requested, Round: c.Round, Retrain: c.Retrain, Role: c.Role}
		m := group.Member{Seed: c.Seed, Key: c.Key}
		if i := slices.IndexFunc(in.Outcomes, func(o trial.Outcome) bool { return o.Key == c.Key }); i >= 0 {
			m.Outcome = &in.Outcomes[i]
		}
		cells = append(cells, group.Cell{Labels: l, Members: []group.Member{m}})
	}
	in.Courses = course.All(cells)
}

// addOutcomes invents the dense networks and the trials at 0.9 of all layers.
func (s sampleStudy) addOutcomes(in *Input) {
	spec := trial.Spec{Data: dataset.Config{Name: "invented data"}}
	in.Plan.Trials = []trial.Spec{spec}
	for _, arm := range s.arms {
		for seed := range uint64(s.seeds) {
			base := trial.Key(fmt.Sprintf("dense-%s-%d", arm, seed))
			in.Plan.Cells = append(in.Plan.Cells, trial.Cell{Series: trial.Series{Arm: arm}, Role: trial.Dense, Seed: seed, Key: base})
			if arm == s.lost {
				in.Outcomes = append(in.Outcomes, trial.Outcome{Key: base, Status: trial.Diverged, Error: "loss not finite in epoch 1"})
				continue
			}
			in.Outcomes = append(in.Outcomes, trial.Outcome{Key: base, Status: trial.Done, Result: trial.Result{History: history(12, 0.6, 1.2, noise(seed, arm))}})
			for _, ratio := range s.ratios {
				key := trial.Key(fmt.Sprintf("%v-%s-%d", ratio, arm, seed))
				role := trial.Point
				if ratio == 0 {
					role = trial.Control
				}
				in.Plan.Cells = append(in.Plan.Cells, trial.Cell{Series: trial.Series{Arm: arm, Target: "all", Method: trial.Plain(), Parameter: trial.Ratio},
					Requested: ratio, Round: 1, Retrain: true, Role: role, Seed: seed, Key: key})
				o := trial.Outcome{Key: key, Status: trial.Done}
				if s.missing(arm, "all", "magnitude", ratio, seed) == "diverged" {
					o.Status, o.Error = trial.Diverged, "loss not finite in epoch 4"
					o.Result.History = history(3, 0.1+ratio*ratio, 0.5, noise(seed, arm))
				} else {
					o.Result.History = history(30, 0.02+0.2*math.Pow(ratio, 8), 0.5, noise(seed, arm))
					for _, l := range s.layers {
						o.Result.Layers = append(o.Result.Layers, layerResult(arm, l, ratio))
					}
				}
				in.Outcomes = append(in.Outcomes, o)
			}
		}
	}
}

func history(epochs int, end, start, jitter float64) train.History {
	var h train.History
	for e := 1; e <= epochs; e++ {
		loss := end*0.1 + start*math.Exp(-float64(e)/4) + 0.02*math.Abs(jitter)/float64(e)
		h = append(h, train.Epoch{Epoch: e, Loss: loss, Accuracy: 1 - loss/4, LR: 0.1})
	}
	return h
}

// layerResult invents Laplace or normal weights, cuts the small ones and lets
// the others grow.
func layerResult(arm string, l sampleLayer, ratio float64) trial.LayerResult {
	const bins = 64
	std := 1 / math.Sqrt(float64(l.size)/float64(l.macs/l.size+20)+20)
	density := func(w float64) float64 {
		if arm == "L2" {
			return math.Exp(-w * w / (2 * std * std))
		}
		return math.Exp(-math.Abs(w) * 2 / std)
	}
	before := &trial.Histogram{Lo: -5 * std, Hi: 5 * std, Counts: make([]int, bins)}
	after := &trial.Histogram{Lo: -6 * std, Hi: 6 * std, Counts: make([]int, bins)}
	var total float64
	for i := range bins {
		total += density(before.Lo + (float64(i)+0.5)*10*std/bins)
	}
	threshold := std * (1.645 + 2*(ratio-0.9))
	for i := range bins {
		w := before.Lo + (float64(i)+0.5)*10*std/bins
		before.Counts[i] = int(density(w) / total * float64(l.size))
		w = after.Lo + (float64(i)+0.5)*12*std/bins
		if math.Abs(w) > threshold*0.8 {
			after.Counts[i] = int(1.2 * density(w/1.15) / total * float64(l.size) / (1 + math.Exp(-(math.Abs(w)-threshold)/(0.1*std))))
		}
	}
	return trial.LayerResult{Name: l.name, Kind: nn.Kind(l.kind), Size: l.size, Removed: int(ratio * float64(l.size)),
		Threshold: &threshold, Before: before, After: after, MACs: int((1 - ratio) * float64(l.macs)), DenseMACs: l.macs}
}
