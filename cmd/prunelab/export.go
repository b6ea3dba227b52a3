package main

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"prunelab/experiments/runner"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/sparse"
	"prunelab/model/tensors"
	"prunelab/model/weights"
)

type exportCmd struct {
	runDir
	pickFlags
	Format string `placeholder:"FORMAT" help:"How the weights are stored: dense, csr, csc, coo, bitmap or relative (default: csr; dense in a file of safetensors or ONNX)."`
	As     string `placeholder:"KIND" help:"Kind of file: npz, safetensors or onnx (default: as the name of the file ends)."`
	Masks  bool   `default:"true" negatable:"" help:"With --no-masks a dense file has no masks, and load_state_dict takes a safetensors file as it is."`
	Layer  string `placeholder:"NAME" help:"Only this layer."`
	Bits   string `placeholder:"K" default:"best" help:"Bits of a code of the relative index: best for each layer, a number, or one for each type, as conv=8,fc=5."`
	Sizes  bool   `help:"Say what each layer takes in each format."`
	Output string `short:"o" placeholder:"FILE" help:"File to write; there must be none of that name."`
	dataFlags
}

func (*exportCmd) Help() string {
	return `Writes the weights and masks of a trial for SciPy, NumPy or PyTorch, or its network
as ONNX. They come from the cache of the run where they are kept (dense networks; all trials of a
study with "keep: weights"); otherwise the trial is run again and its weights are
checked against what is stored of it.

Without a file, and without --sizes, the trials are listed that KEY (the
beginning of a key) and the labels leave.

  prunelab export results/quick                               all trials
  prunelab export results/quick --arm L2 --method magnitude --ratio 0.9
  prunelab export results/quick 4f1c --sizes                  formats compared
  prunelab export results/quick 4f1c -o net.npz               net.fc1.npz, net.fc2.npz, ...
  prunelab export results/quick 4f1c -o fc1.npz --layer fc1 --format csc
  prunelab export results/quick 4f1c -o net.safetensors       dense, for PyTorch
  prunelab export results/quick 4f1c -o net.onnx              for ONNX Runtime and others

A sparse .npz file holds one layer, as a matrix with a row for each output, so
that of several layers each gets a file; it has the bias too:

  scipy.sparse.load_npz("net.fc1.npz"); numpy.load("net.fc1.npz")["bias"]

Dense files hold all layers under PyTorch's names, in its layout; what was
removed is 0 in fc1.weight and in fc1.weight.mask:

  t = safetensors.numpy.load_file("net.safetensors")
  net.load_state_dict({k: torch.from_numpy(v) for k, v in t.items() if not k.endswith(".mask")})

With --no-masks every tensor is one of the state_dict. A network that came from a file
has the names that its tensors have there in a file of safetensors, and its types where
these hold every value; biases that were not there and num_batches_tracked are as they
were. So it goes where that file went.

An ONNX file (operators of version 13, any size of batch) has the weights under those
names too, with module. or another prefix where the owner's file has one, in float32; its
nodes have the names of the layers here; dropout is left out. What an image has to be made into before the
network reads it, scale, mean and std, is in the metadata of both kinds of file:
x = (byte * scale - mean) / std.

A study starts from such a file with network: {file: net.safetensors, layers: ...} or
network: {file: net.onnx}.`
}

// Run lists, measures or writes.
func (c *exportCmd) Run(s *session) error {
	e, err := c.export()
	if err != nil {
		return err
	}
	st := s.open(c.Dir)
	plan, err := st.Plan()
	if err != nil {
		return err
	}
	found, err := c.find(st, plan)
	if err != nil {
		return err
	}
	if c.Output == "" && !c.Sizes {
		found.print(s.stdout)
		return nil
	}
	o, err := found.one()
	if err != nil {
		return err
	}
	// A network may take long to make again, so what is wrong is said before.
	if c.Layer != "" && !slices.Contains(plan.Layers, c.Layer) {
		return usageError{fmt.Errorf("the network has no layer %q; it has %s", c.Layer, strings.Join(plan.Layers, ", "))}
	}
	if c.Output != "" {
		if err := free(e.Names(c.Output, plan.Layers)); err != nil {
			return err
		}
	}
	net, err := s.network(st, plan, o, c.dataFlags)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "trial %s: %s\n", o.Key.Short(), plan.Labels()[o.Key])
	if c.Sizes {
		if err := s.sizes(net, e.Bits); err != nil {
			return err
		}
	}
	if c.Output == "" {
		return nil
	}
	e.Metadata = map[string]string{"prunelab.trial": string(o.Key), "prunelab.digest": o.Result.Weights}
	if e.Container == weights.Safetensors {
		e.Metadata["format"] = "pt"
	}
	if o.Spec.Net.Source != "" {
		if e.Origins, err = s.origins(st); err != nil {
			return err
		}
	}
	images, err := preprocessingOf(plan, o.Spec)
	if err != nil {
		return err
	}
	maps.Copy(e.Metadata, images.metadata())
	if err := s.export(net, e, c.Output); err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, images)
	return nil
}

// export reads what the flags say of the files.
func (c *exportCmd) export() (weights.Export, error) {
	e := weights.Export{Format: sparse.Format(c.Format), Container: weights.Container(c.As), Layer: c.Layer, NoMasks: !c.Masks}
	wrong := func(format string, args ...any) (weights.Export, error) {
		return e, usageError{fmt.Errorf(format, args...)}
	}
	var err error
	if e.Bits, err = weights.ParseBits(c.Bits); err != nil {
		return wrong("--bits: %w", err)
	}
	containers := weights.Containers()
	ending := weights.Container(strings.TrimPrefix(filepath.Ext(c.Output), "."))
	named := slices.Contains(containers, ending)
	switch {
	case e.Container == "" && named:
		e.Container = ending
	case e.Container == "" && c.Output != "":
		return wrong("%s: which kind of file? end its name in .npz, .safetensors or .onnx, or say --as %s", c.Output, join(containers))
	case e.Container != "" && !slices.Contains(containers, e.Container):
		return wrong("--as %s: a file can be %s", c.As, join(containers))
	case named && ending != e.Container:
		return wrong("%s would be taken for a file of another kind than --as %s; give it another name", c.Output, c.As)
	}
	if e.Format == "" {
		e.Format = sparse.FormatCSR
		if e.Container == weights.Safetensors || e.Container == weights.ONNX {
			e.Format = sparse.FormatDense
		}
	}
	if !slices.Contains(sparse.Formats(), e.Format) {
		return wrong("--format %s: weights can be stored as %s", c.Format, join(sparse.Formats()))
	}
	switch {
	case e.Container == weights.ONNX && e.Format != sparse.FormatDense:
		return wrong("--format %s: an ONNX file has dense weights, with zeros where they were removed; a sparse format needs --as npz or --as safetensors", c.Format)
	case e.Container == weights.ONNX && e.Layer != "":
		return wrong("--layer %s: an ONNX file has a whole network; one layer needs --as npz or --as safetensors", c.Layer)
	case c.Bits != "best" && e.Format != sparse.FormatRelative && !c.Sizes:
		return wrong("--bits %s: codes are of the relative index, and weights are stored as %s; add --format relative (--as npz or safetensors), or leave --bits out", c.Bits, e.Format)
	case e.NoMasks && e.Format != sparse.FormatDense:
		return wrong("--no-masks: weights in the format %s are those that are left, there are no masks; leave it out", e.Format)
	}
	return e, nil
}

func join[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// network returns the network of a trial. Data are looked for only when it has
// to be trained again.
func (s *session) network(st *store.Store, plan trial.Plan, o trial.Outcome, where dataFlags) (*nn.Network, error) {
	if v := kernel.Variant(); plan.Kernel != v {
		if err := kernel.Use(plan.Kernel); err != nil {
			s.notice(fmt.Sprintf("the kernels %s, with which the trial was run, are not here (%v); a network that is not kept cannot be made again", plan.Kernel, err))
		}
	}
	load := func(c dataset.Config) (*dataset.Splits, error) {
		s.notice(fmt.Sprintf("the network of trial %s is not kept; it is run again", o.Key.Short()))
		text, err := st.Study()
		if err != nil {
			return nil, err
		}
		one, err := s.parseRun(st.Dir, plan, text, nil, where)
		if err != nil {
			return nil, err
		}
		return one.splits(c)
	}
	return runner.Network(s.ctx, plan, o, load, st)
}

// origins are what the file calls the tensors that the network of the run came from.
func (s *session) origins(st *store.Store) (o tensors.Origins, err error) {
	known := false
	err = st.LoadTrained(func(f io.Reader) (err error) {
		o, known, err = weights.ReadOrigins(f)
		return err
	})
	if err == nil && !known {
		s.notice(fmt.Sprintf("%s does not say what the owner's file calls the tensors, which runs of earlier versions did not keep; they have the network's own names", st.Dir.Trained()))
	}
	return o, err
}

// export writes the files of a network and says what is in them.
func (s *session) export(net *nn.Network, e weights.Export, name string) error {
	files, err := weights.Files(net, e)
	if err != nil {
		return err
	}
	var layers []string
	for _, a := range net.Affines() {
		layers = append(layers, a.Name)
	}
	names := e.Names(name, layers)
	writes := make([]newFile, len(files))
	for i, f := range files {
		writes[i] = newFile{names[i], f.Write}
	}
	if err := createAll(writes...); err != nil {
		return err
	}
	for i, f := range files {
		what := "all layers"
		if f.Layer != "" {
			what = f.Layer
		}
		fmt.Fprintf(s.stdout, "%s: %s, %s, written\n", names[i], what, e.Format)
		for _, said := range f.Said {
			fmt.Fprintf(s.stdout, "%s: %s\n", names[i], said)
		}
	}
	return nil
}
