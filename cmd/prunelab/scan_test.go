package main

import (
	"bytes"
	"context"
	"fmt"
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
	var columns []int
	for k := range classes {
		columns = append(columns, k)
	}
	outputsOf(t, file, columns, first, second)
}

// outputsOf writes such a network whose outputs are those of the photos of these classes.
func outputsOf(t *testing.T, file string, columns []int, first, second string) {
	t.Helper()
	classes := len(columns)
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
			if j == columns[k]%6 {
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
	place(t, ".", "layers.yaml", fmt.Appendf(nil, "- {dense: 6}\n- relu\n- {dense: %d}\n", classes))
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

// Of many classes the first five answers count, too, unless another number is asked for:
// in what is said first, in a table with intervals and in trials.csv; and every class of
// every network has a row in classes.csv.
func TestScanOfManyClasses(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 24, 6, 6)
	columnNet(t, "net.safetensors", 24, "fc1", "fc2") // 4 classes of a column are the same to it
	args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", "images:data", "--scale", "0..1", "--ratios", "0.5,0.9", "--validation-of", "test"}
	stdout, _ := scanned(t, exitOK, args...)
	if want := "; of 72 the right class is among the first 5 answers, 100.00 % [94.93, 100.00]"; !strings.Contains(stdout, want) {
		t.Errorf("%q is not said:\n%s", want, stdout)
	}
	if strings.Contains(content(t, "results/scan-net/study.yaml"), "top:") {
		t.Error("what is the rule is in the study, and in the keys")
	}
	for file, want := range map[string]string{
		"tables/top-5-pruned.md": "Top-5 accuracy on the validation split, right after pruning",
		"tables/trials.csv":      "macs,top 5 accuracy",
		"tables/classes.csv":     "none,fc1,magnitude,1,0.5,1,pruned,validation,23,x,3,",
		"report.md":              "[classes.csv](tables/classes.csv) every class",
		"report.html":            "classes.csv",
	} {
		if text := content(t, "results/scan-net/"+file); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%.3000s", file, want, text)
		}
	}
	if n := strings.Count(content(t, "results/scan-net/tables/classes.csv"), "\n"); n != 1+24*(1+2*2) {
		t.Errorf("classes.csv has %d lines, of 24 classes and 5 networks", n)
	}
	stdout, _ = scanned(t, exitOK, append(args, "--top", "3", "--out", "three")...)
	if !strings.Contains(stdout, "among the first 3 answers, 75.00 %") || !strings.Contains(content(t, "three/study.yaml"), "\ntop: 3\n") {
		t.Errorf("three answers were asked for:\n%s", stdout)
	}
	for want, args := range map[string][]string{
		"--top 1: the first answer always counts":  append(args, "--top", "1"),
		"--top: top (24) is":                       append(args, "--top", "24"),
		"--images 0: at least 1 image has to be":   append(args, "--images", "0"),
		"--images -3: at least 1 image has to be":  append(args, "--images=-3"),
		"--classes gives folders of classes an or": {"net.safetensors", "--architecture", "layers.yaml", "--on", "mnist", "--classes", "layers.yaml"},
	} {
		if _, stderr := scanned(t, exitUsage, args...); !strings.Contains(stderr, want) {
			t.Errorf("%q is not said:\n%s", want, stderr)
		}
	}
}

// A network whose outputs have another order than the names of the folders is at chance,
// with the advice to say the order; with it, it is what it was. The order is in the study
// of the folder.
func TestScanWithClassesInAnotherOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 3, 40, 20)
	outputsOf(t, "net.safetensors", []int{2, 0, 1}, "fc1", "fc2") // c, a, b
	args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", "images:data", "--scale", "0..1", "--ratios", "0.5,0.9", "--validation-of", "test"}
	_, stderr := scanned(t, exitError, args...)
	for _, want := range []string{"30 of 30 images would be classified correctly if the outputs, from the first on, were c, a, b;", "--classes FILE, with a folder's name on each line in this order, says so"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("a network at chance does not get the advice %q:\n%s", want, stderr)
		}
	}
	place(t, ".", "order.txt", []byte("c\na\nb\n"))
	stdout, _ := scanned(t, exitOK, append(args, "--classes", "order.txt")...)
	if !strings.Contains(stdout, "30 of 30 are classified correctly") || !strings.Contains(stdout, "(class 0 (c))") && !strings.Contains(stdout, "(class 2 (b))") {
		t.Errorf("the network is not what it was:\n%s", stdout)
	}
	if text := content(t, "results/scan-net/study.yaml"); !strings.Contains(text, `classes: ["c", "a", "b"]`) {
		t.Errorf("the study of the folder is\n%s", text)
	}
	for text, want := range map[string]struct {
		code int
		said string
	}{
		"c\na\n":         {exitError, "train/b is a class without a line in the list of classes"},
		"c\na\nb\nzebra": {exitError, "line 4 of the list of classes, zebra, has no folder train/zebra"},
		"c\na\nb\na":     {exitUsage, "--classes: the classes in order.txt: line 2 and line 4 both name the class a"},
	} {
		place(t, ".", "order.txt", []byte(text))
		if _, stderr := scanned(t, want.code, append(args, "--classes", "order.txt", "--out", "none")...); !strings.Contains(stderr, want.said) {
			t.Errorf("%q is not said:\n%s", want.said, stderr)
		}
	}
	if _, stderr := scanned(t, exitUsage, append(args, "--classes", "gone.txt", "--out", "none")...); !strings.Contains(stderr, "there is no file gone.txt with the classes") {
		t.Errorf("%s", stderr)
	}
}

// Images without a folder train, in test or in folders of classes alone, are split: what is
// chosen on a part of them is reported on the others, which the study, the terminal and the
// report say. What needs training images says so before anything is run.
func TestScanWithoutTrainingImages(t *testing.T) {
	t.Chdir(t.TempDir())
	photos(t, "data", 3, 1, 20)
	if err := os.RemoveAll("data/train"); err != nil {
		t.Fatal(err)
	}
	columnNet(t, "net.safetensors", 3, "fc1", "fc2")
	for _, on := range []string{"images:data", "images:data/test"} {
		args := []string{"net.safetensors", "--architecture", "layers.yaml", "--on", on, "--ratios", "0.5,0.9", "--out", strings.ReplaceAll(on, ":", "-")}
		stdout, _ := scanned(t, exitOK, append(args, "--scale", "0..1")...)
		for _, want := range []string{"none called train, so the 60 images are for scoring alone", "validation images: 30 of 30 are",
			"There are no training images. These are drawn from the 60 test images, to choose on; the other 30 are left to report on."} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q is not said:\n%s", want, stdout)
			}
		}
		out := strings.ReplaceAll(on, ":", "-")
		for file, wants := range map[string][]string{
			"study.yaml": {"# The data have no training images, so nothing here was trained or chosen on any.", "validation: 30, validation_of: test"},
			"report.md":  {"The data have no training images", "Chosen on 30 images that are drawn from the 60 of the test set, reported on the others", "30 validation samples drawn from the test set (split seed 1), whose others are the test split"},
		} {
			for _, want := range wants {
				if text := content(t, out+"/"+file); !strings.Contains(text, want) {
					t.Errorf("%s does not say %q:\n%.2000s", file, want, text)
				}
			}
		}
		for want, more := range map[string][]string{
			on + " has no training images: there is no folder train whose mean": nil,
			"--retrain: " + on + " has no training images":                      {"--scale", "0..1", "--retrain", "1"},
			"--reestimate: " + on + " has no training images":                   {"--scale", "0..1", "--reestimate", "128"},
		} {
			if _, stderr := scanned(t, exitUsage, append(args, more...)...); !strings.Contains(stderr, want) {
				t.Errorf("%q is not said:\n%s", want, stderr)
			}
		}
		var o, e bytes.Buffer
		if code := run(context.Background(), []string{"recommend", out, "--budget", "20pp", "--check", "--test", "--out", out + "-check"}, &o, &e); code != exitOK {
			t.Fatalf("exit code %d\n%s%s", code, &o, &e)
		}
		if text := content(t, out+"-check/report.md"); !strings.Contains(text, "At the recommended ratios, right after pruning, ") {
			t.Errorf("the check does not say which class loses most:\n%.4000s", text)
		}
	}
}
