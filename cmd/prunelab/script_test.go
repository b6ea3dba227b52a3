package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"prunelab/model/rng"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	_ = os.Setenv("GOGC", "400") // of the commands that tests start: they live for a moment
	testscript.Main(m, map[string]func(){"prunelab": main})
}

// TestScripts runs the command as a user does. The folder .data holds MNIST's
// files and a small IDX data set, toy; base.yaml is a study of that.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOGC", os.Getenv("GOGC"))
			e.Setenv("HOME", e.WorkDir) // no data sets of the machine's user
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			return prepare(e.WorkDir)
		},
	})
}

// prepare puts data sets and base.yaml into a folder.
func prepare(dir string) error {
	mnist, err := filepath.Abs("../../model/dataset/mnist")
	if err != nil {
		return err
	}
	toy := filepath.Join(dir, ".data", "toy")
	if err := os.MkdirAll(toy, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(mnist, filepath.Join(dir, ".data", "mnist")); err != nil {
		return err
	}
	if err := writeToy(toy); err != nil {
		return err
	}
	text, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "base.yaml"), text, 0o644)
}

// writeToy writes an IDX data set: 8 x 8 pixels of noise, one of whose
// quadrants, the class, is brighter.
func writeToy(dir string) error {
	for part, n := range map[string]int{"train": 600, "t10k": 200} {
		r := rng.Stream(1, "toy", part)
		images := []byte{0, 0, 8, 3}
		for _, d := range []int{n, 8, 8} {
			images = binary.BigEndian.AppendUint32(images, uint32(d))
		}
		labels := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(n))
		for i := range n {
			class := i % 4
			labels = append(labels, byte(class))
			for p := range 64 {
				v := r.IntN(220)
				if p/32 == class/2 && p%8/4 == class%2 {
					v += 30
				}
				images = append(images, byte(v))
			}
		}
		if err := os.WriteFile(filepath.Join(dir, part+"-images-idx3-ubyte"), images, 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, part+"-labels-idx1-ubyte"), labels, 0o644); err != nil {
			return err
		}
	}
	return nil
}
