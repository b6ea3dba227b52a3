package tensors

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/model/safetensors"
)

// Wanted is a tensor that a network needs.
type Wanted struct {
	Layer    string // "layer1.0.conv1"
	Param    string // weight, bias, running_mean, running_var, or any other name
	Shape    []int
	Optional bool // a file need not have it: a bias that is 0 without, a mask
}

// Name is the name of the tensor as PyTorch writes it, LAYER.PARAM.
func (w Wanted) Name() string { return w.Layer + "." + w.Param }

// WantedAs is what PyTorch calls name, LAYER.PARAM.
func WantedAs(name string, shape []int) Wanted {
	dot := strings.LastIndexByte(name, '.')
	return Wanted{Layer: name[:max(dot, 0)], Param: name[dot+1:], Shape: shape}
}

// How says by what a tensor was assigned.
type How string

// The ways in which tensors are assigned, the surest first.
const (
	ByMap   How = "map"
	ByName  How = "name"
	ByShape How = "shape"
)

// Pair is a tensor of the file and what it is in the network.
type Pair struct {
	Wanted
	Tensor safetensors.Tensor
	How    How
}

// Match assigns the tensors of a file to those that a network wants, which are in the
// network's order, no name twice. Each is looked for
//
//  1. in names, which maps LAYER or LAYER.PARAM of the network to the name of the
//     layer or tensor in the file,
//  2. by its name, after the prefix under which the most are found, as "module.",
//  3. by its shape, among tensors and wanted ones that were not found by name and are
//     the same kind: one of either, or, in a file InOrder, equally many, which are
//     assigned in their order. A tensor that has a wanted name but another shape is
//     assigned to nothing: that is another architecture.
//
// What belongs to another tensor, as weight.mask to weight, is found beside that one.
// What fits and what does not is in the Assignment; an error is for a map that names
// what there is not, and for a name that could not be shown.
func Match(f File, wanted []Wanted, names map[string]string) (Assignment, error) {
	if err := checkNames(f.Tensors); err != nil {
		return Assignment{}, err
	}
	m := matcher{file: f, wanted: wanted, tensor: make([]int, len(wanted)), how: make([]How, len(wanted)), taken: make([]bool, len(f.Tensors))}
	for i := range m.tensor {
		m.tensor[i] = -1
	}
	m.prefix = prefix(f.Tensors, wanted)
	if err := m.byMap(names); err != nil {
		return Assignment{}, err
	}
	m.byName()
	m.byShape()
	m.companions()
	return m.assignment(), nil
}

// matcher is an assignment that is being made.
type matcher struct {
	file   File
	wanted []Wanted
	prefix string
	tensor []int // of each wanted one, its place in the file; -1: none
	how    []How
	taken  []bool // of each tensor
}

func (m *matcher) assign(wanted, tensor int, how How) {
	m.tensor[wanted], m.how[wanted], m.taken[tensor] = tensor, how, true
}

// byMap assigns what is named in the map. It fails where a name on either side is
// unknown, or a tensor would be taken twice.
func (m *matcher) byMap(names map[string]string) error {
	var errs []error
	for _, ours := range sortedKeys(names) {
		theirs, known := names[ours], false
		for i, w := range m.wanted {
			candidates := []string{theirs}
			switch ours {
			case w.Name():
			case w.Layer:
				candidates = spelled(theirs + "." + w.Param)
			default:
				continue
			}
			known = true
			j := m.find(candidates)
			switch {
			case j < 0 && !w.Optional:
				errs = append(errs, fmt.Errorf("names: %s is to be %s, and the file has no tensor %s%s", ours, theirs, candidates[0], m.near(w)))
			case j >= 0 && m.taken[j]:
				errs = append(errs, fmt.Errorf("names: tensor %s of the file is named for two places, %s is one of them", m.file.Tensors[j].Name, w.Name()))
			case j >= 0:
				m.assign(i, j, ByMap)
			}
		}
		if !known {
			errs = append(errs, fmt.Errorf("names: the network has no layer or tensor %s; it has %s", ours, few(layers(m.wanted))))
		}
	}
	return errors.Join(errs...)
}

// find is the place of the first of the names that a tensor has, with or without the
// prefix; -1 where none has it.
func (m *matcher) find(names []string) int {
	for _, p := range []string{"", m.prefix} {
		for _, name := range names {
			if i := slices.IndexFunc(m.file.Tensors, func(t safetensors.Tensor) bool { return t.Name == p+name }); i >= 0 {
				return i
			}
		}
	}
	return -1
}

// near lists names in the file of tensors with the wanted shape.
func (m *matcher) near(w Wanted) string {
	var names []string
	for _, t := range m.file.Tensors {
		if slices.Equal(t.Shape, w.Shape) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; of shape %s it has %s", Dims(w.Shape), few(names))
}

// byName assigns what has the wanted name after the prefix.
func (m *matcher) byName() {
	at := map[string]int{}
	for i, t := range m.file.Tensors {
		name, ok := strings.CutPrefix(t.Name, m.prefix)
		if !ok || m.taken[i] {
			continue
		}
		if _, there := at[plain(name)]; !there || plain(name) == name { // its own name before an alias
			at[plain(name)] = i
		}
	}
	for i, w := range m.wanted {
		if j, ok := at[plain(w.Name())]; ok && m.tensor[i] < 0 {
			m.assign(i, j, ByName)
		}
	}
}

// byShape assigns what is left of each kind and shape, where that is one of either or
// the file has the network's order and as many.
func (m *matcher) byShape() {
	class := kinds(m.file.Tensors)
	ours := kindsWanted(m.wanted)
	tensors, wanted := map[string][]int{}, map[string][]int{}
	for i, t := range m.file.Tensors {
		if t.DType.Float() && class[i] != "" && !m.taken[i] {
			key := class[i] + " " + Dims(t.Shape)
			tensors[key] = append(tensors[key], i)
		}
	}
	for i, w := range m.wanted {
		if ours[i] != "" && m.tensor[i] < 0 {
			key := ours[i] + " " + Dims(w.Shape)
			wanted[key] = append(wanted[key], i)
		}
	}
	for key, of := range wanted {
		from := tensors[key]
		if len(from) != len(of) || len(of) > 1 && !m.file.InOrder {
			continue
		}
		for k := range of {
			m.assign(of[k], from[k], ByShape)
		}
	}
}

// companions assigns what belongs to another tensor and is called after it, as
// weight.mask: where the one it belongs to has another name, it has that one too.
func (m *matcher) companions() {
	for i, w := range m.wanted {
		of, what, ok := strings.Cut(w.Param, ".")
		if !ok || m.tensor[i] >= 0 {
			continue
		}
		at := slices.IndexFunc(m.wanted, func(o Wanted) bool { return o.Layer == w.Layer && o.Param == of })
		if at < 0 || m.tensor[at] < 0 {
			continue
		}
		if j := m.find([]string{m.file.Tensors[m.tensor[at]].Name + "." + what}); j >= 0 && !m.taken[j] {
			m.assign(i, j, m.how[at])
		}
	}
}
