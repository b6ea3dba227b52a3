// Package scan makes, of a network that somebody brings, the study that prunes every
// layer of it alone, and says what the network is and how well it does as it came.
package scan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis/stats"
	"prunelab/analysis/table"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/tensors"
	"prunelab/model/train"
)

// Options are what a scan has to be told.
type Options struct {
	Name         string
	File         string
	Architecture string            // a built-in network; none: the file says it; or
	Described    string            // its layers, a list as in a study file
	Key          string            // the entry of the file that has it; "" finds it
	Names        map[string]string // what layers or tensors are called in the file
	KeepZeros    bool              // weights that are 0 in the file are not taken for removed ones
	Data         string
	Reading      dataset.Reading // of images of the user's
	Normalise    Normalise
	Layers       []string // none: each
	Ratios       []float64
	Until        float64              // of Ratios visit those that a bisection takes to where the accuracy loss exceeds this, a fraction; 0: all
	Visits       map[string][]float64 // of each layer those ratios, ascending
	Train        int                  // training images of the data
	Tests        int                  // test images of the data
	Held         bool                 // validation images are of the test set, which keeps the others to report on
	Test         bool                 // scored on the test images
	Images       int                  // of the test or validation images, so many; 0: all
	Retrain      int                  // epochs; 0: none
	Reestimate   int                  // training images for statistics of batch normalisation, beside those that were saved; 0: none
	Seeds        int
	Top          int // how many answers count beside the first; 0: by train.TopOf
}

// Normalise says how the images are scaled: by mean and standard deviation of each
// channel, or by a word of the study's data.
type Normalise struct {
	Mean, SD []float64
	Word     string
}

// The validation split is a sixth of the training images, or half of the test images, at
// most so many.
const validation = 5000

// Study is the text of the study.
func Study(o Options, command string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Which layers of the network in this file can be pruned, and how far?")
	line("# Every layer alone, by the magnitude of its weights.")
	if o.Held {
		line("# Chosen on %d images that are drawn from the %d of the test set, reported on the others", o.validation(), o.Tests)
		line("# (evaluate: test, or prunelab recommend --check --test).")
	}
	if o.Train == 0 {
		line("# The data have no training images, so nothing here was trained or chosen on any.")
	}
	line("# Command: %s", command)
	line("name: %s", strconv.Quote(o.Name))
	line("data: {name: %s%s, validation: %d%s, split_seed: 1%s%s}", strconv.Quote(o.Data), o.reading(), o.validation(), o.held(), o.test(), o.Normalise.yaml())
	file := []string{"file: " + strconv.Quote(o.File)}
	if o.Key != "" {
		file = append(file, "key: "+strconv.Quote(o.Key))
	}
	if len(o.Names) > 0 {
		var names []string
		for _, ours := range slices.Sorted(maps.Keys(o.Names)) {
			names = append(names, strconv.Quote(ours)+": "+strconv.Quote(o.Names[ours]))
		}
		file = append(file, "names: {"+strings.Join(names, ", ")+"}")
	}
	if o.KeepZeros {
		file = append(file, "zeros: keep")
	}
	switch {
	case o.Described != "":
		line("network:\n  %s\n  layers:\n"+described+"%s", strings.Join(file, "\n  "), strings.ReplaceAll(strings.TrimRight(o.Described, " \n"), "\n", "\n"+described))
	case o.Architecture != "":
		file = append(file, "name: "+strconv.Quote(o.Architecture))
		fallthrough
	default:
		line("network: {%s}", strings.Join(file, ", "))
	}
	line("seeds: %d", o.Seeds)
	split := "validation"
	if o.Test {
		split = "test"
	}
	line("evaluate: %s", split)
	if o.Top > 0 {
		line("top: %d", o.Top)
	}
	penalty := ""
	if o.Retrain > 0 {
		penalty = ", l2: 5e-4"
	}
	line("train: {epochs: %d, batch: %d%s, optimizer: {sgd: {lr: 0.01, momentum: 0.9}}, schedule: constant}", max(1, o.Retrain), max(1, min(128, o.trains())), penalty)
	if o.Retrain > 0 {
		line("retrain: {epochs: %d}", o.Retrain)
	}
	var targets []string
	for _, l := range o.Layers {
		targets = append(targets, "{layer: "+strconv.Quote(l)+"}")
	}
	if len(targets) == 0 {
		targets = []string{"each"}
	}
	line("sweeps:")
	sweep := func(targets string, ratios []float64, until string) {
		text := fmt.Sprintf("targets: [%s], ratios: %s, retrain: %t", targets, list(ratios), o.Retrain > 0)
		line("  - {%s%s}", text, until)
		if o.Reestimate > 0 {
			line("  - {%s%simages: %d, batch: 128}}", text, reestimated, o.Reestimate)
		}
	}
	if o.Until == 0 {
		sweep(strings.Join(targets, ", "), o.Ratios, "")
		return b.String()
	}
	for _, l := range o.Layers {
		sweep("{layer: "+strconv.Quote(l)+"}", o.Visits[l], fmt.Sprintf(", until: {loss: %s, grid: %s}", strconv.FormatFloat(o.Until, 'g', -1, 64), list(o.Ratios)))
	}
	return b.String()
}

// reestimated begins what --reestimate adds to a sweep.
const reestimated = ", batchnorm: {"

// Of returns the options with the layers of a network that are pruned named.
func (o Options) Of(net *nn.Network) Options {
	if len(o.Layers) == 0 {
		for _, a := range net.Affines() {
			o.Layers = append(o.Layers, a.Name)
		}
	}
	return o
}

// reading says how images of the user's are read.
func (o Options) reading() (said string) {
	if o.Reading.Resize > 0 {
		said += fmt.Sprintf(", resize: %d", o.Reading.Resize)
	}
	if o.Reading.Colour {
		said += ", colour: true"
	}
	if o.Reading.Background != "" {
		said += ", background: " + o.Reading.Background
	}
	if order := o.Reading.Ordered(); order != nil {
		for i, name := range order {
			order[i] = strconv.Quote(name)
		}
		said += ", classes: [" + strings.Join(order, ", ") + "]"
	}
	return said
}

func (o Options) validation() int {
	if !o.Test && o.Images > 0 {
		return o.Images
	}
	if o.Held {
		return min(validation, o.Tests/2)
	}
	return min(validation, o.Train/6)
}

// trains is how many images are left for training.
func (o Options) trains() int {
	if o.Held {
		return o.Train
	}
	return o.Train - o.validation()
}

func (o Options) held() string {
	if o.Held {
		return ", validation_of: " + dataset.OfTest
	}
	return ""
}

func (o Options) test() string {
	if o.Test && o.Images > 0 {
		return fmt.Sprintf(", test_samples: %d", o.Images)
	}
	return ""
}

// Left is how many test images there are to report on.
func (o Options) Left() string {
	if o.Held {
		return fmt.Sprintf("the other %d", o.Tests-o.validation())
	}
	return "the"
}

// About says what may be concluded from the images that the network is scored on.
func (o Options) About() string {
	switch {
	case o.Test:
		return "Nothing may be chosen on these images: what was is reported on them."
	case o.Held:
		s := fmt.Sprintf("These are drawn from the %d test images, to choose on; the other %d are left to report on.", o.Tests, o.Tests-o.validation())
		if o.Train == 0 {
			s = "There are no training images. " + s
		}
		return s
	}
	return "The network may have been trained on these images; its accuracy on others may be lower, and its layers may seem easier to prune. --validation-of test takes a part of the test images in their place."
}

// list is a list of numbers in a study.
func list(vs []float64) string {
	var all []string
	for _, v := range vs {
		all = append(all, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func (n Normalise) yaml() string {
	if n.Word != "" {
		return ", normalise: " + strconv.Quote(n.Word)
	}
	if n.Mean != nil {
		return fmt.Sprintf(", normalise: {mean: %s, std: %s}", list(n.Mean), list(n.SD))
	}
	return ""
}

// Layers is the network as it was understood: every layer with weights, what it reads,
// the shape that it emits, its weights and multiply-adds, and what follows it up to
// the next one.
func Layers(net *nn.Network) (table.Table, error) {
	t := table.Table{
		Name: "network", Title: "The network as it was understood",
		Columns: slices.Concat(table.Lefts("layer", "reads"), table.Rights("emits", "weights", "removed", "multiply-adds"), table.Lefts("then")),
		Notes:   []string{"Emits: channels x height x width. Removed: weights that the file has as zeros, taken for removed before; they stay so."},
	}
	nodes, err := net.Config.Nodes()
	if err != nil {
		return t, err
	}
	var weights, removed, macs int
	for i, n := range nodes {
		a := net.Affine(n.Name)
		if a == nil {
			continue
		}
		gone := a.W.Size() - a.W.Left()
		weights, removed, macs = weights+a.W.Size(), removed+gone, macs+a.Cost.MACs
		var then []string
		for _, next := range nodes[i+1:] {
			if next.HasWeights() {
				break
			}
			word := string(next.Kind)
			if len(next.Reads) > 1 {
				word += " " + strings.Join(next.Reads, " + ")
			}
			then = append(then, word)
		}
		t.Rows = append(t.Rows, slices.Concat(table.Texts(n.Title, strings.Join(n.Reads, ", "), n.Out.String()),
			[]table.Cell{table.Int(a.W.Size()), table.Int(gone), table.Int(a.Cost.MACs)}, table.Texts(strings.Join(then, ", "))))
	}
	t.Rows = append(t.Rows, slices.Concat(table.Texts("all", "", ""), []table.Cell{table.Int(weights), table.Int(removed), table.Int(macs)}, table.Texts("")))
	return t, nil
}

// Tensors is what was taken for what.
func Tensors(a tensors.Assignment) table.Table {
	head, rows := a.Table()
	t := table.Table{Name: "tensors", Title: "The tensors of the file, and what they are in the network", Columns: table.Lefts(head...)}
	for _, r := range rows {
		t.Rows = append(t.Rows, table.Texts(r...))
	}
	return t
}

// Baseline is how well a network does as it came.
type Baseline struct {
	Split    string
	Score    train.Evaluation
	Accuracy stats.Estimate
	Top      stats.Estimate // the right class is among the first Score.Top.K answers; N = 0: that was not counted
	Worst    Class          // the class with the lowest accuracy
	Best     Class
	Chance   float64 // of whoever answers the commonest class, whatever the image; at least 1 / classes
}

// Class is one class with the accuracy on its images.
type Class struct {
	Name     string
	Accuracy float64
	Images   int
}

// Measured describes an evaluation on a set of images.
func Measured(split string, e train.Evaluation, set *dataset.Set, classes int) (Baseline, error) {
	b := Baseline{Split: split, Score: e, Chance: 1 / float64(classes)}
	var err error
	if b.Accuracy, err = stats.Wilson(e.Correct, e.N, 0.95); err != nil {
		return b, err
	}
	if t := e.Top; t != nil {
		if b.Top, err = stats.Wilson(t.Correct, e.N, 0.95); err != nil {
			return b, err
		}
	}
	right, all := make([]int, classes), make([]int, classes)
	for i, label := range set.Labels {
		all[label]++
		if e.Bits[i/8]>>(i%8)&1 == 1 {
			right[label]++
		}
	}
	b.Worst.Accuracy = 2
	for k, n := range all {
		if n == 0 {
			continue
		}
		b.Chance = max(b.Chance, float64(n)/float64(e.N))
		c := Class{set.Class(k), float64(right[k]) / float64(n), n}
		if c.Accuracy < b.Worst.Accuracy {
			b.Worst = c
		}
		if c.Accuracy >= b.Best.Accuracy {
			b.Best = c
		}
	}
	return b, nil
}

// AtChance reports whether the network cannot be told from guessing.
func (b Baseline) AtChance() bool { return b.Accuracy.Lo <= b.Chance }

func (b Baseline) String() string {
	top := ""
	if t := b.Score.Top; t != nil {
		top = fmt.Sprintf("; of %d the right class is among the first %d answers, %.2f %% [%.2f, %.2f]", t.Correct, t.K, 100*b.Top.Value, 100*b.Top.Lo, 100*b.Top.Hi)
	}
	return fmt.Sprintf("%s images: %d of %d are classified correctly, %.2f %% [%.2f, %.2f] (95 %% Wilson interval over images)%s, cross-entropy %.4f; by class from %.1f %% (class %s) to %.1f %% (class %s)",
		b.Split, b.Score.Correct, b.Score.N, 100*b.Accuracy.Value, 100*b.Accuracy.Lo, 100*b.Accuracy.Hi, top, b.Score.Loss,
		100*b.Worst.Accuracy, b.Worst.Name, 100*b.Best.Accuracy, b.Best.Name)
}

// Advice is what to look at when a network is at chance.
const Advice = `it does no better than guessing, so nothing was pruned. Most likely the images are not what it was trained on:
  --mean and --std   what it was normalised by, as --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 for (byte/255 - mean)/std
  --scale            0..1 for byte/255, 0..255 for the byte
  --classes          classes in another order: label 0 is the first class folder by name
                     unless a file of this flag says otherwise, or the label 0 of the file
  --on               another data set
  --architecture     other strides or paddings have the same weights`
