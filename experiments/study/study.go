package study

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"

	"prunelab/experiments/figure"
	"prunelab/experiments/trial"
)

// Study is a study file resolved: nothing in it is left to a default.
type Study struct {
	Name     string
	Comment  string   // the head comment: question, paper, expectation, cost
	History  []string // what was tried before, on which seeds, with which result; in no key and no plan
	Data     dataset.Config
	Source   string            // the data set as the file names it: Data.Name, or with a folder
	Network  string            // the built-in network's name; "" when described by its layers
	File     string            // of the network that was trained elsewhere, as the study names it; "": it is trained here
	Entry    string            // where in that file its state dict is, as "state_dict"; "" finds it
	Sum      string            // SHA-256 of that file, hex; "": any
	Names    map[string]string // what its layers, or tensors, are called in the file where they have other names there
	Zeros    bool              // exact zeros of that network are weights like others, not weights that were removed
	Trained  *nn.Network       // that network, once Take has read it
	Net      nn.Config         // as Data, of the arms that do not say otherwise
	Seeds    []uint64          // ascending as given
	Evaluate trial.Split
	Top      int          // how many of a network's answers count beside the first; 0: by train.TopOf
	Pilot    *trial.Pilot // where the strengths of the regularizers were chosen; nil: not said
	Primary  []string     // claims that get verdicts, see Claims; nil: not said
	Keep     bool         // the weights of every trial, not only of those that others start from
	Arms     []Arm
	Sweeps   []Sweep
	Figures  []figure.Request // drawn beside those of every report; in no key and no plan

	info   dataset.Info
	layers []nn.LayerCost // layers with weights, in order; the arms' have the same names
	fileAt place
}

// keepWeights is what the key keep says of a study whose trials keep their
// weights.
const keepWeights = "weights"

// keepZeros is what the network's key zeros says where its zeros stay weights like
// others; unsaid they are adopted.
const keepZeros = "keep"

// maxSeeds bounds the replicates of a study.
const maxSeeds = 1000

// Parse reads a study file. The name stands for it in errors, which are
// Faults; each of the overrides has the form path=value and replaces or adds a
// value before decoding, and has to change what is run; lookup finds its data set and
// its network's file.
func Parse(name string, text []byte, overrides []string, lookup Lookup) (*Study, error) {
	known := newMemory()
	s, err := read(name, text, overrides, known.keep(lookup))
	without := func(n int) (*Study, error) { return read(name, text, overrides[:n], known.recall()) }
	if err != nil {
		return nil, blame(err, overrides, without)
	}
	return s, unheard(overrides, without)
}

// read parses and decodes a study with overrides.
func read(name string, text []byte, overrides []string, lookup Lookup) (*Study, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors mark UTF-8 so
	root, err := parse(newSource(name, text), text)
	if err != nil {
		return nil, err
	}
	if root.kind == null {
		return nil, Faults{{Source: name, Message: "is empty; start from: prunelab studies " + Defaults()[0] + " > my-study.yaml"}}
	}
	for _, o := range overrides {
		if err := override(root, o); err != nil {
			return nil, err
		}
	}
	d := &decoder{lookup: lookup}
	d.unreachable(root)
	s := d.study(root)
	if err := d.err(); err != nil {
		return nil, err
	}
	s.Comment = HeadComment(text)
	return s, nil
}

// study decodes the whole tree, what later parts need first.
func (d *decoder) study(n *node) *Study {
	s := &Study{}
	o := d.object(n, "name", "data", "network", "init", "seeds", "evaluate", "top", "keep", "strengths", "primary", "history", "train", "arms", "retrain", "sweeps", "figures")
	if o.n == nil {
		return s
	}
	required := func(key, example string) *node {
		v := o.get(key)
		if v == nil && n.get(key) == nil {
			d.fail(n.at, "the study has no %s; add %s", key, example)
		}
		return v
	}
	if v := required("name", "name: my-study"); v != nil {
		s.Name = d.name(v)
	}
	if v := required("seeds", "seeds: 5"); v != nil {
		s.Seeds = d.seeds(v)
	}
	s.Evaluate = saidOr(o, "evaluate", word(d, trial.Validation, trial.Test), trial.Validation)
	s.Keep = saidOr(o, "keep", word(d, keepWeights, "none"), "none") == keepWeights
	if v := o.get("strengths"); v != nil {
		s.Pilot = d.pilot(v)
	}
	if v := o.get("primary"); v != nil {
		for _, it := range d.items(v) {
			claim := d.choice(it, Claims...)
			if slices.Contains(s.Primary, claim) {
				d.fail(it.at, "the claim %s is named twice", claim)
			}
			s.Primary = append(s.Primary, claim)
		}
	}
	if v := o.get("history"); v != nil {
		s.History = d.history(v)
	}
	data := required("data", "data: {name: mnist, validation: 5000}")
	network := required("network", "network: lenet-300-100")
	if data == nil || network == nil || !d.dataAndNetwork(s, data, network, o.get("init")) {
		return s // what follows needs both
	}
	if v := o.get("top"); v != nil {
		s.Top = d.top(v, s.info.Classes)
	}
	if !d.arms(s, n, o, network) {
		return s // likewise
	}
	if v := required("sweeps", "sweeps: [{targets: [all], ratios: [0.5, 0.9]}]"); v != nil {
		for _, it := range d.items(v) {
			s.Sweeps = append(s.Sweeps, d.sweep(it, s))
		}
		d.needsTraining(s, data, v)
	}
	if v := o.get("figures"); v != nil {
		var arms []string
		for _, a := range s.Arms {
			arms = append(arms, a.Name)
		}
		s.Figures = d.figures(v, arms, s.layerNames())
	}
	if d.err() == nil {
		d.size(s, n)
	}
	return s
}

// dataAndNetwork reads both and reports whether they were in order.
func (d *decoder) dataAndNetwork(s *Study, data, network, initAt *node) bool {
	before := len(d.faults)
	if file := fileOf(network); file != nil {
		s.File, s.fileAt = d.path(file), file.at
		d.trained = true
	}
	d.inFile(s, network)
	if zeros := (object{network}).get("zeros"); network.kind == mapping && zeros != nil {
		if s.Zeros = d.choice(zeros, "adopt", keepZeros) == keepZeros; !d.trained {
			d.fail(zeros.at, "zeros says what zeros in the file of a network are; remove it, or name the file")
		}
	}
	s.Data, s.info = d.data(data)
	if len(d.faults) > before {
		return false
	}
	s.Source = data.get("name").text
	if s.Evaluate == trial.Validation && s.Data.Validation == 0 {
		add := fmt.Sprintf("validation: %d", min(5000, max(1, s.info.Train/10)))
		if s.info.Train == 0 {
			add = fmt.Sprintf("validation: %d and validation_of: test", max(1, s.info.Test/2))
		}
		d.fail(data.at, "the study evaluates on the validation split, which is empty; add %s to data, or evaluate: test for a frozen recipe", add)
	}
	shape, err := s.info.Shape.Pick(s.Data.Channels)
	if err != nil {
		panic("study: " + err.Error()) // d.data has checked it
	}
	s.Net = d.network(network, initAt, shape, s.info.Classes)
	if len(d.faults) > before {
		return false
	}
	s.Network = builtinName(network)
	s.layers, _ = s.Net.Costs() // d.network has called it
	return true
}

// top reads how many answers of a network count, of so many classes.
func (d *decoder) top(n *node, classes int) int {
	if classes <= 2 {
		d.fail(n.at, "%s: there are %s, of which the first answer alone says something; remove it", n.describe(), trial.Counted(classes, "class"))
		return 0
	}
	top := d.integer(n, 2, classes-1)
	if top == train.TopOf(0, classes) { // the rule, which is in no key
		return 0
	}
	return top
}

// needsTraining refuses what needs training images where the data have none.
func (d *decoder) needsTraining(s *Study, data, sweeps *node) {
	if s.info.Train > 0 || d.err() != nil {
		return
	}
	const add = "; add a folder train beside test, with a folder for each class"
	if !d.trained {
		d.fail(data.at, "%s has no training images, and the network is to be trained here%s", s.Data.Name, add)
		return
	}
	for i, w := range s.Sweeps {
		what := ""
		switch {
		case w.Retrain:
			what = "retraining; say retrain: false"
		case w.BatchNorm != nil:
			what = "estimating statistics of batch normalisation anew; leave that out"
		case w.Proxies:
			what = "proxies; leave them out"
		}
		if what != "" {
			d.fail(sweeps.items[i].at, "%s has no training images, which are needed for %s, or%s", s.Data.Name, what, strings.TrimPrefix(add, ";"))
		}
	}
}

// builtinName is the name of a built-in network, "" of a described one.
func builtinName(n *node) string {
	if n.kind == mapping {
		n = n.get("name")
	}
	if n == nil || n.kind != scalar {
		return ""
	}
	return n.text
}

// name reads a name that is also that of a folder.
func (d *decoder) name(n *node) string {
	s := d.text(n)
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || strings.HasPrefix(s, ".") {
		d.fail(n.at, "%s names a folder: letters, digits, -, _ and . are allowed, not as .first", n.describe())
	}
	return s
}

// seed reads one seed.
func (d *decoder) seed(n *node) uint64 {
	if n.kind == scalar && !n.quoted {
		if v, err := strconv.ParseUint(n.text, 10, 64); err == nil {
			return v
		}
	}
	d.fail(n.at, "%s is not a whole number of at least 0", n.describe())
	return 0
}

// seeds reads a number of seeds, 1 to n, or a list.
func (d *decoder) seeds(n *node) []uint64 {
	var seeds []uint64
	if n.kind != sequence {
		for i := range d.integer(n, 1, maxSeeds) {
			seeds = append(seeds, uint64(i+1))
		}
		return seeds
	}
	seen := map[uint64]bool{}
	for _, it := range d.items(n) {
		seed := d.seed(it)
		if seen[seed] {
			d.fail(it.at, "the seed %d is there twice", seed)
		}
		seen[seed] = true
		seeds = append(seeds, seed)
	}
	if len(seeds) > maxSeeds {
		d.fail(n.at, "%d seeds; at most %d are allowed", len(seeds), maxSeeds)
	}
	return seeds
}

// pilot reads where the strengths come from: {from: NAME, seeds: ...}.
func (d *decoder) pilot(n *node) *trial.Pilot {
	o := d.object(n, "from", "seeds")
	if o.n == nil {
		return nil
	}
	from, seeds := o.get("from"), o.get("seeds")
	if from == nil || seeds == nil {
		d.fail(n.at, "strengths says which study chose them and on which pilot seeds: strengths: {from: strength-lenet-300-100, seeds: [1001, 1002, 1003]}")
		return nil
	}
	return &trial.Pilot{Study: d.name(from), Seeds: d.seeds(seeds)}
}

// maxCells bounds what a study asks for, so that a slip of the pen is noticed
// before it fills a disk.
const maxCells = 100_000

// size refuses a study of absurd size.
func (d *decoder) size(s *Study, n *node) {
	cells := float64(len(s.Arms))
	for _, w := range s.Sweeps {
		points := float64(len(w.Amounts))
		if w.Iterative != nil {
			rounds := float64(len(w.Iterative.rounds(w.Amounts)))
			if points = 2 * rounds; w.Iterative.EqualSteps {
				points += rounds * float64(len(w.Amounts))
			}
		}
		cells += float64(len(w.Arms)) * float64(len(w.Targets)) * points
	}
	if cells *= float64(len(s.Seeds)); cells > maxCells {
		d.fail(n.at, "the study asks for about %.0f trials; at most %d are allowed, so split it into several studies", math.Ceil(cells), maxCells)
	}
}

func (s *Study) layerNames() []string {
	names := make([]string, len(s.layers))
	for i, l := range s.layers {
		names[i] = l.Name
	}
	return names
}

// TrainSamples is the number of images that the study trains on.
func (s *Study) TrainSamples() int { return trainSize(s.Data, s.info) }

// EvaluationSamples is the number of images that a network is scored on.
func (s *Study) EvaluationSamples() int {
	switch {
	case s.Evaluate == trial.Validation:
		return s.Data.Validation
	case s.Data.TestSamples > 0:
		return s.Data.TestSamples
	}
	return s.Data.Tests(s.info.Test)
}

// HeadComment is the text of the comment that a file begins with.
func HeadComment(text []byte) string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n\t ")
		if !strings.HasPrefix(line, "#") {
			break
		}
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
	}
	return strings.Join(lines, "\n")
}
