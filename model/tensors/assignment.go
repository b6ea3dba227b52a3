package tensors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/safetensors"
)

// Assignment says which tensor of a file is what in a network.
type Assignment struct {
	Prefix  string               // of the names in the file
	Pairs   []Pair               // that fit, in the network's order
	Misfits []Pair               // that have the right name, and another shape or a type without fractions
	Missing []Wanted             // for which there is none, optional ones too
	Unused  []safetensors.Tensor // that have no place in the network
	Ignored []safetensors.Tensor // single whole numbers, as num_batches_tracked, which no network computes with

	file File
}

// assignment sorts out what was assigned.
func (m *matcher) assignment() Assignment {
	a := Assignment{Prefix: m.prefix, file: m.file}
	for i, w := range m.wanted {
		if m.tensor[i] < 0 {
			a.Missing = append(a.Missing, w)
			continue
		}
		p := Pair{w, m.file.Tensors[m.tensor[i]], m.how[i]}
		_, number := alias[w.Param]
		if !slices.Equal(p.Tensor.Shape, w.Shape) || number && !p.Tensor.DType.Float() {
			a.Misfits = append(a.Misfits, p)
		} else {
			a.Pairs = append(a.Pairs, p)
		}
	}
	for i, t := range m.file.Tensors {
		switch {
		case m.taken[i]:
		case len(t.Data) == t.DType.Size() && (!t.DType.Float() || strings.HasSuffix(t.Name, "num_batches_tracked")): // which becomes a fraction with the rest of a state dict
			a.Ignored = append(a.Ignored, t)
		default:
			a.Unused = append(a.Unused, t)
		}
	}
	return a
}

// Table is the assignment to be shown: a line for each wanted tensor in the network's
// order of what was found, then for what was not, then for the rest of the file.
func (a Assignment) Table() (head []string, rows [][]string) {
	head = []string{"tensor", "type", "shape", "layer", "parameter", "by"}
	for _, p := range a.Pairs {
		rows = append(rows, []string{p.Tensor.Name, string(p.Tensor.DType), Dims(p.Tensor.Shape), p.Layer, p.Param, string(p.How)})
	}
	for _, p := range a.Misfits {
		rows = append(rows, []string{p.Tensor.Name, string(p.Tensor.DType), Dims(p.Tensor.Shape), p.Layer, p.Param, "does not fit " + Dims(p.Wanted.Shape)})
	}
	for _, w := range a.Missing {
		by := "not in the file"
		if w.Optional {
			by += ", need not be"
		}
		rows = append(rows, []string{"", "", Dims(w.Shape), w.Layer, w.Param, by})
	}
	for _, t := range a.Unused {
		rows = append(rows, []string{t.Name, string(t.DType), Dims(t.Shape), "", "", "not used"})
	}
	for _, t := range a.Ignored {
		rows = append(rows, []string{t.Name, string(t.DType), Dims(t.Shape), "", "", "a count, not needed"})
	}
	return head, rows
}

// Said is, in words, what was not simply found by its own name: the prefix, what was
// assigned by shape or by the map, and the optional tensors that are not in the file but
// for masks; "" where there is nothing of that.
func (a Assignment) Said() string {
	var parts []string
	if a.Prefix != "" {
		parts = append(parts, fmt.Sprintf("its names begin with %q", a.Prefix))
	}
	for _, how := range []How{ByMap, ByShape} {
		var pairs []string
		for _, p := range a.Pairs {
			if p.How == how {
				pairs = append(pairs, p.Name()+" is "+p.Tensor.Name)
			}
		}
		if len(pairs) > 0 {
			parts = append(parts, fmt.Sprintf("by %s, %s", how, few(pairs)))
		}
	}
	var none []string
	for _, w := range a.Missing {
		if _, number := alias[w.Param]; number {
			none = append(none, w.Name())
		}
	}
	if len(none) > 0 {
		parts = append(parts, "not in the file and 0: "+few(none))
	}
	for _, tied := range a.TiedApart() {
		parts = append(parts, "the same tensor in the file, and apart in training: "+few(tied))
	}
	return strings.Join(parts, "; ")
}

// TiedApart are groups of tensors that share memory in the file and that the network
// has in more than one place: it computes as before, but retraining moves them apart.
func (a Assignment) TiedApart() [][]string {
	places := map[string]string{}
	for _, p := range a.Pairs {
		places[p.Tensor.Name] = p.Name()
	}
	var all [][]string
	for _, group := range a.file.Tied {
		var here []string
		for _, name := range group {
			if at, ok := places[name]; ok {
				here = append(here, at)
			}
		}
		if len(here) > 1 {
			all = append(all, here)
		}
	}
	return all
}

// layers are the layers of wanted tensors, each once.
func layers(wanted []Wanted) []string {
	var names []string
	for _, w := range wanted {
		if !slices.Contains(names, w.Layer) {
			names = append(names, w.Layer)
		}
	}
	return names
}

// Dims is a shape as "300 x 784".
func Dims(shape []int) string {
	if len(shape) == 0 {
		return "a single number"
	}
	words := make([]string, len(shape))
	for i, d := range shape {
		words[i] = strconv.Itoa(d)
	}
	return strings.Join(words, " x ")
}
