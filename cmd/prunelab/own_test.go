package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

// place writes a file of a user's.
func place(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// photos writes grey images of noise, 6 x 6, so many of each of the classes, in
// folders named a, b, ...; those of class k are brighter in column k.
func photos(t *testing.T, dir string, classes, train, test int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	for part, n := range map[string]int{"train": train, "test": test} {
		for k := range classes {
			for i := range n {
				m := image.NewGray(image.Rect(0, 0, 6, 6))
				for p := range m.Pix {
					m.Pix[p] = uint8(r.IntN(100))
					if p%6 == k%6 {
						m.Pix[p] += 100
					}
				}
				place(t, dir, fmt.Sprintf("%s/%c/%03d.png", part, 'a'+k, i), encoded(t, m))
			}
		}
	}
}

// study is the text of a small study of data, trained on images of 36 features.
func ownStudy(data, network string) []byte {
	return []byte(`name: own
data: {` + data + `}
network: ` + network + `
seeds: 1
train: {epochs: 6, batch: 10, optimizer: {sgd: {lr: 0.05, momentum: 0.9}}}
retrain: {epochs: 1}
sweeps: [{targets: [all], ratios: [0.5]}]
`)
}

// denseOf is the outcome of the dense network of a run with one seed.
func denseOf(t *testing.T, dir string) trial.Outcome {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "trials", "*.json"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Outcome trial.Outcome }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if len(file.Outcome.Spec.Levels) == 0 {
			return file.Outcome
		}
	}
	t.Fatalf("%s has no dense network", dir)
	return trial.Outcome{}
}

func report(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `\`, "")
}

// says fails for what a text lacks.
func tells(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

const small = "{layers: [{dense: 8}, relu, {dense: 3}]}"

// A part of a folder in which the classes lie one after the other is drawn from
// all of them.
func TestPartOfOwnDataHasEveryClass(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 60, 40)
	place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 30, train_samples: 60, test_samples: 30`, small))
	output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK)
	place(t, dir, "test.yaml", append(ownStudy(`name: "images:photos", train_samples: 60, test_samples: 30`, small), "evaluate: test\n"...))
	output(t, program(t, dir, "run", "test.yaml", "--out", "test"), exitOK)
	for _, run := range []string{"run", "test"} {
		o := denseOf(t, filepath.Join(dir, run))
		if a := o.Result.Start; a == nil || a.N != 30 || a.Correct < 25 {
			t.Errorf("%s: the accuracy on a part, of a task that is easy, is %+v", run, a)
		}
	}
	tells(t, report(t, filepath.Join(dir, "run")), "drawn at random by class in proportion")
}

func TestClassMissingFromASplitIsSaid(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 2`, small))
	out := output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK)
	tells(t, out, "warning: the validation split, 2 images, has none of 1 of the 3 classes: ")
	tells(t, report(t, filepath.Join(dir, "run")), "the validation split, 2 images, has none of 1 of the 3 classes: ")
}

// Built-in networks have as many outputs as the data set has classes.
func TestOutputsOfBuiltInNetworksAreTheDatas(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 12`, "lenet-300-100"))
	output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK)
	layers := denseOf(t, filepath.Join(dir, "run")).Spec.Net.Layers
	if last := layers[len(layers)-1]; last.Units != 3 {
		t.Errorf("the last layer has %d outputs", last.Units)
	}
}

// A relative path is the study's, from wherever the program is started, and the
// folder of a run that is moved with its data finds them.
func TestPathsAreTheStudys(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "work", "photos"), 3, 20, 10)
	place(t, dir, "work/own.yaml", ownStudy(`name: "images:photos", validation: 12`, small))
	output(t, program(t, dir, "run", "work/own.yaml", "--out", "work/run"), exitOK)
	output(t, program(t, dir, "verify", "work/run"), exitOK)
	if err := os.Rename(filepath.Join(dir, "work"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	output(t, program(t, dir, "verify", "moved/run"), exitOK)
	output(t, program(t, filepath.Join(dir, "moved", "run"), "verify", "."), exitOK)
	output(t, program(t, filepath.Join(dir, "moved"), "run", "own.yaml", "--out", "run"), exitOK)
	// Moved without its data, it finds them where --data says that they are now, and
	// images that are others are noticed.
	place(t, dir, "elsewhere/run/x", nil)
	if err := os.RemoveAll(filepath.Join(dir, "elsewhere", "run")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "elsewhere", "run"), os.DirFS(filepath.Join(dir, "moved", "run"))); err != nil {
		t.Fatal(err)
	}
	tells(t, output(t, program(t, dir, "verify", "elsewhere/run"), exitError), "there is no such folder; ", "or with --data the folder in which photos is now")
	tells(t, output(t, program(t, dir, "verify", "elsewhere/run", "--data", "moved"), exitOK), "photos is taken from ", "everything holds")
	photos(t, filepath.Join(dir, "other", "photos"), 3, 21, 10)
	tells(t, output(t, program(t, dir, "verify", "elsewhere/run", "--data", "other"), exitError), "does not give the plan")
	// On the command line it is relative to where that is typed, and another study
	// may be run with it.
	output(t, program(t, dir, "run", "moved/own.yaml", "--set", "data.name=images:moved/photos", "--out", "typed"), exitOK)
	output(t, program(t, filepath.Join(dir, "moved"), "verify", "../typed"), exitOK)
}

// A folder for validation, as other tools have, is not read, and that is said.
func TestFoldersThatAreNotReadAreNamed(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	photos(t, filepath.Join(dir, "photos", "val"), 3, 1, 1)
	tells(t, output(t, program(t, dir, "data", "images:photos"), exitOK), "beside train and test there is val, which is not read; images for validation are drawn from train")
}

// A folder of own data in the order of the files, as all were once, says what an
// extension would change and how to go on, and is verified as it is.
func TestFolderOfDataInFileOrderGoesOn(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	text := ownStudy(`name: "images:photos", validation: 12, stratified: false`, small)
	place(t, dir, "own.yaml", text)
	output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK)
	old, err := os.ReadFile(filepath.Join(dir, "run", "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	place(t, dir, "run/study.yaml", bytes.Replace(old, []byte("stratified: false, "), nil, 1))
	plan, err := store.Open(filepath.Join(dir, "run"), store.Disk{}).Plan()
	if err != nil {
		t.Fatal(err)
	}
	plan.StudyDigest = "" // which was not noted then
	stored(t, filepath.Join(dir, "run"), plan)
	output(t, program(t, dir, "verify", "run"), exitOK)

	place(t, dir, "own.yaml", bytes.Replace(text, []byte(", stratified: false"), nil, 1))
	tells(t, output(t, program(t, dir, "run", "own.yaml", "--out", "run", "--set", "seeds=2", "--extend"), exitError),
		"data.stratified: nothing in the folder, true now", "stratified: false in data goes on with the order of the files")
	output(t, program(t, dir, "run", "own.yaml", "--out", "run", "--set", "seeds=2", "--set", "data.stratified=false", "--extend"), exitOK)
}

// How bytes become what the network reads is the study's to say.
func TestNormalisationIsSaid(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	keys := map[trial.Key]string{}
	for said, reported := range map[string]string{
		"":                                    "normalised by mean and standard deviation of the training samples, 0.2",
		", normalise: train":                  "normalised by mean and standard deviation of the training samples, 0.2",
		", normalise: {mean: 0.5, std: 0.25}": "given by the study, 0.5000 and 0.2500",
		", normalise: {mean: [0.5], std: [0.25]}": "given by the study, 0.5000 and 0.2500",
		", normalise: 0..1":                       "pixels scaled to 0..1",
		", normalise: 0..255":                     "pixels as bytes, 0..255",
	} {
		place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 12`+said, small))
		run := fmt.Sprintf("run%d", len(reported)*100+len(said))
		output(t, program(t, dir, "run", "own.yaml", "--out", run, "--set", "train.optimizer.sgd.lr=1e-4"), exitOK)
		tells(t, report(t, filepath.Join(dir, run)), reported)
		key := denseOf(t, filepath.Join(dir, run)).Key
		if other := keys[key]; other != "" && other != reported {
			t.Errorf("%q and %q are one trial", other, reported)
		}
		keys[key] = reported
	}
	if len(keys) != 4 {
		t.Errorf("%d trials of 4 normalisations: %v", len(keys), keys)
	}
	for wrong, message := range map[string]string{
		"none":                              "0..1 (bytes divided by 255)",
		"{mean: 125, std: 60}":              "divide those of bytes by 255",
		"{mean: [0.5, 0.5], std: [0.5, 1]}": "values for 2 channels, the images that the network sees have 1",
		"{mean: 0.5}":                       "normalise has no std",
	} {
		place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 12, normalise: `+wrong, small))
		tells(t, output(t, program(t, dir, "plan", "own.yaml"), exitUsage), message)
	}
}

func TestClassFoldersMayBeLinks(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	if err := os.Rename(filepath.Join(dir, "photos/train/b"), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "photos/train/b")); err != nil {
		t.Fatal(err)
	}
	tells(t, output(t, program(t, dir, "data", "images:photos"), exitOK), "60 for training", "3 classes")
	if err := os.Symlink("nowhere", filepath.Join(dir, "photos/train/d")); err != nil {
		t.Fatal(err)
	}
	tells(t, output(t, program(t, dir, "data", "images:photos"), exitError), "train/d is a link that leads nowhere")
}

// Black ink on a transparent sheet is an image of nothing until it is said what
// lies behind.
func TestTransparentImagesNeedABackground(t *testing.T) {
	dir := t.TempDir()
	ink := func(x int) []byte {
		m := image.NewNRGBA(image.Rect(0, 0, 6, 6))
		m.Set(x%6, x/6, color.NRGBA{A: 255})
		return encoded(t, m)
	}
	for i := range 30 {
		for _, part := range []string{"train", "test"} {
			place(t, dir, fmt.Sprintf("photos/%s/%c/%d.png", part, 'a'+i%3, i), ink(i))
		}
	}
	tells(t, output(t, program(t, dir, "data", "images:photos"), exitError), "photos: train/a/0.png is transparent in places; say in data what lies behind it, background: white or background: black")
	study := func(background string) []byte {
		return ownStudy(`name: "images:photos", validation: 3, background: `+background, small)
	}
	place(t, dir, "own.yaml", study("white"))
	if out := output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK); strings.Contains(out, "nothing can be learnt") {
		t.Error(out)
	}
	tells(t, report(t, filepath.Join(dir, "run")), "what is transparent over white")
	place(t, dir, "own.yaml", study("black"))
	tells(t, output(t, program(t, dir, "plan", "own.yaml"), exitOK), "channel 1 of 3 is 0 at every pixel of every training image: nothing can be learnt from it",
		"29 of the 30 training images are the same, pixel by pixel, as another one", "30 of the 30 test images are the same, pixel by pixel, as a training image")
}

func TestLabelsFromOneAreNamed(t *testing.T) {
	dir := t.TempDir()
	for part, n := range map[string]int{"train": 40, "t10k": 20} {
		place(t, dir, "set/"+part+"-images-idx3-ubyte", idxFile(8, []int{n, 6, 6}, noise(n*36)))
		labels := make([]byte, n)
		for i := range labels {
			labels[i] = byte(i%3 + 1)
		}
		place(t, dir, "set/"+part+"-labels-idx1-ubyte", idxFile(8, []int{n}, labels))
	}
	want := "no training image has the label 0, of 0 to 3; labels that begin with 1 waste an output of the network, so subtract 1 from each"
	tells(t, output(t, program(t, dir, "data", "idx:set"), exitOK), want)
	place(t, dir, "own.yaml", ownStudy(`name: "idx:set", validation: 12`, small))
	tells(t, output(t, program(t, dir, "plan", "own.yaml"), exitUsage), want, "the last layer, fc2, has 3 outputs and the data set has 4 classes")
	if out := output(t, program(t, dir, "run", "own.yaml", "--set", "network=lenet-300-100"), exitOK); strings.Contains(out, "has none of") {
		t.Errorf("a class that there is not is missed in a split:\n%s", out)
	}
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

func idxFile(kind byte, dims []int, values []byte) []byte {
	b := []byte{0, 0, kind, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, values...)
}

// weighed is a data set with a network of one layer whose answers are found here,
// in whole numbers, without the program.
type weighed struct {
	classes  int
	features int
	weights  []int8 // classes x features, -1 to 1
	images   [][]byte
	labels   []int
	right    []bool // whether the network's answer is the label
}

// weigh makes n images of noise; most have the label that the network gives.
func weigh(classes, features, n int) weighed {
	r := rand.New(rand.NewPCG(3, uint64(features)))
	w := weighed{classes: classes, features: features}
	for range classes * features {
		w.weights = append(w.weights, int8(r.IntN(3)-1))
	}
	for range n {
		image := make([]byte, features)
		for p := range image {
			image[p] = byte(r.IntN(256))
		}
		best, top := 0, 0
		for k := range classes {
			sum := 0
			for p, v := range image {
				sum += int(w.weights[k*features+p]) * int(v)
			}
			if k == 0 || sum > top {
				best, top = k, sum
			}
		}
		label := best
		if r.IntN(3) == 0 {
			label = r.IntN(classes)
		}
		w.images, w.labels, w.right = append(w.images, image), append(w.labels, label), append(w.right, label == best)
	}
	return w
}

// safetensors is the network as a file.
func (w weighed) safetensors() []byte {
	header := fmt.Sprintf(`{"fc1.weight":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]},"fc1.bias":{"dtype":"F32","shape":[%[1]d],"data_offsets":[%[3]d,%[4]d]}}`,
		w.classes, w.features, 4*len(w.weights), 4*(len(w.weights)+w.classes))
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	for _, v := range w.weights {
		b, _ = binary.Append(b, binary.LittleEndian, float32(v))
	}
	return append(b, make([]byte, 4*w.classes)...)
}

// The accuracy of a network with known weights on foreign files is that of its
// answers to them, image by image.
func TestForeignFilesAreReadToTheImage(t *testing.T) {
	const n = 300
	// write puts the images, the same for training and testing, below dir/set and
	// returns their order there.
	inOrder := func(int) int { return 0 }
	for name, c := range map[string]struct {
		kind, more string
		set        weighed
		write      func(dir string, w weighed)
		group      func(label int) int // what the images are sorted by, before their own order
	}{
		"twenty class folders": {"images", "", weigh(20, 3*8*8, n), func(dir string, w weighed) {
			for i, pixels := range w.images {
				m := image.NewNRGBA(image.Rect(0, 0, 8, 8))
				for p := range 64 {
					m.Set(p%8, p/8, color.NRGBA{pixels[p], pixels[64+p], pixels[128+p], 255})
				}
				for _, part := range []string{"train", "test"} {
					place(t, dir, fmt.Sprintf("set/%s/%02d/%04d.png", part, w.labels[i], i), encoded(t, m))
				}
			}
		}, func(label int) int { return label }},
		"CIFAR-10's layout, 20 classes": {"cifar", "", weigh(20, 3072, n), func(dir string, w weighed) {
			var records []byte
			for i, pixels := range w.images {
				records = append(append(records, byte(w.labels[i])), pixels...)
			}
			place(t, dir, "set/data_batch_1.bin", records[:3073*100])
			place(t, dir, "set/data_batch_2.bin", records[3073*100:])
			place(t, dir, "set/test_batch.bin", records)
		}, inOrder},
		"CIFAR-100's layout": {"cifar", ", label: coarse", weigh(20, 3072, n), func(dir string, w weighed) {
			var records []byte
			for i, pixels := range w.images {
				records = append(append(records, byte(w.labels[i]), byte(i%100)), pixels...)
			}
			place(t, dir, "set/train.bin", records)
			place(t, dir, "set/test.bin", records)
		}, inOrder},
		"colour IDX, planes": {"idx", "", weigh(10, 3*8*8, n), func(dir string, w weighed) {
			for _, part := range []string{"train", "t10k"} {
				place(t, dir, "set/"+part+"-images-idx4-ubyte", idxFile(8, []int{n, 3, 8, 8}, bytes.Join(w.images, nil)))
				place(t, dir, "set/"+part+"-labels-idx1-ubyte", idxFile(8, []int{n}, labelBytes(w, 1)))
			}
		}, inOrder},
		"colour IDX, pixels, 300 classes": {"idx", "", weigh(300, 3*8*8, n), func(dir string, w weighed) {
			var values []byte
			for _, pixels := range w.images {
				for p := range 64 {
					values = append(values, pixels[p], pixels[64+p], pixels[128+p])
				}
			}
			w.labels[0] = 299 // as many classes as the network has
			for _, part := range []string{"train", "t10k"} {
				place(t, dir, "set/"+part+"-images-idx4-ubyte", idxFile(8, []int{n, 8, 8, 3}, values))
				place(t, dir, "set/"+part+"-labels-idx1-ubyte", idxFile(11, []int{n}, labelBytes(w, 2)))
			}
		}, inOrder},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.set.classes == 300 {
				c.set.labels[0], c.set.right[0] = 299, false
			}
			c.write(dir, c.set)
			place(t, dir, "net.safetensors", c.set.safetensors())
			place(t, dir, "own.yaml", []byte(fmt.Sprintf(`name: own
data: {name: "%s:set"%s, normalise: 0..255}
network: {file: net.safetensors, layers: [{dense: %d}]}
seeds: 1
evaluate: test
sweeps: [{targets: [all], ratios: [0.5], retrain: false}]
`, c.kind, c.more, c.set.classes)))
			output(t, program(t, dir, "run", "own.yaml", "--out", "run"), exitOK)
			got := denseOf(t, filepath.Join(dir, "run")).Result.Start
			var bits []byte
			at, right := 0, 0
			for g := range c.set.classes {
				for i, label := range c.set.labels {
					if c.group(label) != g {
						continue
					}
					if at%8 == 0 {
						bits = append(bits, 0)
					}
					if c.set.right[i] {
						bits[at/8] |= 1 << (at % 8)
						right++
					}
					at++
				}
			}
			if got == nil || got.N != n || got.Correct != right || !bytes.Equal(got.Bits, bits) {
				t.Errorf("%+v; of %d images %d are right, bits %s", got, at, right, base64.StdEncoding.EncodeToString(bits))
			}
		})
	}
}

func labelBytes(w weighed, size int) []byte {
	var b []byte
	for _, l := range w.labels {
		if size == 2 {
			b = append(b, byte(l>>8))
		}
		b = append(b, byte(l))
	}
	return b
}

// A contact sheet shows a person what the network sees, with labels, and the
// classes of each split are counted.
func TestContactSheet(t *testing.T) {
	dir := t.TempDir()
	photos(t, filepath.Join(dir, "photos"), 3, 20, 10)
	place(t, dir, "own.yaml", ownStudy(`name: "images:photos", validation: 12, resize: 4`, small))
	out := output(t, program(t, dir, "data", "own.yaml", "--show"), exitOK)
	tells(t, out, "        48         12         30  all 3", "        16          4         10  1 (b)", "drawn    sheet.png")
	output(t, program(t, dir, "data", "images:photos", "--show", "--resize", "8", "-o", "other.png"), exitOK)
	tells(t, output(t, program(t, dir, "data", "images:photos", "--show"), exitError), "sheet.png is there already and is not overwritten")
	tells(t, output(t, program(t, dir, "data", "idx:photos", "--resize", "8"), exitUsage), "--resize and --background are for images:DIR")
	tells(t, output(t, program(t, dir, "data", "nowhere"), exitUsage), `unknown data set "nowhere"`, "nor is there a study of that name")
}
