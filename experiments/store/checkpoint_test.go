package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/train"
)

// trained runs a very small training whose checkpoints are in the store, one
// after each epoch, and returns what it ended with. It stops at the context's
// end.
func trained(t *testing.T, ctx context.Context, s *Store, k trial.Key) (string, train.History, error) {
	t.Helper()
	shape := dataset.Shape{C: 1, H: 1, W: 3}
	net, err := nn.Build(nn.Config{Input: shape, Init: nn.InitHe, Layers: []nn.LayerConfig{{Kind: nn.KindDense, Units: 2, Name: "fc1"}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := nn.NewMask(6, []int32{0, 2, 3, 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := net.Keep("fc1", kept); err != nil {
		t.Fatal(err)
	}
	set := &dataset.Set{Shape: shape, Classes: 2, Labels: []uint16{0, 1, 0, 1}, Images: []uint8{9, 1, 3, 2, 8, 7, 6, 1, 4, 1, 7, 9}}
	h, err := train.Fit(ctx, net, &dataset.Splits{Train: set, Scale: []float32{0.1}, Shift: []float32{0}}, train.Config{
		Epochs: 3, Batch: 4, Dropout: train.DropoutSame, Schedule: optim.Schedule{Kind: optim.Constant},
		Optimizer: optim.Config{Method: optim.SGD, LR: 0.1, Momentum: 0.9},
	}, 1, "train", &train.Checkpoints{Owner: string(k), Every: 1, Keep: keeper{s, k}})
	return net.Digest(), h, err
}

type keeper struct {
	s *Store
	k trial.Key
}

func (k keeper) Load(read func(io.Reader) error) (bool, error) { return k.s.LoadCheckpoint(k.k, read) }

func (k keeper) Save(step int, write func(io.Writer) error) error {
	return k.s.SaveCheckpoint(k.k, step, write)
}

// stopAfter is a context that ends when it has been asked n times.
type stopAfter struct {
	context.Context
	n *int
}

func (c stopAfter) Err() error {
	if *c.n--; *c.n < 0 {
		return context.Canceled
	}
	return nil
}

// A checkpoint with any bit turned over, or cut at any length, is refused and
// named; the training goes on from the one before, or begins anew, and ends as
// it does undisturbed.
func TestAlteredCheckpointsAreNoticed(t *testing.T) {
	const key = trial.Key("0123")
	ctx := context.Background()
	m := newMemory()
	s := Open("run", m)
	digest, history, err := trained(t, ctx, s, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DropCheckpoints(key); err != nil {
		t.Fatal(err)
	}
	two := 2
	if _, _, err := trained(t, stopAfter{ctx, &two}, s, key); err == nil {
		t.Fatal("it was not stopped")
	}
	names := m.all("checkpoints/")
	if len(names) != 2 {
		t.Fatalf("checkpoints %v", names)
	}
	first, last := m.names[names[0]].data, m.names[names[1]].data
	if len(last) > 4<<10 {
		t.Fatalf("the checkpoint has %d bytes", len(last))
	}
	try := func(what string, want int, files map[string][]byte) {
		m := newMemory()
		var told []string
		s := Open("run", m)
		s.Notice = func(text string) { told = append(told, text) }
		if err := s.fs.MkdirAll(s.Dir.Checkpoints()); err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			m.names[name] = &inode{data: data}
		}
		d, h, err := trained(t, ctx, s, key)
		if err != nil || d != digest || !reflect.DeepEqual(h, history) {
			t.Fatalf("%s: another result: %v", what, err)
		}
		if len(told) != want || len(m.all("corrupt/")) != want || want > 0 && !strings.Contains(told[0], "checkpoints/0123.") {
			t.Fatalf("%s: told %q", what, told)
		}
	}
	try("unaltered", 0, map[string][]byte{names[0]: first, names[1]: last})
	for n := range last {
		try(fmt.Sprintf("cut at %d", n), 1, map[string][]byte{names[0]: first, names[1]: last[:n]})
	}
	for i := range 8 * len(last) {
		b := bytes.Clone(last)
		b[i/8] ^= 1 << (i % 8)
		if i%8 > 0 { // to the end for one bit a byte
			m := newMemory()
			m.dirs["run/checkpoints"], m.names[names[1]] = true, &inode{data: b}
			if ok, err := Open("run", m).LoadCheckpoint(key, func(io.Reader) error { return nil }); ok || err != nil {
				t.Fatalf("bit %d: %v, %v", i, ok, err)
			}
			continue
		}
		try(fmt.Sprintf("bit %d", i), 1, map[string][]byte{names[1]: b})
	}
	try("both", 2, map[string][]byte{names[0]: first[1:], names[1]: last[1:]})
	// Whole, but another training's.
	foreign := s.Dir.Checkpoint(key, 7, sum(bytes.Replace(last, []byte("0123"), []byte("0124"), 1)))
	try("foreign", 1, map[string][]byte{names[0]: first, foreign: bytes.Replace(last, []byte("0123"), []byte("0124"), 1)})
}

// Of a training the last two checkpoints are kept, and none when it has ended;
// what a process that died right after its publishing left goes when the next
// begins.
func TestCheckpointsAreFew(t *testing.T) {
	s, _ := open(t)
	_, all := outcomes(2)
	save := func(o trial.Outcome, step int) {
		t.Helper()
		if err := s.SaveCheckpoint(o.Key, step, func(w io.Writer) error { _, err := w.Write(checkpoint(o, step)); return err }); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int {
		t.Helper()
		names, err := os.ReadDir(s.Dir.Checkpoints())
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	for _, step := range []int{1, 2, 30, 200} {
		save(all[0], step)
		save(all[1], step)
	}
	names, err := s.summed(s.Dir.Checkpoints(), all[0].Key)
	if err != nil || len(names) != 2 || !strings.Contains(names[0], ".000000000030.") || !strings.Contains(names[1], ".000000000200.") {
		t.Errorf("kept %v, %v", names, err)
	}
	if err := s.Publish(all[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 2 {
		t.Errorf("%d checkpoints are left, want those of the trial that is not finished", n)
	}
	if n, err := s.Clean(); n != 2 || err != nil || left() != 0 {
		t.Errorf("clean removed %d, %v", n, err)
	}
}
