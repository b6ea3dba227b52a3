package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxOrder is how many bytes a file with an order of classes may have.
const MaxOrder = 4 << 20

// ReadOrder reads the order of a network's outputs from a file: a class on a line, by the
// name of its folder, the class of output 0 first.
func ReadOrder(text []byte) ([]string, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("it is no text in UTF-8; write a class on a line, the class of output 0 first")
	}
	all := strings.TrimRight(strings.TrimPrefix(string(text), "\ufeff"), " \t\r\n")
	if all == "" {
		return nil, fmt.Errorf("it is empty; write a class on a line, by the name of its folder, the class of output 0 first")
	}
	var names []string
	for line := range strings.Lines(all) {
		names = append(names, strings.TrimSpace(line))
	}
	_, err := Order(names)
	return names, err
}

// Order is the Order of a Reading with classes in the order of a network's outputs.
func Order(names []string) (string, error) {
	first := map[string]int{}
	for i, name := range names {
		switch before, twice := first[name]; {
		case name == "":
			return "", fmt.Errorf("line %d is empty; an output of which there is no class cannot be left open, so remove the line or name the folder of its class", i+1)
		case strings.ContainsAny(name, "/\\\n\r"):
			return "", fmt.Errorf("line %d, %q, is not the name of a folder; write that alone", i+1, name)
		case twice:
			return "", fmt.Errorf("line %d and line %d both name the class %s; each output has a class of its own, so remove or mend one", before, i+1, name)
		}
		first[name] = i + 1
	}
	if len(names) > maxClasses {
		return "", fmt.Errorf("there are %d classes; at most %d are read", len(names), maxClasses)
	}
	return strings.Join(names, "\n"), nil
}

// Ordered are the classes in the order of a network's outputs, nil where the folders
// have theirs.
func (r Reading) Ordered() []string {
	if r.Order == "" {
		return nil
	}
	return strings.Split(r.Order, "\n")
}

// labels gives each class its label. With an order of the user's there have to be the
// same classes in it as there are folders in a part.
func (r Reading) labels(part string, folders []string) (map[string]int, error) {
	order := r.Ordered()
	labels := map[string]int{}
	if order == nil {
		for label, name := range folders {
			labels[name] = label
		}
		return labels, nil
	}
	for label, name := range order {
		labels[name] = label
	}
	for _, name := range folders {
		if _, ok := labels[name]; !ok {
			return nil, fmt.Errorf("%s is a class without a line in the list of classes, which has %s; add it there, at the place of its output, or remove the folder", within(part, name), some(order))
		}
	}
	there := map[string]bool{}
	for _, name := range folders {
		there[name] = true
	}
	for label, name := range order {
		if !there[name] {
			return nil, fmt.Errorf("line %d of the list of classes, %s, has no folder %s; there are %s: add its images, or mend the line", label+1, name, within(part, name), some(slices.Sorted(maps.Keys(there))))
		}
	}
	return labels, nil
}

// some names the first of many.
func some(names []string) string {
	if more := len(names) - listed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:listed], ", "), more)
	}
	return strings.Join(names, ", ")
}
