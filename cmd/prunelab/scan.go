package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"prunelab/cmd/prunelab/internal/scan"
	"prunelab/experiments/study"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/tensors"
	"prunelab/model/train"
)

type scanCmd struct {
	File         string            `arg:"" help:"The network: an ONNX model, or a file of safetensors or of torch.save." type:"path"`
	Architecture string            `placeholder:"NAME" help:"What the network is, where the file has its weights alone: a built-in one, or a file with a list of layers as in a study."`
	Key          string            `placeholder:"KEY" help:"Which entry of a file of torch.save is the network, as state_dict or ema; found unless several could be."`
	Names        map[string]string `placeholder:"LAYER=NAME,..." mapsep:"," help:"What layers, or tensors, are called in the file where names differ: conv1=features.0."`
	On           string            `name:"on" placeholder:"DATA" required:"" help:"Data set that it was made for, as in a study: mnist, cifar-10, images:DIR, ..."`
	Mean         []float64         `sep:"," placeholder:"M,..." help:"Mean of each channel that images were normalised by, with bytes as 0..1."`
	Std          []float64         `sep:"," placeholder:"S,..." help:"Standard deviation of each channel, likewise."`
	Scale        string            `placeholder:"RANGE" help:"Images as they are: 0..1 for byte/255, 0..255 for the byte. Unless this or --mean and --std are said, images are normalised by the training images."`
	Layers       []string          `sep:"," placeholder:"L,..." help:"Prune these layers (default: each)."`
	Ratios       []float64         `sep:"," placeholder:"R,..." default:"0.3,0.5,0.7,0.8,0.9,0.95" help:"Fractions of a layer's weights to remove (default: ${default})."`
	Until        budget            `placeholder:"5pp" help:"Visit of the ratios only those that a bisection takes to where a layer's accuracy loss exceeds this; the others are marked as not visited."`
	Split        string            `enum:"validation,test" default:"validation" help:"Images to score on: validation (default) or test. Ratios can be chosen on the first alone."`
	ValidationOf string            `name:"validation-of" enum:"train,test" default:"train" help:"Validation images are cut from the training images (default) or, for a network that has been trained on these, from the test images, whose other part is left to report on."`
	Images       *int              `placeholder:"N" help:"Score on N images alone, for a first look."`
	Top          int               `placeholder:"K" help:"Count also the images whose right class is among the first K answers (of 20 classes and more: 5)."`
	Reestimate   int               `placeholder:"N" help:"Measure every pruned network also with statistics of batch normalisation estimated anew on N training images, a multiple of 128."`
	Retrain      int               `placeholder:"EPOCHS" help:"Retrain every pruned network, and an unpruned one as its control."`
	Seeds        int               `placeholder:"N" help:"Repeat each retraining (default: 3); without one there is nothing to repeat."`
	KeepZeros    bool              `help:"Take weights that are exactly 0 in the file for weights like others, and not for removed ones."`
	Resize       int               `placeholder:"PIXELS" help:"Of images:DIR: scale so that the shorter side is that and keep the middle square, as resize in a study."`
	Colour       bool              `help:"Of images:DIR: make grey images three channels."`
	Classes      string            `placeholder:"FILE" help:"Of images:DIR: the classes in the order of the network's outputs, a folder's name on each line. Unless this is said they have the order of the folders' names."`
	Background   string            `enum:"black,white," default:"" help:"Of images:DIR: what lies behind transparent pixels, black or white."`
	dataFlags
	outFlag
	crewFlags
}

func (*scanCmd) Help() string {
	return `Says what the network is, as it was understood, and how well it does as it came,
with the interval over images. Where that is no better than guessing it stops and
says what to look at. Otherwise every layer is pruned alone, by magnitude, over a
grid of ratios, and the report has what each of them loses. The study that does so
is study.yaml in the results folder, for another run with changes.

  prunelab scan resnet20.th --architecture resnet-20 --on cifar-10 \
      --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  prunelab scan net.onnx --on mnist --scale 0..255      an ONNX model says what it is
  prunelab scan resnet20.th ... --images 1000           a first look
  prunelab scan resnet20.th ... --retrain 2             with retraining, on three seeds
  prunelab scan resnet20.th ... --reestimate 1280       how much of a loss is batch norm's
  prunelab recommend results/scan-resnet20 --budget 1pp  ratios for all layers, of one`
}

// Run scans the network.
func (c *scanCmd) Run(s *session) error {
	crew, err := c.crew()
	if err != nil {
		return err
	}
	o, err := c.options()
	if err != nil {
		return usageError{err}
	}
	if err := c.find(s, &o); err != nil {
		return err
	}
	if err := c.trainless(&o); err != nil {
		return usageError{err}
	}
	parse := func(o scan.Options) (loaded, error) {
		text := scan.Study(o, "prunelab "+strings.Join(os.Args[1:], " "))
		one, err := s.parse(o.Name+".yaml", []byte(text), nil, c.dataFlags)
		if err != nil {
			err = o.Blame(text, err)
		}
		return one, err
	}
	whole := o
	whole.Until = 0
	one, err := parse(whole)
	if err != nil {
		return err
	}
	if err := s.introduce(one, c.Split, o); err != nil {
		return err
	}
	dirs, err := c.dirs([]loaded{one})
	if err != nil {
		return err
	}
	if o.Until == 0 {
		err = s.run(one, dirs[0], crew, false)
	} else {
		err = c.bisect(s, o.Of(one.Trained), dirs[0], func(o scan.Options, extend bool) error {
			step, err := parse(o)
			if err != nil {
				return err
			}
			step.ready = one.ready
			return s.run(step, dirs[0], crew, extend)
		})
	}
	if err != nil {
		return err
	}
	if c.Split == "validation" {
		fmt.Fprintf(s.stdout, "prunelab recommend %s --budget 1pp recommends a ratio for each layer; with --check --test all of them together are measured on %s test images, which nothing was chosen on\n", dirs[0], o.Left())
	}
	return nil
}

// find looks for the data, whose size decides about the validation split. A folder is
// taken from here, wherever the study will lie.
func (c *scanCmd) find(s *session, o *scan.Options) error {
	kind, folder, err := dataset.ParseName(c.On)
	if err != nil {
		return usageError{err}
	}
	from := c.source()
	if folder != "" {
		if folder, err = filepath.Abs(folder); err != nil {
			return err
		}
		folder = s.moved(folder, from)
		o.Data, from.Folder = kind+":"+folder, folder
	}
	info, err := dataset.Identify(o.Data, o.Reading, from)
	o.Train, o.Tests = info.Train, info.Test
	return err
}

// trainless settles, for data without training images, what is chosen on: a part of the
// test images, whose others are left to report on.
func (c *scanCmd) trainless(o *scan.Options) error {
	if o.Train > 0 {
		return nil
	}
	const none = "%s has no training images: there is no folder train"
	switch {
	case c.Retrain > 0:
		return fmt.Errorf("--retrain: "+none+" in it; leave --retrain out, or add one", c.On)
	case c.Reestimate > 0:
		return fmt.Errorf("--reestimate: "+none+" in it, from which statistics could be estimated; leave --reestimate out, or add one", c.On)
	case c.Mean == nil && c.Scale == "":
		return fmt.Errorf(none+" whose mean and standard deviation images could be normalised by; say what the network reads, with --mean and --std or with --scale", c.On)
	case c.Split == "validation" && o.Tests < 2:
		return fmt.Errorf(none+", and the %d images for scoring cannot be split into some to choose on and others to report on; give more, or --split test", c.On, o.Tests)
	}
	o.Held = !o.Test
	return nil
}

// notName is what the name of a study does without.
var notName = regexp.MustCompile(`[^\pL\pN._-]+`)

// options are what the flags say.
func (c *scanCmd) options() (scan.Options, error) {
	base := filepath.Base(c.File)
	name := notName.ReplaceAllString("scan-"+strings.TrimSuffix(base, filepath.Ext(base)), "-")
	o := scan.Options{
		Name: name, File: c.File, Architecture: c.Architecture, Key: c.Key, Names: c.Names, Data: c.On, Layers: c.Layers, Ratios: slices.Sorted(slices.Values(c.Ratios)), Until: float64(c.Until),
		Test: c.Split == "test", Held: c.ValidationOf == dataset.OfTest, Reestimate: c.Reestimate, Retrain: c.Retrain, Seeds: c.Seeds, Top: c.Top,
		Normalise: scan.Normalise{Mean: c.Mean, SD: c.Std, Word: c.Scale},
		KeepZeros: c.KeepZeros,
		Reading:   dataset.Reading{Resize: c.Resize, Colour: c.Colour, Background: c.Background},
	}
	if c.Classes != "" {
		names, err := readOrder(c.Classes)
		if err != nil {
			return o, fmt.Errorf("--classes: %w", err)
		}
		if o.Reading.Order, err = dataset.Order(names); err != nil {
			return o, fmt.Errorf("--classes: %w", err)
		}
		if !strings.HasPrefix(c.On, dataset.Images+":") {
			return o, fmt.Errorf("--classes gives folders of classes an order, as %s:DIR has them; %s has labels that are numbers, so leave it out", dataset.Images, c.On)
		}
	}
	if err := c.weightsAlone(); err != nil {
		return o, err
	}
	if c.Architecture != "" && !slices.Contains(nn.BuiltinNames(), c.Architecture) {
		text, err := os.ReadFile(c.Architecture)
		if err != nil {
			hint := ""
			if meant := study.ClosestNetwork(c.Architecture); meant != "" {
				hint = fmt.Sprintf("; did you mean %q?", meant)
			}
			return o, fmt.Errorf("--architecture %s is no built-in network (%s), and no file with a list of layers can be read there: %w%s", c.Architecture, strings.Join(nn.BuiltinNames(), ", "), err, hint)
		}
		if o.Described = string(text); strings.TrimSpace(o.Described) == "" || !utf8.ValidString(o.Described) {
			return o, fmt.Errorf("--architecture %s is a file without a list of layers; write a line for each, as - relu or - {dense: 10}", c.Architecture)
		}
	}
	if c.Images != nil {
		if o.Images = *c.Images; o.Images < 1 {
			return o, fmt.Errorf("--images %d: at least 1 image has to be scored; a first look takes some hundreds, and all are scored where nothing is said", o.Images)
		}
	}
	if o.Seeds == 0 {
		o.Seeds = 1
		if c.Retrain > 0 {
			o.Seeds = 3
		}
	}
	switch {
	case c.Scale != "" && (c.Mean != nil || c.Std != nil):
		return o, fmt.Errorf("--scale leaves images as they are, --mean and --std normalise them; give one of both")
	case len(c.Mean) != len(c.Std):
		return o, fmt.Errorf("--mean has %d values and --std %d; each channel needs one of both", len(c.Mean), len(c.Std))
	case c.Resize < 0 || c.Resize > dataset.MaxResized:
		return o, fmt.Errorf("--resize %d: 1 to %d pixels are possible", c.Resize, dataset.MaxResized)
	case c.Top < 0 || c.Top == 1:
		return o, fmt.Errorf("--top %d: the first answer always counts; give 2 or more, as --top 5", c.Top)
	case c.Retrain < 0 || c.Seeds < 0:
		return o, fmt.Errorf("--retrain and --seeds are numbers above 0")
	case c.Reestimate < 0 || c.Reestimate%128 != 0:
		return o, fmt.Errorf("--reestimate %d: images come in batches of 128, so it has to be a multiple of that, as 1280", c.Reestimate)
	case c.Seeds > 1 && c.Retrain == 0:
		return o, fmt.Errorf("--seeds %d: without --retrain nothing is drawn at random, and all of them would give the same", c.Seeds)
	}
	return o, nil
}

// weightsAlone is what is wrong with the network's file before anything of it is read:
// it is not there, or has weights without layers, and nobody says which.
func (c *scanCmd) weightsAlone() error {
	f, err := os.Open(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", c.File)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	first := make([]byte, tensors.Looked)
	n, _ := io.ReadFull(f, first) // what is wrong with it, reading says
	if format := tensors.FormatOf(first[:n]); c.Architecture == "" && n > 0 && format.Advice() == "" && format != tensors.ONNX {
		return fmt.Errorf("%s holds weights (%s) and does not say of which layers; name them with --architecture, a built-in network (%s) or a file with a list of layers, as - {conv: {filters: 20, kernel: 5}}, - relu and - {dense: 10}, a line each; or export the network as ONNX, which has them",
			c.File, format, strings.Join(nn.BuiltinNames(), ", "))
	}
	return nil
}

// fewOfAClass is how many images of a class may all be wrong by chance.
const fewOfAClass = 20

// introduce says what the network is and how well it does as it came. A network that
// cannot be told from guessing on the images that it is to be scored on is an error.
func (s *session) introduce(one loaded, split string, o scan.Options) error {
	layers, err := scan.Layers(one.Trained)
	if err != nil {
		return err
	}
	text, err := layers.Txt()
	if err != nil {
		return err
	}
	if _, err := s.stdout.Write(text); err != nil {
		return err
	}
	for _, note := range one.found.Notes {
		fmt.Fprintf(s.stdout, "\nData: %s.\n", note)
	}
	b, d, order, err := one.measure(s.ctx, split)
	if err != nil {
		return err
	}
	if one.Data.Normalise == "" {
		mean, sd := d.Moments()
		fmt.Fprintf(s.stdout, "\nImages are normalised by their mean, %s, and standard deviation, %s, as nothing else is said; --mean and --std, or --scale, say what the network was trained on.\n", numbers(mean, 4), numbers(sd, 4))
	}
	fmt.Fprintf(s.stdout, "\nAs it came, %s.\n", b)
	if b.AtChance() {
		advice := scan.Advice
		if order != "" {
			advice = "nothing was pruned, and " + order
		}
		return fmt.Errorf("as it came, the network has an accuracy of %.2f %% [%.2f, %.2f] on images of %d classes, of which the commonest has %.2f %%: %s",
			100*b.Accuracy.Value, 100*b.Accuracy.Lo, 100*b.Accuracy.Hi, one.found.Classes, 100*b.Chance, advice)
	}
	if order != "" {
		s.notice("warning: " + order)
	} else if b.Worst.Accuracy == 0 && b.Worst.Images >= fewOfAClass {
		s.notice(fmt.Sprintf("warning: of the %d images of class %s none is classified correctly; if it is otherwise where the network comes from, its images were others or its classes have another order, which --classes says", b.Worst.Images, b.Worst.Name))
	}
	fmt.Fprintln(s.stdout, o.About())
	return nil
}

// measure evaluates the network that a study takes from a file, on the images that its
// trials are scored on. Where it does badly and its answers fit other classes than the
// labels, order says so.
func (l loaded) measure(ctx context.Context, split string) (b scan.Baseline, d *dataset.Splits, order string, err error) {
	if d, err = l.splits(l.Data); err != nil {
		return b, nil, "", err
	}
	l.ready.mu.Lock()
	l.ready.splits[l.Data] = d // for the trials
	l.ready.mu.Unlock()
	set := d.Valid
	if split == "test" {
		set = d.Test
	}
	var net *nn.Network
	if net, err = l.Trained.Clone(); err != nil {
		return b, nil, "", err
	}
	e, err := train.EvaluateTop(ctx, net, set, d, train.TopOf(l.Top, set.Classes))
	if err != nil {
		return b, nil, "", err
	}
	if b, err = scan.Measured(split, e, set, l.found.Classes); err != nil {
		return b, nil, "", err
	}
	if b.AtChance() || b.Worst.Accuracy == 0 {
		counts, err := train.Answers(ctx, net, set, d)
		if err != nil {
			return b, nil, "", err
		}
		if o, ok := scan.Reordered(counts); ok {
			order = o.Advice(set)
		}
	}
	return b, d, order, nil
}
