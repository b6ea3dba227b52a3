package tensors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"prunelab/model/safetensors"
	"prunelab/model/tensors"
)

// resnet are the first tensors of a residual network with batch norm.
func resnet() []tensors.Wanted {
	var all []tensors.Wanted
	conv := func(name string, out, in int) {
		all = append(all, tensors.Wanted{Layer: name, Param: "weight", Shape: []int{out, in, 3, 3}})
		all = append(all, tensors.Wanted{Layer: name, Param: "bias", Shape: []int{out}, Optional: true})
	}
	norm := func(name string, n int) {
		for _, p := range []string{"weight", "bias", "running_mean", "running_var"} {
			all = append(all, tensors.Wanted{Layer: name, Param: p, Shape: []int{n}})
		}
	}
	conv("conv1", 16, 3)
	norm("bn1", 16)
	for _, l := range []string{"layer1.0", "layer1.1"} {
		conv(l+".conv1", 16, 16)
		norm(l+".bn1", 16)
	}
	all = append(all, tensors.Wanted{Layer: "fc", Param: "weight", Shape: []int{10, 16}})
	return append(all, tensors.Wanted{Layer: "fc", Param: "bias", Shape: []int{10}})
}

// fileOf is a file in order that has the network's tensors under the names that rename
// gives them, "" for one that it does not have, and a counter for each batch norm. The
// first value of each is its number, so that tensors can be told apart.
func fileOf(wanted []tensors.Wanted, rename func(string) string) tensors.File {
	f := tensors.File{Format: tensors.Zip, InOrder: true}
	for i, w := range wanted {
		name := rename(w.Name())
		if name == "" {
			continue
		}
		n := 1
		for _, d := range w.Shape {
			n *= d
		}
		values := make([]float32, n)
		values[0] = float32(i)
		f.Tensors = append(f.Tensors, safetensors.FromF32(name, w.Shape, values))
		if layer, ok := strings.CutSuffix(name, ".running_var"); ok {
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: layer + ".num_batches_tracked", DType: safetensors.I64, Data: make([]byte, 8)})
		}
	}
	return f
}

func noConvBias(name string) string {
	if strings.Contains(name, "conv") && strings.HasSuffix(name, ".bias") {
		return ""
	}
	return name
}

// match fails the test unless every tensor that is not optional is where it belongs.
func match(t *testing.T, f tensors.File, wanted []tensors.Wanted, names map[string]string) tensors.Assignment {
	t.Helper()
	a, err := tensors.Match(f, wanted, names)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Err(); err != nil {
		t.Fatal(err)
	}
	for _, p := range a.Pairs {
		values, err := p.Tensor.Floats()
		if err != nil {
			t.Fatal(err)
		}
		if w := wanted[int(values[0])]; w.Name() != p.Name() {
			t.Errorf("%s is %s of the network, want %s", p.Tensor.Name, p.Name(), w.Name())
		}
	}
	return a
}

// how counts the ways in which tensors were assigned.
func how(a tensors.Assignment) string {
	n := map[tensors.How]int{}
	for _, p := range a.Pairs {
		n[p.How]++
	}
	return fmt.Sprintf("%d by map, %d by name, %d by shape, %d missing, %d ignored, prefix %q", n[tensors.ByMap], n[tensors.ByName], n[tensors.ByShape], len(a.Missing), len(a.Ignored), a.Prefix)
}

// Names as files have them, and by what their tensors are found.
func TestMatch(t *testing.T) {
	prefixed := func(p string) func(string) string {
		return func(name string) string {
			if noConvBias(name) == "" {
				return ""
			}
			return p + name
		}
	}
	old := strings.NewReplacer("bn1.weight", "bn1.gamma", "bn1.bias", "bn1.beta", "running_mean", "moving_mean", "running_var", "moving_variance")
	other := strings.NewReplacer("layer1.0.conv1", "features.3", "layer1.0.bn1", "features.4", "layer1.1.conv1", "features.6", "layer1.1.bn1", "features.7",
		"conv1", "features.0", "bn1", "features.1", "fc", "classifier")
	for _, c := range []struct {
		what   string
		rename func(string) string
		names  map[string]string
		want   string
	}{
		{"its own", func(name string) string { return name }, nil, `0 by map, 20 by name, 0 by shape, 0 missing, 3 ignored, prefix ""`},
		{"no biases", noConvBias, nil, `0 by map, 17 by name, 0 by shape, 3 missing, 3 ignored, prefix ""`},
		{"DataParallel", prefixed("module."), nil, `0 by map, 17 by name, 0 by shape, 3 missing, 3 ignored, prefix "module."`},
		{"several", prefixed("model.net._orig_mod."), nil, `0 by map, 17 by name, 0 by shape, 3 missing, 3 ignored, prefix "model.net._orig_mod."`},
		{"gamma and beta", func(name string) string { return old.Replace(noConvBias(name)) }, nil, `0 by map, 17 by name, 0 by shape, 3 missing, 0 ignored, prefix ""`},
		{"the last layer", func(name string) string { return prefixed("module.")(strings.Replace(name, "fc", "linear", 1)) }, nil,
			`0 by map, 15 by name, 2 by shape, 3 missing, 3 ignored, prefix "module."`},
		{"others", func(name string) string { return other.Replace(noConvBias(name)) }, nil, `0 by map, 0 by name, 17 by shape, 3 missing, 3 ignored, prefix ""`},
		{"a map", func(name string) string { return prefixed("module.")(strings.Replace(name, "fc", "linear", 1)) }, map[string]string{"fc": "linear"},
			`2 by map, 15 by name, 0 by shape, 3 missing, 3 ignored, prefix "module."`},
		{"a map of one", func(name string) string { return noConvBias(strings.Replace(name, "bn1.weight", "bn1.w", 1)) },
			map[string]string{"bn1.weight": "bn1.w", "layer1.0.bn1.weight": "layer1.0.bn1.w", "layer1.1.bn1.weight": "layer1.1.bn1.w"},
			`3 by map, 14 by name, 0 by shape, 3 missing, 3 ignored, prefix ""`},
		{"a map to gamma and beta", func(name string) string {
			return strings.Replace(old.Replace(noConvBias(name)), "layer1.1.bn1", "last", 1)
		}, map[string]string{"layer1.1.bn1": "last"}, `4 by map, 13 by name, 0 by shape, 3 missing, 0 ignored, prefix ""`},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := how(match(t, fileOf(resnet(), c.rename), resnet(), c.names)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// In a file whose order says nothing a tensor is matched by shape only where it is the
// one that has it.
func TestShapeDecidesOnlyWhereItCan(t *testing.T) {
	f := fileOf(resnet(), func(name string) string {
		return strings.NewReplacer("layer1.0.", "a.", "layer1.1.", "b.", "fc", "head").Replace(noConvBias(name))
	})
	f.InOrder = false
	a, err := tensors.Match(f, resnet(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := how(a), `0 by map, 5 by name, 2 by shape, 13 missing, 3 ignored, prefix ""`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := "there is no tensor layer1.0.conv1.weight of shape 16 x 16 x 3 x 3 under that name; a.conv1.weight, b.conv1.weight of that shape: say in names which of them is layer1.0.conv1's"
	if err := a.Err(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A tensor with the right name and another shape is not replaced by one that has the
// shape: transposed layers would change places.
func TestNameAndShapeThatDisagree(t *testing.T) {
	wanted := []tensors.Wanted{{Layer: "fc1", Param: "weight", Shape: []int{4, 6}}, {Layer: "fc2", Param: "weight", Shape: []int{6, 4}}}
	f := tensors.File{InOrder: true, Tensors: []safetensors.Tensor{
		safetensors.FromF32("fc1.weight", []int{6, 4}, make([]float32, 24)), safetensors.FromF32("fc2.weight", []int{4, 6}, make([]float32, 24))}}
	a, err := tensors.Match(f, wanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "tensor fc1.weight has shape 6 x 4, the network needs 4 x 6 (outputs x inputs); it looks transposed; tensor fc2.weight has shape 4 x 6"
	if err := a.Err(); err == nil || !strings.Contains(err.Error(), want) || len(a.Pairs) > 0 {
		t.Errorf("%d pairs, %v", len(a.Pairs), err)
	}
}

// What does not fit is named, with how much does.
func TestErr(t *testing.T) {
	for _, c := range []struct {
		what string
		edit func(*tensors.File, *[]tensors.Wanted)
		want []string
	}{
		{"a deeper network", func(_ *tensors.File, w *[]tensors.Wanted) { *w = slices.Delete(*w, 12, 18) }, []string{
			"5 tensors have no place in the network: layer1.1.conv1.weight (16 x 16 x 3 x 3), layer1.1.bn1.weight (16)",
			"with the statistics of batch norm, without which it computes something else; describe every layer",
			"12 of the network's 12 tensors fit: conv1.weight, bn1.weight"}},
		{"a network without batch norm", func(_ *tensors.File, w *[]tensors.Wanted) {
			*w = slices.DeleteFunc(*w, func(w tensors.Wanted) bool { return strings.Contains(w.Layer, "bn1") })
		}, []string{"12 tensors have no place in the network: bn1.weight (16)", "statistics of batch norm"}},
		{"a wider network", func(_ *tensors.File, w *[]tensors.Wanted) {
			for i := range *w {
				(*w)[i].Shape = slices.Clone((*w)[i].Shape)
				(*w)[i].Shape[0] *= 2
			}
		}, []string{"tensor conv1.weight has shape 16 x 3 x 3 x 3, the network needs 32 x 3 x 3 x 3 (filters x channels x height x width)", "and so with 14 more", "0 of the network's 17 tensors fit"}},
		{"one tensor less", func(f *tensors.File, _ *[]tensors.Wanted) { f.Tensors = f.Tensors[:len(f.Tensors)-1] }, []string{
			"there is no tensor fc.bias of shape 10; the file has conv1.weight", "and 7 more", "16 of the network's 17 tensors fit"}},
		{"whole numbers", func(f *tensors.File, _ *[]tensors.Wanted) {
			f.Tensors[0] = safetensors.Tensor{Name: "conv1.weight", DType: safetensors.I8, Shape: []int{16, 3, 3, 3}, Data: make([]byte, 432)}
		}, []string{"tensor conv1.weight holds I8, whole numbers, as a quantised network has them"}},
		{"a mask of torch.nn.utils.prune", func(f *tensors.File, _ *[]tensors.Wanted) { f.Tensors[0].Name = "conv1.weight_orig" }, []string{
			"there is no tensor conv1.weight", "prune.remove"}},
	} {
		f, wanted := fileOf(resnet(), noConvBias), resnet()
		c.edit(&f, &wanted)
		a, err := tensors.Match(f, wanted, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if err := a.Err(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s:\ngot  %v\nwant %s", c.what, err, want)
			}
		}
	}
}

// A map that names what there is not is refused, on either side.
func TestMapIsChecked(t *testing.T) {
	f := fileOf(resnet(), noConvBias)
	for want, names := range map[string]map[string]string{
		"names: fc is to be linear, and the file has no tensor linear.weight; of shape 10 x 16 it has fc.weight": {"fc": "linear"},
		"names: the network has no layer or tensor linear; it has conv1, bn1, layer1.0.conv1":                    {"linear": "fc"},
		"names: tensor bn1.weight of the file is named for two places, layer1.0.bn1.weight is one of them":       {"bn1": "bn1", "layer1.0.bn1": "bn1"},
	} {
		if _, err := tensors.Match(f, resnet(), names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A name goes to a terminal and into tables.
func TestNamesCanBeShown(t *testing.T) {
	for want, name := range map[string]string{
		`the name "\x1b[2Jfc.weight"`: "\x1b[2Jfc.weight", `the name "fc.\xff"`: "fc.\xff", "a name of 5000 bytes": strings.Repeat(".", 5000),
	} {
		f := tensors.File{Tensors: []safetensors.Tensor{safetensors.FromF32(name, nil, []float32{1})}}
		if _, err := tensors.Match(f, resnet(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Every tensor of the network and of the file is in the table once.
func TestTable(t *testing.T) {
	wanted := []tensors.Wanted{
		{Layer: "fc1", Param: "weight", Shape: []int{2, 3}}, {Layer: "fc1", Param: "bias", Shape: []int{2}, Optional: true},
		{Layer: "fc2", Param: "weight", Shape: []int{1, 2}}, {Layer: "fc2", Param: "bias", Shape: []int{1}},
	}
	f := tensors.File{InOrder: true, Tied: [][]string{{"m.fc1.weight", "m.old"}, {"m.fc1.weight", "m.fc2.weight"}}, Tensors: []safetensors.Tensor{
		safetensors.FromF32("m.fc1.weight", []int{2, 3}, make([]float32, 6)), safetensors.FromF32("m.fc2.weight", []int{1, 2}, make([]float32, 2)),
		safetensors.FromF32("m.fc2.bias", []int{2}, make([]float32, 2)), safetensors.FromF32("m.old", []int{7}, make([]float32, 7)),
		{Name: "m.steps", DType: safetensors.I64, Data: make([]byte, 8)},
	}}
	a, err := tensors.Match(f, wanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	head, rows := a.Table()
	var got []string
	for _, r := range append([][]string{head}, rows...) {
		got = append(got, strings.Join(r, " | "))
	}
	want := []string{
		"tensor | type | shape | layer | parameter | by",
		"m.fc1.weight | F32 | 2 x 3 | fc1 | weight | name",
		"m.fc2.weight | F32 | 1 x 2 | fc2 | weight | name",
		"m.fc2.bias | F32 | 2 | fc2 | bias | does not fit 1",
		" |  | 2 | fc1 | bias | not in the file, need not be",
		"m.old | F32 | 7 |  |  | not used",
		"m.steps | I64 | a single number |  |  | a count, not needed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := fmt.Sprint(a.TiedApart()); got != "[[fc1.weight fc2.weight]]" {
		t.Errorf("tied apart: %s", got)
	}
}

// What safetensors.torch.save_model leaves out, because it shares memory, is there.
func TestSharedTensorsOfSafetensors(t *testing.T) {
	f := tensors.FromSafetensors(safetensors.File{Metadata: map[string]string{"decoder.weight": "encoder.weight", "format": "pt"},
		Tensors: []safetensors.Tensor{safetensors.FromF32("encoder.weight", []int{2}, []float32{1, 2})}})
	if len(f.Tensors) != 2 || f.Tensors[1].Name != "decoder.weight" || !slices.Equal(f.Tensors[1].Data, f.Tensors[0].Data) ||
		fmt.Sprint(f.Tied) != "[[encoder.weight decoder.weight]]" || fmt.Sprint(f.Beside) != "[{format pt}]" || f.InOrder {
		t.Errorf("%+v", f)
	}
}

// FuzzMatch takes the names of a file's tensors and of a network's, a line each, which
// have as many values as their names have letters. Every tensor ends in one place.
func FuzzMatch(f *testing.F) {
	f.Add("module.a.weight\nmodule.a.bias", "a.weight\na.bias", "", true)
	f.Add("a.gamma\na.weight\nb.running_mean", "a.weight\nb.running_mean\nb.weight", "b.weight", false)
	f.Add("x..y\n.\n..weight", "y\nweight\n.weight", ".", true)
	f.Fuzz(func(t *testing.T, theirs, ours, mapped string, inOrder bool) {
		shape := func(name string) []int { return []int{1, len(name[strings.LastIndexByte(name, '.')+1:])} }
		file := tensors.File{InOrder: inOrder}
		seen := map[string]bool{}
		for _, name := range strings.Split(theirs, "\n") {
			if !seen[name] {
				file.Tensors = append(file.Tensors, safetensors.FromF32(name, shape(name), make([]float32, shape(name)[1])))
			}
			seen[name] = true
		}
		var wanted []tensors.Wanted
		clear(seen)
		for _, name := range strings.Split(ours, "\n") {
			if w := tensors.WantedAs(name, shape(name)); !seen[w.Name()] {
				seen[w.Name()], wanted = true, append(wanted, w)
			}
		}
		var names map[string]string
		if mapped != "" {
			names = map[string]string{mapped: file.Tensors[0].Name}
		}
		a, err := tensors.Match(file, wanted, names)
		if err != nil {
			return
		}
		if len(a.Pairs)+len(a.Misfits)+len(a.Missing) != len(wanted) || len(a.Pairs)+len(a.Misfits)+len(a.Unused)+len(a.Ignored) != len(file.Tensors) {
			t.Fatalf("%d wanted and %d there, of which %d fit, %d do not, %d are missing, %d and %d not used", len(wanted), len(file.Tensors),
				len(a.Pairs), len(a.Misfits), len(a.Missing), len(a.Unused), len(a.Ignored))
		}
		used := map[string]bool{}
		for _, p := range a.Pairs {
			if used[p.Tensor.Name] || !slices.Equal(p.Tensor.Shape, p.Shape) {
				t.Fatalf("%s is %s", p.Tensor.Name, p.Name())
			}
			used[p.Tensor.Name] = true
		}
		if err := a.Err(); (err == nil) != (len(a.Misfits)+len(a.Missing)+len(a.Unused) == 0) {
			t.Fatalf("%+v: %v", a, err)
		}
		if _, rows := a.Table(); len(rows) != len(a.Pairs)+len(a.Misfits)+len(a.Missing)+len(a.Unused)+len(a.Ignored) {
			t.Fatalf("%d rows", len(rows))
		}
		a.Said()
	})
}

// A count of batches is none of the network's numbers, whatever type it was converted to.
func TestCountsOfBatchesAreIgnoredInEveryType(t *testing.T) {
	wanted := []tensors.Wanted{tensors.WantedAs("fc.weight", []int{2, 3}), tensors.WantedAs("fc.bias", []int{2})}
	f := tensors.File{Tensors: []safetensors.Tensor{
		safetensors.FromF32("fc.weight", []int{2, 3}, make([]float32, 6)),
		safetensors.FromF32("fc.bias", []int{2}, []float32{1, 0}),
		safetensors.FromF32("bn.num_batches_tracked", nil, []float32{3}),
	}}
	a := match(t, f, wanted, nil)
	if len(a.Ignored) != 1 || len(a.Unused) != 0 {
		t.Errorf("ignored %v, unused %v", a.Ignored, a.Unused)
	}
}
