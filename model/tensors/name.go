package tensors

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"prunelab/model/safetensors"
)

// alias are names of parameters in other libraries, by that in PyTorch.
var alias = map[string][]string{
	"weight":       {"gamma"},
	"bias":         {"beta"},
	"running_mean": {"moving_mean"},
	"running_var":  {"moving_variance", "moving_var"},
}

// split cuts a tensor's name into layer and parameter, the latter as PyTorch calls it.
func split(name string) (layer, param string) {
	dot := strings.LastIndexByte(name, '.')
	layer, param = name[:max(dot, 0)], name[dot+1:]
	for ours, theirs := range alias {
		if slices.Contains(theirs, param) {
			return layer, ours
		}
	}
	return layer, param
}

// plain is a tensor's name with its parameter as PyTorch calls it.
func plain(name string) string {
	if layer, param := split(name); layer != "" {
		return layer + "." + param
	}
	return name
}

// spelled are the names that a tensor may have for a plain one, itself first.
func spelled(name string) []string {
	layer, param := split(name)
	names := []string{name}
	for _, theirs := range append([]string{param}, alias[param]...) {
		if n := layer + "." + theirs; n != name {
			names = append(names, n)
		}
	}
	return names
}

// maxName is the longest name of a tensor, in bytes.
const maxName = 1000

// checkNames fails for a name that could not be shown: too long, not UTF-8, with
// characters that cannot be printed.
func checkNames(tensors []safetensors.Tensor) error {
	for _, t := range tensors {
		if n := len(t.Name); n > maxName {
			return fmt.Errorf("a tensor has a name of %d bytes, %.40q and so on; %d are the most", n, t.Name, maxName)
		}
		if !utf8.ValidString(t.Name) || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return fmt.Errorf("a tensor has the name %q, with characters that cannot be printed; save it under another", t.Name)
		}
	}
	return nil
}

// prefix is what stands before the wanted names in a file, with a dot at its end, as
// "module." from DataParallel: that under which the most are found, the shortest of
// such.
func prefix(tensors []safetensors.Tensor, wanted []Wanted) string {
	known, longest := map[string]bool{}, 0
	for _, w := range wanted {
		name := plain(w.Name())
		known[name], longest = true, max(longest, len(name))
	}
	found := map[string]int{}
	for _, t := range tensors {
		name := plain(t.Name)
		for at := 0; ; {
			if len(name)-at <= longest && known[name[at:]] {
				found[name[:at]]++
			}
			dot := strings.IndexByte(name[at:], '.')
			if dot < 0 {
				break
			}
			at += dot + 1
		}
	}
	best := ""
	for _, p := range sortedKeys(found) {
		if found[p] > found[best] || found[p] == found[best] && len(p) < len(best) {
			best = p
		}
	}
	return best
}

// kinds says of each tensor what it is by its name: the parameter, and whether of a
// normalisation, which is a layer with running_mean; "" where it cannot be told.
func kinds(tensors []safetensors.Tensor) []string {
	names := make([]string, len(tensors))
	for i, t := range tensors {
		names[i] = t.Name
	}
	return kindsOf(names)
}

func kindsWanted(wanted []Wanted) []string {
	names := make([]string, len(wanted))
	for i, w := range wanted {
		names[i] = w.Name()
	}
	return kindsOf(names)
}

func kindsOf(names []string) []string {
	norm := map[string]bool{}
	for _, name := range names {
		if layer, param := split(name); param == "running_mean" {
			norm[layer] = true
		}
	}
	kinds := make([]string, len(names))
	for i, name := range names {
		layer, param := split(name)
		if _, known := alias[param]; !known {
			continue
		}
		kinds[i] = param
		if norm[layer] {
			kinds[i] = "norm " + param
		}
	}
	return kinds
}
