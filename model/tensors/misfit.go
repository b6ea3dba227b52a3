package tensors

import (
	"fmt"
	"slices"
	"strings"
)

// most is how many names or faults an error lists.
const most = 12

// Err says what keeps the network from being filled with what was assigned, and what
// to do: tensors that do not fit, that are not there, and that have no place, each
// kind in full as far as it is short, and how many do fit. It is nil where only
// optional ones are missing.
func (a Assignment) Err() error {
	var faults []string
	more := 0
	for _, p := range a.Misfits {
		if len(faults) < 3 {
			faults = append(faults, misfit(p))
		} else {
			more++
		}
	}
	listed := false
	for _, w := range a.Missing {
		switch {
		case w.Optional:
		case len(faults) < 3:
			said, lists := a.missing(w, listed)
			faults, listed = append(faults, said), listed || lists
		default:
			more++
		}
	}
	if len(faults) == 0 && len(a.Unused) == 0 {
		return nil
	}
	if more > 0 {
		faults = append(faults, fmt.Sprintf("and so with %d more", more))
	}
	if len(a.Unused) > 0 {
		faults = append(faults, a.unused())
	}
	return fmt.Errorf("%s; %s", strings.Join(faults, "; "), a.fit())
}

// misfit says what a tensor of the right name is, and what the network needs.
func misfit(p Pair) string {
	t, w := p.Tensor, p.Wanted
	if slices.Equal(t.Shape, w.Shape) {
		return fmt.Sprintf("tensor %s holds %s, whole numbers, as a quantised network has them; save it as float32, in PyTorch with .dequantize()", t.Name, t.DType)
	}
	axes := ""
	if w.Param == "weight" {
		axes = map[int]string{2: " (outputs x inputs)", 4: " (filters x channels x height x width)"}[len(w.Shape)]
	}
	hint := ""
	if len(t.Shape) == 2 && len(w.Shape) == 2 && t.Shape[0] == w.Shape[1] && t.Shape[1] == w.Shape[0] {
		hint = "; it looks transposed"
	}
	return fmt.Sprintf("tensor %s has shape %s, the network needs %s%s%s", t.Name, Dims(t.Shape), Dims(w.Shape), axes, hint)
}

// missing says which tensor there is not, and what may stand for it: where nothing of the
// file has its shape, the names in the file, unless they are listed already.
func (a Assignment) missing(w Wanted, listed bool) (said string, lists bool) {
	said = fmt.Sprintf("there is no tensor %s of shape %s", w.Name(), Dims(w.Shape))
	var same, all []string
	for _, t := range a.file.Tensors {
		all = append(all, t.Name)
	}
	for _, t := range a.Unused {
		if slices.Equal(t.Shape, w.Shape) {
			same = append(same, t.Name)
		}
	}
	for _, name := range all {
		if strings.HasSuffix(name, "_orig") {
			if listed {
				return said, false
			}
			return said + "; the file has " + few(all) + "; weights pruned by torch.nn.utils.prune have to be made permanent with prune.remove before they are saved", true
		}
	}
	switch {
	case len(same) > 0:
		return fmt.Sprintf("%s under that name; %s of that shape: say in names which of them is %s's", said, few(same), w.Layer), false
	case listed:
		return said, false
	}
	return said + "; the file has " + few(all), true
}

// unused says which tensors have no place, and what they are signs of.
func (a Assignment) unused() string {
	var names []string
	norm := false
	for _, t := range a.Unused {
		names = append(names, fmt.Sprintf("%s (%s)", t.Name, Dims(t.Shape)))
		norm = norm || strings.Contains(t.Name, "running_mean")
	}
	said := "tensor " + names[0] + " has no place in the network"
	if len(names) > 1 {
		said = fmt.Sprintf("%d tensors have no place in the network: %s", len(names), few(names))
	}
	if norm {
		said += ", with the statistics of batch norm, without which it computes something else"
	}
	return said + "; describe every layer of the network, or save its tensors alone"
}

// fit says how much of the network was found, optional tensors that are missing aside.
func (a Assignment) fit() string {
	needed := len(a.Pairs) + len(a.Misfits)
	for _, w := range a.Missing {
		if !w.Optional {
			needed++
		}
	}
	var names []string
	for _, p := range a.Pairs {
		names = append(names, p.Name())
	}
	said := fmt.Sprintf("%d of the network's %d tensors fit", len(a.Pairs), needed)
	if len(a.Pairs) == 1 {
		said += "s"
	}
	if len(names) > 0 {
		said += ": " + few(names)
	}
	return said
}

// few lists names, the first of many.
func few(names []string) string {
	if n := len(names) - most; n > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}
