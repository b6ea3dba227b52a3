package runner_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/runner"
	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/rng"
)

var record = flag.Bool("record", false, "write testdata/bits-VARIANT.txt for variants that have none")

// toy writes an IDX data set of four classes: noise of 16 x 16 pixels, one of
// whose quadrants is brighter. It is made without floating point.
func toy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const side = 16
	for part, n := range map[string]int{"train": 220, "t10k": 10} {
		r := rng.Stream(1, "bits", part)
		images := []byte{0, 0, 8, 3}
		for _, d := range []int{n, side, side} {
			images = binary.BigEndian.AppendUint32(images, uint32(d))
		}
		labels := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(n))
		for range n {
			class := r.IntN(4)
			labels = append(labels, byte(class))
			for p := range side * side {
				v := r.IntN(180)
				if p/side*2/side == class/2 && p%side*2/side == class%2 {
					v += 70
				}
				images = append(images, byte(v))
			}
		}
		for name, text := range map[string][]byte{"-images-idx3-ubyte": images, "-labels-idx1-ubyte": labels} {
			if err := os.WriteFile(filepath.Join(dir, part+name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// bits describes the outcomes of a study, a line each in the order of their
// keys: the key, the digest of the final weights, and of the scores, the layers,
// the course of the last training and the proxies a digest each, of what is
// recorded today.
func bits(t *testing.T, m *memory) []string {
	t.Helper()
	layer := []string{"name", "kind", "size", "requested", "removed", "zeros", "macs", "dense_macs", "std", "threshold",
		"norm_start", "norm_kept", "norm_end", "l1_start", "l1_end", "dead_in", "dead_out", "dead_left", "active", "dropout", "before", "after", "kept"}
	digest := func(parts ...json.RawMessage) string {
		text := bytes.Join(slices.Collect(func(yield func([]byte) bool) {
			for _, p := range parts {
				if !yield(p) {
					return
				}
			}
		}), []byte("\n"))
		if len(bytes.TrimSpace(text)) == 0 {
			return "-"
		}
		return fmt.Sprintf("%x", sha256.Sum256(text))[:12]
	}
	var lines []string
	for key, o := range m.outcomes {
		text, err := json.Marshal(o.Result)
		if err != nil {
			t.Fatal(err)
		}
		var result map[string]json.RawMessage
		var layers []map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal(text, &result), json.Unmarshal(result["layers"], &layers)); err != nil {
			t.Fatal(err)
		}
		var ls []json.RawMessage
		for _, l := range layers {
			for _, field := range layer {
				ls = append(ls, l[field])
			}
		}
		lines = append(lines, fmt.Sprintf("%s %s weights %s scores %s layers %s history %s proxies %s", key.Short(), o.Status, digest(result["weights"]),
			digest(result["start"], result["pruned"], result["retrained"]), digest(ls...), digest(result["history"]), digest(result["proxies"])))
	}
	slices.Sort(lines)
	return lines
}

// The bits of results are pinned, in every variant of the kernels that was
// recorded. A change that moves one raises trial.Schema.
func TestBits(t *testing.T) {
	dir := toy(t)
	from := dataset.Source{Folder: dir}
	load := func(c dataset.Config) (*dataset.Splits, error) {
		c.Name = dataset.IDX
		return dataset.Load(c, from)
	}
	text, err := os.ReadFile("testdata/bits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := study.Parse("bits.yaml", text, nil, study.Lookup{Data: func(name string, _ dataset.Reading) (dataset.Info, error) {
		info, err := dataset.Identify(dataset.IDX+":"+dir, dataset.Reading{}, from)
		info.Name = name // a named set: its images are taken in the order of the files
		return info, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	before := kernel.Variant()
	t.Cleanup(func() {
		if err := kernel.Use(before); err != nil {
			t.Error(err)
		}
	})
	for _, variant := range []string{"generic", "avx2", "avx512"} {
		t.Run(variant, func(t *testing.T) {
			if err := kernel.Use(variant); err != nil {
				t.Skip(err)
			}
			p, err := s.Plan(variant)
			if err != nil {
				t.Fatal(err)
			}
			m := newMemory()
			sum, err := runner.Run(t.Context(), p, load, m, runner.Config{Workers: 2, Progress: silent{}})
			if err != nil || sum.Done != len(p.Trials) {
				t.Fatalf("%+v, %v", sum, err)
			}
			got := bits(t, m)
			golden := "testdata/bits-" + variant + ".txt"
			old, err := os.ReadFile(golden)
			switch {
			case errors.Is(err, fs.ErrNotExist) && *record:
				if err := os.WriteFile(golden, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			case errors.Is(err, fs.ErrNotExist):
				t.Skipf("not recorded: %d trials with the digest %x; -record writes %s", len(got), sha256.Sum256([]byte(strings.Join(got, "\n"))), golden)
			case err != nil:
				t.Fatal(err)
			}
			want := strings.Split(strings.TrimSpace(string(old)), "\n")
			if len(got) != len(want) {
				t.Fatalf("%d trials, %d were recorded", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("a trial has other bits\n%s, had\n%s", got[i], want[i])
				}
			}
		})
	}
}

// What is computed in Go, whatever the variant, is pinned too: first weights,
// learning rates, standard deviations and ratios.
func TestBitsOfGo(t *testing.T) {
	h := sha256.New()
	put := func(values ...float64) {
		for _, v := range values {
			_ = binary.Write(h, binary.LittleEndian, v)
		}
	}
	expect := func(what, want string) {
		if got := fmt.Sprintf("%x", h.Sum(nil))[:16]; got != want {
			t.Errorf("%s: %s, was %s", what, got, want)
		}
		h.Reset()
	}
	for _, name := range []string{"lenet-300-100", "lenet-5"} {
		for _, init := range []nn.Init{nn.InitHe, nn.InitGlorot, nn.InitTorch} {
			c, _ := nn.Builtin(name, dataset.Shape{C: 1, H: 28, W: 28}, 10)
			c.Init = init
			net, err := nn.Build(c, 7)
			if err != nil {
				t.Fatal(err)
			}
			h.Write([]byte(net.Digest()))
			for _, p := range net.Weights() {
				put(prune.Std(p.Value))
			}
		}
	}
	expect("first weights and their standard deviations", "56489d93caf9c60b")
	for _, s := range []optim.Schedule{{Kind: optim.Constant}, {Kind: optim.Steps, At: []float64{0.3, 0.5, 0.8}, Factor: 0.1}, {Kind: optim.Inverse, Gamma: 1e-4, Power: 0.75}} {
		for step := range 5000 {
			put(s.Rate(0.07, step, 5000))
		}
	}
	expect("learning rates", "d25e6230132427cb")
	if trial.Schema != 1 {
		t.Errorf("the schema is %d, these are the bits of 1", trial.Schema)
	}
}
