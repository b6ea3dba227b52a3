package weights

import (
	"fmt"
	"io"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/safetensors"
	"prunelab/model/tensors"
)

// owned are dense tensors of the network as the file has them that it came from, which
// PyTorch loads into what that file was loaded into: under its names, with its whole
// numbers beside them, without biases that it has none of and that are still 0. They
// have the types of that file where these have every value exactly, else F32. Of a
// network that came from an ONNX file the names and the layout are PyTorch's. said is
// what is otherwise than in that file.
func (e Export) owned(all []safetensors.Tensor) (owned []safetensors.Tensor, said []string) {
	if e.Origins.Format == tensors.ONNX {
		return all, nil
	}
	wider := map[safetensors.DType][]string{}
	for _, t := range all {
		name, mask := strings.CutSuffix(t.Name, nn.MaskSuffix)
		of := e.Origins.Of(name)
		if mask {
			t.Name = of.Name + nn.MaskSuffix
			owned = append(owned, t)
			continue
		}
		if values, err := t.F32(); err == nil && e.Origins.Without(name, values) {
			continue
		}
		if e.Origins.Lacks(name) {
			said = append(said, fmt.Sprintf("%s is not in the file that the network came from, and has values now: PyTorch needs a bias there to load it", of.Name))
		}
		t.Name = of.Name
		as, exact := t.As(of.DType)
		if !exact {
			wider[of.DType] = append(wider[of.DType], of.Name)
		}
		owned = append(owned, as)
	}
	for _, d := range []safetensors.DType{safetensors.F16, safetensors.BF16} {
		if names := wider[d]; len(names) > 0 {
			said = append(said, fmt.Sprintf("written as F32 and not as %s, which does not have all of their values: %s", d, strings.Join(names, ", ")))
		}
	}
	if e.Layer == "" {
		for name, n := range e.Origins.Counts {
			owned = append(owned, safetensors.Count(name, n))
		}
	}
	return owned, said
}

// WriteTrained writes a network as nn.Network.Write does, with what the file calls its
// tensors that it came from.
func WriteTrained(w io.Writer, net *nn.Network, o tensors.Origins) error {
	f := net.Tensors()
	f.Metadata = o.Metadata()
	return f.Write(w)
}

// ReadOrigins reads what WriteTrained noted of a network; ok is false where it noted
// nothing.
func ReadOrigins(r io.Reader) (o tensors.Origins, ok bool, err error) {
	f, err := Open(r, "", dataset.Shape{})
	if err != nil || f.Origins == nil {
		return o, false, err
	}
	return *f.Origins, true, nil
}
