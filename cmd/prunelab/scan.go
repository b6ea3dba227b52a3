package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"prunelab/cmd/prunelab/internal/scan"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"
)

type scanCmd struct {
	File         string    `arg:"" help:"The network: an ONNX model, or a file of safetensors or of torch.save." type:"path"`
	Architecture string    `placeholder:"NAME" help:"What the network is, where the file has its weights alone: a built-in one, or a file with a list of layers as in a study."`
	On           string    `name:"on" placeholder:"DATA" required:"" help:"Data set that it was made for, as in a study: mnist, cifar-10, images:DIR, ..."`
	Mean         []float64 `sep:"," placeholder:"M,..." help:"Mean of each channel that images were normalised by, with bytes as 0..1."`
	Std          []float64 `sep:"," placeholder:"S,..." help:"Standard deviation of each channel, likewise."`
	Scale        string    `placeholder:"RANGE" help:"Images as they are: 0..1 for byte/255, 0..255 for the byte. Unless this or --mean and --std are said, images are normalised by the training images."`
	Layers       []string  `sep:"," placeholder:"L,..." help:"Prune these layers (default: each)."`
	Ratios       []float64 `sep:"," placeholder:"R,..." default:"0.3,0.5,0.7,0.8,0.9,0.95" help:"Fractions of a layer's weights to remove (default: ${default})."`
	Split        string    `enum:"validation,test" default:"validation" help:"Images to score on: validation, cut from the training images (default), or test. Ratios can be chosen on the first alone."`
	Images       int       `placeholder:"N" help:"Score on N images alone, for a first look."`
	Reestimate   int       `placeholder:"N" help:"Measure every pruned network also with statistics of batch normalisation estimated anew on N training images, a multiple of 128."`
	Retrain      int       `placeholder:"EPOCHS" help:"Retrain every pruned network, and an unpruned one as its control."`
	Seeds        int       `placeholder:"N" help:"Repeat each retraining (default: 3); without one there is nothing to repeat."`
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
	if err := c.find(&o); err != nil {
		return err
	}
	text := scan.Study(o, "prunelab "+strings.Join(os.Args[1:], " "))
	one, err := s.parse(o.Name+".yaml", []byte(text), nil, c.dataFlags)
	if err != nil {
		return err
	}
	if err := s.introduce(one, c.Split); err != nil {
		return err
	}
	dirs, err := c.dirs([]loaded{one})
	if err != nil {
		return err
	}
	if err := s.run(one, dirs[0], crew, false); err != nil {
		return err
	}
	if c.Split == "validation" {
		fmt.Fprintf(s.stdout, "prunelab recommend %s --budget 1pp recommends a ratio for each layer; with --check it is measured on all of them together\n", dirs[0])
	}
	return nil
}

// find looks for the data, whose size decides about the validation split. A folder is
// taken from here, wherever the study will lie.
func (c *scanCmd) find(o *scan.Options) error {
	kind, folder, err := dataset.ParseName(c.On)
	if err != nil {
		return usageError{err}
	}
	from := c.source()
	if folder != "" {
		if folder, err = filepath.Abs(folder); err != nil {
			return err
		}
		o.Data, from.Folder = kind+":"+folder, folder
	}
	info, err := dataset.Identify(o.Data, dataset.Reading{}, from)
	o.Train = info.Train
	return err
}

// notName is what the name of a study does without.
var notName = regexp.MustCompile(`[^\pL\pN._-]+`)

// options are what the flags say.
func (c *scanCmd) options() (scan.Options, error) {
	base := filepath.Base(c.File)
	name := notName.ReplaceAllString("scan-"+strings.TrimSuffix(base, filepath.Ext(base)), "-")
	o := scan.Options{
		Name: name, File: c.File, Architecture: c.Architecture, Data: c.On, Layers: c.Layers, Ratios: c.Ratios,
		Test: c.Split == "test", Images: c.Images, Reestimate: c.Reestimate, Retrain: c.Retrain, Seeds: c.Seeds,
		Normalise: scan.Normalise{Mean: c.Mean, SD: c.Std, Word: c.Scale},
	}
	if c.Architecture != "" && !slices.Contains(nn.BuiltinNames(), c.Architecture) {
		text, err := os.ReadFile(c.Architecture)
		if err != nil {
			return o, fmt.Errorf("--architecture %s is no built-in network (%s), and no file with a list of layers can be read there: %w", c.Architecture, strings.Join(nn.BuiltinNames(), ", "), err)
		}
		o.Described = string(text)
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
	case c.Retrain < 0 || c.Images < 0 || c.Seeds < 0:
		return o, fmt.Errorf("--retrain, --images and --seeds are numbers above 0")
	case c.Reestimate < 0 || c.Reestimate%128 != 0:
		return o, fmt.Errorf("--reestimate %d: images come in batches of 128, so it has to be a multiple of that, as 1280", c.Reestimate)
	case c.Seeds > 1 && c.Retrain == 0:
		return o, fmt.Errorf("--seeds %d: without --retrain nothing is drawn at random, and all of them would give the same", c.Seeds)
	}
	return o, nil
}

// introduce says what the network is and how well it does as it came. A network that
// cannot be told from guessing on the images that it is to be scored on is an error.
func (s *session) introduce(one loaded, split string) error {
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
	b, err := one.measure(s.ctx, split)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "\nAs it came, %s.\n", b)
	if b.AtChance() {
		return fmt.Errorf("as it came, the network has an accuracy of %.2f %% on images of %d classes: %s", 100*b.Accuracy.Value, one.found.Classes, scan.Advice)
	}
	if split != "test" {
		fmt.Fprintln(s.stdout, "The network may have been trained on these images; its accuracy on others may be lower.")
	}
	return nil
}

// measure evaluates the network that a study takes from a file, on the images that its
// trials are scored on.
func (l loaded) measure(ctx context.Context, split string) (scan.Baseline, error) {
	d, err := l.splits(l.Data)
	if err != nil {
		return scan.Baseline{}, err
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
		return scan.Baseline{}, err
	}
	e, err := train.Evaluate(ctx, net, set, d)
	if err != nil {
		return scan.Baseline{}, err
	}
	return scan.Measured(split, e, set, l.found.Classes)
}
