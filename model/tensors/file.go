// Package tensors is what a file of named tensors holds, whatever wrote it, and which
// of them belongs where in a network.
//
//  1. FormatOf tells from the first bytes what a file is, also when it is none of
//     tensors at all.
//  2. A File is what a reader gives: that of package torch directly, of safetensors
//     through FromSafetensors.
//  3. Match assigns its tensors to those that a network wants, by an explicit map,
//     by name or by shape. The Assignment says which, and what was left over; it is
//     shown before anything is computed with it.
//
// It knows nothing of layers and what they compute: a network lists what it Wants.
package tensors

import (
	"slices"
	"strings"

	"prunelab/model/safetensors"
)

// File is a file of named tensors.
type File struct {
	Format  Format
	Key     string               // where in the file they lie, as "state_dict"; "" at its top
	Others  []string             // where other tensors lie, that may be another network
	Tensors []safetensors.Tensor // no name twice; Data may be shared and is not to be changed
	InOrder bool                 // the order is that in which the network declares them
	Tied    [][]string           // names of tensors that share memory, each group in the order of Tensors
	Beside  []Beside             // what else the file holds
	Origins *Origins             // where it was written from the file of an owner, of Tensors by their names; nil: they are the owner's
}

// Beside is something in the file that is none of the tensors, as the accuracy or the
// epoch that was saved with them.
type Beside struct {
	Name  string
	Value string // a number or a text as it is, otherwise what it is
}

// FromSafetensors is the content of a safetensors file. What its metadata call the
// other name of one of the tensors, as safetensors.torch.save_model writes for tensors
// that share memory, is there under both.
func FromSafetensors(f safetensors.File) File {
	out := File{Format: Safetensors, Tensors: slices.Clone(f.Tensors)}
	if o, ok := originsIn(f.Metadata); ok {
		out.Origins = &o
	}
	tied := map[string][]string{}
	for _, name := range sortedKeys(f.Metadata) {
		of := f.Metadata[name]
		if name == originsKey && out.Origins != nil {
			continue
		}
		t, ok := f.Tensor(of)
		if _, there := f.Tensor(name); !ok || there {
			out.Beside = append(out.Beside, Beside{name, of})
			continue
		}
		t.Name = name
		out.Tensors = append(out.Tensors, t)
		tied[of] = append(tied[of], name)
	}
	for _, of := range sortedKeys(tied) {
		out.Tied = append(out.Tied, append([]string{of}, tied[of]...))
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
