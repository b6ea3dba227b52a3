package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prunelab/model/safetensors"
)

// columnNet writes a network that knows the photos of so many classes, which are brighter
// in a column each: the first layer adds up columns, the second takes one a class. The
// layers are called as named.
func columnNet(t *testing.T, file string, classes int, first, second string) {
	t.Helper()
	w1, w2 := make([]float32, 6*36), make([]float32, classes*6)
	for j := range 6 {
		for p := range 36 {
			if p%6 == j {
				w1[j*36+p] = 0.5 + 0.1*float32(p/6)
			} else {
				w1[j*36+p] = 0.001 * float32(p)
			}
		}
	}
	for k := range classes {
		for j := range 6 {
			w2[k*6+j] = -0.1 - 0.01*float32(j)
			if j == k%6 {
				w2[k*6+j] = 1
			}
		}
	}
	var b bytes.Buffer
	f := safetensors.File{Tensors: []safetensors.Tensor{
		safetensors.FromF32(first+".weight", []int{6, 36}, w1), safetensors.FromF32(first+".bias", []int{6}, make([]float32, 6)),
		safetensors.FromF32(second+".weight", []int{classes, 6}, w2), safetensors.FromF32(second+".bias", []int{classes}, make([]float32, classes)),
	}}
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	place(t, ".", file, b.Bytes())
	place(t, ".", "layers.yaml", []byte("- {dense: 6}\n- relu\n- {dense: "+string('0'+rune(classes))+"}\n"))
}

// scanned runs a scan and returns what it printed.
func scanned(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	if got := run(context.Background(), append([]string{"scan"}, args...), &o, &e); got != code {
		t.Fatalf("exit code %d, want %d\n%s%s", got, code, &o, &e)
	}
	return o.String(), e.String()
}

func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Layers that have other names in the file are found by the map, which is shown; the
// folder of the run has the network under its own names, and needs no map.
func TestScanByNames(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 3, 40, 20)
	columnNet(t, "net.safetensors", 3, "features", "head.0")
	args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", "images:data", "--scale", "0..1", "--ratios", "0.5,0.9"}
	_, stderr := scanned(t, exitUsage, append(args, "--names", "fc1=features,fc2=head.1")...)
	if want := "names: fc2 is to be head.1, and the file has no tensor head.1.weight"; !strings.Contains(stderr, want) {
		t.Errorf("%q is not said:\n%s", want, stderr)
	}
	stdout, stderr := scanned(t, exitOK, append(args, "--names", "fc1=features,fc2=head.0")...)
	if !strings.Contains(stdout, "60 of 60 are classified correctly") && !strings.Contains(stdout, "are classified correctly, 100.00 %") {
		t.Errorf("the network is not understood:\n%s", stdout)
	}
	for _, want := range []string{"by map, fc1.weight is features.weight", "The tensors of the file, and what they are in the network", "head.0.bias"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not said:\n%s", want, stderr)
		}
	}
	if text := content(t, "results/scan-net/study.yaml"); strings.Contains(text, "names:") || !strings.Contains(text, "network.safetensors") {
		t.Errorf("the study of the folder is\n%s", text)
	}
	var o, e bytes.Buffer
	if code := run(context.Background(), []string{"report", "results/scan-net"}, &o, &e); code != exitOK {
		t.Errorf("exit code %d\n%s", code, &e)
	}
}

// A checkpoint with several networks: that which was taken and the others are named; a
// key takes another, and what is none is said with those that are there.
func TestScanByKey(t *testing.T) {
	file := "../../model/torch/testdata/"
	study := func(name, key string) string {
		t.Helper()
		place(t, ".", "given.yaml", []byte("name: given\ndata: {name: mnist, validation: 100}\nnetwork: {file: "+file+name+key+", layers: [{dense: 10}]}\nseeds: 1\nsweeps: [{targets: [all], ratios: [0.5], retrain: false}]\n"))
		t.Cleanup(func() { os.Remove("given.yaml") })
		var o, e bytes.Buffer
		if code := run(context.Background(), []string{"plan", "given.yaml"}, &o, &e); code == exitOK {
			t.Fatal("another network was taken")
		}
		return e.String()
	}
	for _, c := range [][3]string{
		{"ema.pt", "", `the network is taken from "model"; there are tensors under "ema" (7 tensors) too, of which key, or --key in a scan, takes others`},
		{"ema.pt", ", key: ema", `the network is taken from "ema"; there are tensors under "model" (7 tensors) too`},
		{"ema.pt", ", key: best", `there are no tensors under "best"; there are under "model" (7 tensors), "ema" (7 tensors)`},
		{"ema.pt", `, sha256: "0000000000000000000000000000000000000000000000000000000000000000"`, "and the study is of a file with 0000"},
		{"two.pt", "", `tensors are in several places, under "generator" (7 tensors), "critic" (7 tensors): say under which key`},
	} {
		if got := study(c[0], c[1]); !strings.Contains(got, c[2]) {
			t.Errorf("%s%s: %q is not said:\n%s", c[0], c[1], c[2], got)
		}
	}
}

// Of a network that was trained on all training images what is chosen on a part of the
// test images is reported on the others, and that is said in the study, in what a scan
// prints and in the report.
func TestScanChoosesOnOneHalfOfTheTestImages(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 3, 40, 20)
	columnNet(t, "net.safetensors", 3, "fc1", "fc2")
	args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", "images:data", "--scale", "0..1", "--ratios", "0.5,0.9"}
	stdout, _ := scanned(t, exitOK, append(args, "--validation-of", "test")...)
	for _, want := range []string{"validation images: 30 of 30 are", "These are drawn from the 60 test images, to choose on; the other 30 are left to report on.", "--check --test all of them together are measured on the other 30 test images"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not said:\n%s", want, stdout)
		}
	}
	study := content(t, "results/scan-net/study.yaml")
	for _, want := range []string{"# Chosen on 30 images that are drawn from the 60 of the test set, reported on the others", "validation: 30, validation_of: test"} {
		if !strings.Contains(study, want) {
			t.Errorf("%q is not in the study:\n%s", want, study)
		}
	}
	if report := content(t, "results/scan-net/report.md"); !strings.Contains(report, "30 validation samples drawn from the test set (split seed 1), whose others are the test split") || strings.Contains(report, "may have been trained") {
		t.Errorf("the report does not say how images were split:\n%s", report)
	}
	stdout, _ = scanned(t, exitOK, append(args, "--out", "all")...)
	if want := "The network may have been trained on these images"; !strings.Contains(stdout, want) {
		t.Errorf("%q is not said:\n%s", want, stdout)
	}
}

// A bisection visits, of each layer, the ratios on the way to where it loses too much,
// in as many steps, and marks the others as not visited: in the tables, the map and
// its numbers. The same command finds nothing left, and another bound visits more.
func TestScanUntil(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 3, 60, 20)
	columnNet(t, "net.safetensors", 3, "fc1", "fc2")
	args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", "images:data", "--scale", "0..1",
		"--validation-of", "test", "--ratios", "0.1,0.3,0.5,0.7,0.8,0.9,0.95", "--until", "5pp"}
	_, stderr := scanned(t, exitOK, args...)
	if !strings.Contains(stderr, "2 layers bisected up to a loss of 5 pp: 2 of 2 were on the way") {
		t.Errorf("the steps are not said:\n%s", stderr)
	}
	trials := func() int {
		t.Helper()
		names, err := filepath.Glob("results/scan-net/trials/*.json")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := trials(); n != 1+2*3 {
		t.Errorf("%d trials were run, of 2 layers and 7 ratios 1 + 2 x 3 are to be", n)
	}
	for file, want := range map[string]string{
		"study.yaml":              "until: {loss: 0.05, grid: [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]}",
		"tables/loss-pruned.md":   "not visited: a bisection looked for where the loss first exceeds 5 pp",
		"figures/heatmap.csv":     "not visited: a bisection looked for",
		"figures/sensitivity.csv": "not visited: a bisection looked for",
		"report.md":               "Dots: not visited: a bisection",
	} {
		text := content(t, "results/scan-net/"+file)
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%.2000s", file, want, text)
		}
		if strings.HasSuffix(file, "heatmap.csv") && strings.Count(text, "not visited") != 2*4 {
			t.Errorf("%s: %d are marked, 2 x 4 were not visited", file, strings.Count(text, "not visited"))
		}
	}
	before := content(t, "results/scan-net/tables/trials.csv")
	if scanned(t, exitOK, args...); trials() != 7 || content(t, "results/scan-net/tables/trials.csv") != before {
		t.Error("the same scan did something else")
	}
	names, _ := filepath.Glob("results/scan-net/trials/*.json")
	if err := os.Remove(names[0]); err != nil { // as if it had been stopped
		t.Fatal(err)
	}
	if scanned(t, exitOK, args...); trials() != 7 || content(t, "results/scan-net/tables/trials.csv") != before {
		t.Error("the scan that went on came to something else")
	}
}
