package train

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/safetensors"
)

// Checkpoints says where a training keeps its state, so that one that was
// stopped or killed goes on from there. Nil: nowhere.
//
// A checkpoint is a safetensors file with the values of all parameters and buffers, the
// weights that are left, the state of the optimizer, and as metadata whose
// training it is, with which kernels, and how far. Random streams are named by
// epoch, so that the number of batches done says where they are.
type Checkpoints struct {
	Owner string  // names the training; a checkpoint of another one is refused
	Every float64 // floating-point operations from one checkpoint to the next: work, not time, so that it repeats
	Keep  Keeper

	Resumed int // steps that were done before, as Fit found
}

// Keeper keeps the checkpoints of one training.
type Keeper interface {
	// Load hands the latest checkpoint to read, or an older one when that is
	// damaged or read refuses it, and reports whether one was taken.
	Load(read func(io.Reader) error) (bool, error)
	// Save keeps the state after so many steps.
	Save(step int, write func(io.Writer) error) error
}

// stopPart is the part of Every that is worth a checkpoint when the training is
// stopped; less is done again sooner than it is written.
const stopPart = 1. / 20

// position is how far a training is.
type position struct {
	Epoch   int     `json:"epoch"` // at hand, from 1
	Batch   int     `json:"batch"` // done of this epoch
	Loss    float64 `json:"loss"`  // their sum
	Correct int     `json:"correct"`
	History History `json:"history,omitempty"` // of the epochs before
}

// saver keeps the checkpoints of the training at hand; nil keeps none.
type saver struct {
	*Checkpoints
	net      *nn.Network
	opt      *optim.Optimizer
	config   Config
	perEpoch int
	step     float64 // operations of one step
	since    float64 // operations since the last checkpoint
}

func (k *Checkpoints) of(net *nn.Network, opt *optim.Optimizer, c Config, perEpoch int) *saver {
	if k == nil {
		return nil
	}
	s := &saver{Checkpoints: k, net: net, opt: opt, config: c, perEpoch: perEpoch}
	for _, a := range net.Affines() { // forward, the gradient of the weights, that of the inputs
		s.step += 6 * float64(c.Batch) * float64(a.W.Left()) * float64(a.Cost.MACs/a.W.Size())
	}
	return s
}

// after keeps a checkpoint when enough was done since the last.
func (s *saver) after(at position) error {
	if s == nil {
		return nil
	}
	if s.since += s.step; s.since < s.Every {
		return nil
	}
	return s.save(at)
}

// stop keeps a checkpoint when the training is stopped, and returns the cause.
func (s *saver) stop(cause error, at position) error {
	if s == nil || s.since < s.Every*stopPart {
		return cause
	}
	if err := s.save(at); err != nil {
		return fmt.Errorf("%w; %w", cause, err)
	}
	return cause
}

func (s *saver) save(at position) error {
	s.since = 0
	if err := s.Keep.Save(s.steps(at), func(w io.Writer) error { return s.write(w, at) }); err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	return nil
}

// steps is the number of steps made at a position.
func (s *saver) steps(at position) int { return (at.Epoch-1)*s.perEpoch + at.Batch }

// load sets the network and the optimizer to the latest checkpoint that is
// usable and returns how far that is.
func (s *saver) load() (position, error) {
	at := position{Epoch: 1}
	if s == nil {
		return at, nil
	}
	_, err := s.Keep.Load(func(r io.Reader) error {
		found, err := s.read(r)
		if err == nil {
			at = found
		}
		return err
	})
	if err != nil {
		return at, fmt.Errorf("go on from a checkpoint: %w", err)
	}
	s.Resumed = s.steps(at)
	return at, nil
}

// The keys of the metadata, and the version of the layout.
const (
	layoutKey, layout = "prunelab checkpoint", "1"
	ownerKey          = "training"
	kernelKey         = "kernels"
	positionKey       = "position"
)

// array is a part of the state: the values in memory by their name in the file.
type array struct {
	name   string
	values []float32
}

// arrays lists all values that a training changes, and constant ones along.
func (s *saver) arrays() []array {
	var all []array
	for _, p := range s.net.Params() {
		all = append(all, array{p.Name, p.Value})
	}
	for _, b := range s.net.Buffers() {
		all = append(all, array{b.Name, b.Values})
	}
	for _, m := range s.opt.States() {
		all = append(all, array{m.Param.Name + "." + m.Name, m.Values})
	}
	return all
}

// masks lists the positions of the weights that are left, where some are not.
func (s *saver) masks() []safetensors.Tensor {
	var all []safetensors.Tensor
	for _, p := range s.net.Params() {
		if p.Mask == nil {
			continue
		}
		data := make([]byte, 0, 4*p.Left())
		for _, i := range p.Mask.Kept {
			data = binary.LittleEndian.AppendUint32(data, uint32(i))
		}
		all = append(all, safetensors.Tensor{Name: p.Name + ".kept", DType: safetensors.I32, Shape: []int{p.Left()}, Data: data})
	}
	return all
}

func (s *saver) write(w io.Writer, at position) error {
	text, err := json.Marshal(at)
	if err != nil {
		return err
	}
	f := safetensors.File{Metadata: map[string]string{
		layoutKey: layout, ownerKey: s.Owner, kernelKey: kernel.Variant(), positionKey: string(text),
	}}
	for _, a := range s.arrays() {
		f.Tensors = append(f.Tensors, safetensors.FromF32(a.name, []int{len(a.values)}, a.values))
	}
	f.Tensors = append(f.Tensors, s.masks()...)
	return f.Write(w)
}

// read takes the state that write stored. When it refuses the file it has
// changed nothing.
func (s *saver) read(r io.Reader) (position, error) {
	var at position
	arrays, masks := s.arrays(), s.masks()
	limit := int64(2 << 20)
	for _, a := range arrays {
		limit += int64(4 * len(a.values))
	}
	for _, t := range masks {
		limit += int64(len(t.Data))
	}
	f, err := safetensors.Read(r, limit)
	if err != nil {
		return at, err
	}
	for _, c := range []struct{ key, want, what string }{
		{layoutKey, layout, "it is no checkpoint of this version"},
		{ownerKey, s.Owner, "it is of another training"},
		{kernelKey, kernel.Variant(), "it was made with other kernels"},
	} {
		if have := f.Metadata[c.key]; have != c.want {
			return at, fmt.Errorf("%s: %q, not %q", c.what, have, c.want)
		}
	}
	if err := json.Unmarshal([]byte(f.Metadata[positionKey]), &at); err != nil {
		return at, fmt.Errorf("how far it is: %w", err)
	}
	if err := s.check(at); err != nil {
		return at, err
	}
	if n := len(arrays) + len(masks); len(f.Tensors) != n {
		return at, fmt.Errorf("it holds %d tensors, this training has %d", len(f.Tensors), n)
	}
	for _, want := range masks {
		if have, _ := f.Tensor(want.Name); have.DType != want.DType || !slices.Equal(have.Data, want.Data) {
			return at, fmt.Errorf("%s are not the weights that are left here", want.Name)
		}
	}
	read := make([][]float32, len(arrays))
	for i, a := range arrays {
		t, ok := f.Tensor(a.name)
		if !ok {
			return at, fmt.Errorf("it has no tensor %s", a.name)
		}
		if read[i], err = t.F32(); err != nil {
			return at, err
		}
		if len(read[i]) != len(a.values) {
			return at, fmt.Errorf("%s has %d values, not %d", a.name, len(read[i]), len(a.values))
		}
	}
	for i, a := range arrays {
		copy(a.values, read[i])
	}
	s.opt.Resume(s.steps(at))
	return at, nil
}

// check refuses a position that this training does not come by.
func (s *saver) check(at position) error {
	switch {
	case at.Epoch < 1 || at.Epoch > s.config.Epochs || at.Batch < 0 || at.Batch > s.perEpoch:
		return fmt.Errorf("batch %d of epoch %d does not occur in %d epochs of %d batches", at.Batch, at.Epoch, s.config.Epochs, s.perEpoch)
	case len(at.History) != at.Epoch-1:
		return fmt.Errorf("it is in epoch %d with a history of %d", at.Epoch, len(at.History))
	case at.Correct < 0 || at.Correct > at.Batch*s.config.Batch || math.IsNaN(at.Loss) || math.IsInf(at.Loss, 0):
		return errors.New("the sums over its epoch are impossible")
	}
	return nil
}
