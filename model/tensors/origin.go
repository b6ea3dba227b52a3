package tensors

import (
	"encoding/json"
	"slices"

	"prunelab/model/safetensors"
)

// Origin is a tensor as its owner's file has it.
type Origin struct {
	Name       string            `json:"name"`
	DType      safetensors.DType `json:"dtype"`
	Transposed bool              `json:"transposed,omitempty"` // of a dense layer, inputs x outputs
}

// Origins are the tensors of a network as the file has them that it came from. The zero
// value is that of a network that came from none.
type Origins struct {
	Format  Format            `json:"format,omitempty"`
	Tensors map[string]Origin `json:"tensors,omitempty"` // by LAYER.PARAM, where they are not F32 under that name
	Counts  map[string]int64  `json:"counts,omitempty"`  // single whole numbers beside them, as num_batches_tracked, by name
	Absent  []string          `json:"absent,omitempty"`  // biases that the file has none of, LAYER.bias
}

// Of is the tensor LAYER.PARAM.
func (o Origins) Of(name string) Origin {
	if of, ok := o.Tensors[name]; ok {
		return of
	}
	return Origin{Name: name, DType: safetensors.F32}
}

// Without reports whether a file as the owner's has no tensor LAYER.PARAM: it had none,
// and all values are still 0.
func (o Origins) Without(name string, values []float32) bool {
	return o.Lacks(name) && !slices.ContainsFunc(values, func(v float32) bool { return v != 0 })
}

// Lacks reports whether the owner's file has no tensor LAYER.PARAM, a bias.
func (o Origins) Lacks(name string) bool { return slices.Contains(o.Absent, name) }

// originsKey is where the metadata of a safetensors file have the origins of its
// tensors.
const originsKey = "prunelab.origins"

// Metadata are the origins for the metadata of a safetensors file, from which
// FromSafetensors takes them back.
func (o Origins) Metadata() map[string]string {
	text, err := json.Marshal(o)
	if err != nil {
		panic("tensors: origins that are no JSON: " + err.Error()) // texts and numbers
	}
	return map[string]string{originsKey: string(text)}
}

// originsIn reads origins from metadata; ok is false where there are none.
func originsIn(metadata map[string]string) (o Origins, ok bool) {
	text, there := metadata[originsKey]
	return o, there && json.Unmarshal([]byte(text), &o) == nil
}

// Origins are those of the network's tensors that were assigned: of the file, or of the
// one that this was written from.
func (a Assignment) Origins() Origins {
	o := Origins{Format: a.file.Format, Tensors: map[string]Origin{}, Counts: map[string]int64{}}
	before := a.file.Origins
	if before != nil {
		o.Format, o.Absent = before.Format, slices.Clone(before.Absent)
		for name, n := range before.Counts {
			o.Counts[name] = n
		}
	}
	for _, p := range a.Pairs {
		of := Origin{Name: p.Tensor.Name, DType: p.Tensor.DType}
		if before != nil {
			of = before.Of(p.Tensor.Name)
		}
		if _, number := alias[p.Param]; number && of != (Origin{Name: p.Name(), DType: safetensors.F32}) {
			o.Tensors[p.Name()] = of
		}
	}
	for _, t := range a.Ignored {
		if n, ok := t.Whole(); ok {
			o.Counts[t.Name] = n
		}
	}
	for _, w := range a.Missing {
		if _, number := alias[w.Param]; !number || slices.Contains(o.Absent, w.Name()) {
			continue
		}
		o.Absent = append(o.Absent, w.Name())
		weight := o.Of(w.Layer + ".weight").Name
		if layer, _ := split(weight); layer != "" && layer != w.Layer { // what the owner would call it
			o.Tensors[w.Name()] = Origin{Name: layer + "." + w.Param, DType: safetensors.F32}
		}
	}
	return o
}
