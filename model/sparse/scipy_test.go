package sparse_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"prunelab/model/sparse"
	"prunelab/model/sparse/npy"
)

// python returns a Python that has SciPy: the first on the path, or Debian's,
// for which it is the package python3-scipy.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import numpy, scipy.sparse").Run() == nil {
			return name
		}
	}
	t.Skip("no python3 with SciPy here: install Debian's python3-scipy to have the files checked by scipy.sparse.load_npz")
	return ""
}

func TestSciPyReadsTheFiles(t *testing.T) {
	interpreter := python(t)
	folder := t.TempDir()
	matrices := forSciPy()
	for name, d := range matrices {
		writeForSciPy(t, filepath.Join(folder, name), d)
	}
	out, err := exec.Command(interpreter, filepath.Join("testdata", "scipy_check.py"), folder).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := strings.TrimSpace(string(out)), fmt.Sprintf("%d matrices", len(matrices)); got != want {
		t.Errorf("the script says %q, not %q", got, want)
	}
	for name, d := range matrices {
		for _, f := range []sparse.Format{sparse.FormatCSR, sparse.FormatCSC, sparse.FormatCOO} {
			path := filepath.Join(folder, fmt.Sprintf("%s.%s.scipy.npz", name, f))
			m, err := readNPZFile(path)
			if err != nil {
				t.Fatalf("%s: %v", filepath.Base(path), err)
			}
			if m.Format() != f || !same(m.CSR().Dense(), d) {
				t.Errorf("%s: %v, SciPy read %v", filepath.Base(path), m, d)
			}
		}
	}
}

// forSciPy returns matrices by name: wide, tall, with nothing and with
// everything kept, and one with special values, which has no product.
func forSciPy() map[string]sparse.Dense {
	matrices := map[string]sparse.Dense{
		"wide":  random(7, 300, 0.1, 1).Dense(),
		"tall":  random(300, 7, 0.1, 2).Dense(),
		"none":  random(3, 5, 0, 3).Dense(),
		"all":   random(4, 6, 1, 4).Dense(),
		"one":   random(1, 1, 1, 5).Dense(),
		"large": random(300, 784, 0.08, 6).Dense(),
	}
	d := random(20, 30, 0.5, 7).Dense()
	next := 0
	for pos, kept := range d.Mask {
		if kept {
			d.Val[pos] = special[next%len(special)]
			next++
		}
	}
	matrices["special"] = d
	return matrices
}

func writeForSciPy(t *testing.T, base string, d sparse.Dense) {
	t.Helper()
	shape := []int{d.Rows, d.Cols}
	write(t, base+".npy", npy.FromFloat32(shape, d.Val).Write)
	write(t, base+".mask.npy", npy.FromBool(shape, d.Mask).Write)
	for _, f := range sparse.Formats() {
		m, err := sparse.As(d, f, 3)
		if err != nil {
			t.Fatal(err)
		}
		write(t, base+"."+string(f)+".npz", func(w io.Writer) error { return sparse.WriteNPZ(w, m) })
	}
	if filepath.Base(base) == "special" {
		return
	}
	x, y := make([]float32, d.Cols), make([]float32, d.Rows)
	for i := range x {
		x[i] = float32(i%7) - 3
	}
	d.CSR().MulVecTo(y, x)
	write(t, base+".x.npy", npy.FromFloat32([]int{d.Cols}, x).Write)
	write(t, base+".y.npy", npy.FromFloat32([]int{d.Rows}, y).Write)
}

func write(t *testing.T, path string, content func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := content(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func readNPZFile(path string) (sparse.Matrix, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return sparse.ReadNPZ(f, info.Size(), 4*mebibyte)
}
