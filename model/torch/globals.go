package torch

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"prunelab/model/safetensors"
)

// storages are the classes of storages, and the types of their elements. Those of
// torch.cuda are on the list as well.
var storages = map[string]safetensors.DType{
	"torch.FloatStorage":           safetensors.F32,
	"torch.DoubleStorage":          safetensors.F64,
	"torch.HalfStorage":            safetensors.F16,
	"torch.BFloat16Storage":        safetensors.BF16,
	"torch.LongStorage":            safetensors.I64,
	"torch.IntStorage":             safetensors.I32,
	"torch.ShortStorage":           safetensors.I16,
	"torch.CharStorage":            safetensors.I8,
	"torch.ByteStorage":            safetensors.U8,
	"torch.BoolStorage":            safetensors.Bool,
	"torch.storage.UntypedStorage": safetensors.U8, // bytes; the tensor has a type of its own
	"torch.UntypedStorage":         safetensors.U8,
	"torch.cuda.FloatStorage":      safetensors.F32,
	"torch.cuda.DoubleStorage":     safetensors.F64,
	"torch.cuda.HalfStorage":       safetensors.F16,
	"torch.cuda.BFloat16Storage":   safetensors.BF16,
	"torch.cuda.LongStorage":       safetensors.I64,
	"torch.cuda.IntStorage":        safetensors.I32,
	"torch.cuda.ShortStorage":      safetensors.I16,
	"torch.cuda.CharStorage":       safetensors.I8,
	"torch.cuda.ByteStorage":       safetensors.U8,
	"torch.cuda.BoolStorage":       safetensors.Bool,
}

// dtypes are the types of elements by their names in PyTorch.
var dtypes = map[string]safetensors.DType{
	"torch.float32": safetensors.F32, "torch.float64": safetensors.F64, "torch.float16": safetensors.F16, "torch.bfloat16": safetensors.BF16,
	"torch.int64": safetensors.I64, "torch.int32": safetensors.I32, "torch.int16": safetensors.I16, "torch.int8": safetensors.I8,
	"torch.uint64": safetensors.U64, "torch.uint32": safetensors.U32, "torch.uint16": safetensors.U16, "torch.uint8": safetensors.U8,
	"torch.bool": safetensors.Bool,
}

// classes are those of tensors, which are named but never called.
var classes = []string{"torch.Tensor", "torch.nn.parameter.Parameter"}

// inert are classes and functions of values that often lie beside a state dict. What
// they would make is left opaque.
var inert = []string{
	"argparse.Namespace", "torch.device", "builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset",
	"numpy.dtype", "numpy.ndarray", "_codecs.encode",
	"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
	"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
}

// function returns a function that is understood, nil for any other.
func function(name string) func([]any) (any, error) {
	switch name {
	case "collections.OrderedDict":
		return orderedDict
	case "collections.defaultdict":
		return func([]any) (any, error) { return &dict{}, nil }
	case "torch.Size":
		return func(args []any) (any, error) { return &tuple{args}, nil }
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		return rebuild
	case "torch._utils._rebuild_tensor_v3":
		return rebuildTyped
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return parameter
	case "torch._tensor._rebuild_from_type_v2":
		return rebuildFrom
	}
	return nil
}

// refused are what a file may well hold, and why it is not read.
var refused = map[string]string{
	"torch._utils._rebuild_qtensor":                  "a quantised tensor; save the network as it was before, or after dequantize()",
	"torch._utils._rebuild_sparse_tensor":            "a sparse tensor; save it after to_dense()",
	"torch._utils._rebuild_sparse_csr_tensor":        "a sparse tensor; save it after to_dense()",
	"torch._utils._rebuild_meta_tensor_no_storage":   "a tensor without values (on device meta); load the weights before saving",
	"torch._utils._rebuild_nested_tensor":            "a nested tensor; networks have none",
	"torch.ComplexFloatStorage":                      "complex numbers, which networks here do not have",
	"torch.ComplexDoubleStorage":                     "complex numbers, which networks here do not have",
	"torch._utils._rebuild_device_tensor_from_numpy": "a tensor of another device; save it after .cpu()",
}

// lookUp returns a name of the list; for any other it fails and says it.
func (m *machine) lookUp(module, name string) (any, error) {
	g := global{module, name}
	full := g.String()
	_, isStorage := storages[full]
	_, isType := dtypes[full]
	if isStorage || isType || function(full) != nil || slices.Contains(classes, full) || slices.Contains(inert, full) {
		return g, nil
	}
	if why, ok := refused[full]; ok {
		return nil, fmt.Errorf("%s: it holds %s", full, why)
	}
	if len(full) > 80 {
		full = full[:80] + "..."
	}
	rest := m.in[m.at:] // every module has these dictionaries
	if bytes.Contains(rest, []byte("_parameters")) && bytes.Contains(rest, []byte("_modules")) {
		return nil, wholeModule(full)
	}
	return nil, fmt.Errorf("it needs %q, a class or function of Python, and none but those that make up a state dict are known; nothing of a file is run here. Load it where you trust it and save the network's tensors alone: torch.save(network.state_dict(), NEW)", full)
}

// wholeModule says that the file holds a network as an object of a class.
func wholeModule(class string) error {
	return fmt.Errorf("it holds a whole network, an object of the class %q, whose code is not in the file; load it where that is and save its tensors alone: torch.save(network.state_dict(), NEW)", class)
}

// call makes what a function of the list returns.
func call(f global, args []any) (any, error) {
	full := f.String()
	if f := function(full); f != nil {
		v, err := f(args)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", full, err)
		}
		return v, nil
	}
	if slices.Contains(inert, full) {
		return &opaque{f}, nil
	}
	return nil, fmt.Errorf("%s is called, which torch.save does not do", full)
}

// orderedDict takes nothing, or a list of pairs, as Python 2 wrote it.
func orderedDict(args []any) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok || len(args) > 1 {
		return nil, errors.New("it is not made of a list")
	}
	for _, p := range pairs.items {
		var items []any
		switch p := p.(type) {
		case *list:
			items = p.items
		case *tuple:
			items = p.items
		}
		if len(items) != 2 {
			return nil, fmt.Errorf("%s is no pair", word(p))
		}
		d.set(items[0], items[1])
	}
	return d, nil
}
