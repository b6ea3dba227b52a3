package weights

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"prunelab/model/nn"
	"prunelab/model/onnx"
	"prunelab/model/safetensors"
	"prunelab/model/sparse"
	"prunelab/model/sparse/npy"
	"prunelab/model/tensors"
)

// Container is the kind of a file.
type Container string

// The containers.
const (
	NPZ         Container = "npz"         // an archive of NumPy arrays
	Safetensors Container = "safetensors" // named tensors with a JSON header
	ONNX        Container = "onnx"        // the network, layers and weights
)

// Containers lists them.
func Containers() []Container { return []Container{NPZ, Safetensors, ONNX} }

// Export says what is written and how.
type Export struct {
	Format    sparse.Format
	Container Container
	Layer     string            // only this one; "": all
	Bits      Bits              // of a relative index
	Metadata  map[string]string // of safetensors and ONNX files
	Origins   tensors.Origins   // of a network that came from a file: its names and types there, which dense safetensors and ONNX files keep
	NoMasks   bool              // dense: without the masks of pruned layers
}

// File is one file of an export.
type File struct {
	Layer string // the only one in the file; "": it holds all
	Write func(io.Writer) error
	Said  []string // what in it is not as its owner would expect
}

// Names returns what the files of a network with these layers are called when
// the user says name: that, or name.LAYER with the same ending where every layer
// has a file of its own.
func (e Export) Names(name string, layers []string) []string {
	if !e.byLayer() || e.Layer != "" || len(layers) == 1 {
		return []string{name}
	}
	ending := path.Ext(name)
	var names []string
	for _, l := range layers {
		names = append(names, strings.TrimSuffix(name, ending)+"."+l+ending)
	}
	return names
}

// byLayer reports whether a file holds one layer only.
func (e Export) byLayer() bool { return e.Format != sparse.FormatDense && e.Container == NPZ }

// Files returns the files that hold the network:
//
//	dense, npz          one archive of LAYER.weight, LAYER.weight.mask (bool, of pruned layers) and LAYER.bias
//	dense, safetensors  the same, masks as U8, under the names and in the types of the file that the network came from, see
//	                    owned; nn.Network.Read takes it back where these are the network's own
//	dense, onnx         the network as onnx.Model writes it
//	sparse, npz         a file a layer: the arrays of sparse.Entries, which scipy.sparse.load_npz reads of csr, csc
//	                    and coo, and beside them bias and dims, the shape of the weight tensor
//	sparse, safetensors one file: for each layer the tensors of sparse.AddTensors under LAYER.weight, LAYER.weight.dims
//	                    and LAYER.bias
//
// Of a whole network batch normalisations are there too: weight, bias, running_mean and
// running_var under LAYER, in the one file or, of a file a layer, in one of their own.
//
// Where weights are stored a sparse format is the mask: it holds all weights
// that are left, those that are zero too.
func Files(net *nn.Network, e Export) ([]File, error) {
	var layers []*nn.Affine
	for _, a := range net.Affines() {
		if e.Layer == "" || e.Layer == a.Name {
			layers = append(layers, a)
		}
	}
	var norms []*nn.BatchNorm
	if e.Layer == "" {
		norms = net.Norms()
	}
	if len(layers) == 0 {
		return nil, fmt.Errorf("the network has no layer %q; it has %s", e.Layer, strings.Join(layerNames(net), ", "))
	}
	switch {
	case e.Format == sparse.FormatDense && e.Container == NPZ:
		return []File{{Layer: e.Layer, Write: func(w io.Writer) error { return writeDense(w, e.dense(net, layers, norms)) }}}, nil
	case e.Format == sparse.FormatDense && e.Container == Safetensors:
		all, said := e.owned(e.dense(net, layers, norms))
		f := safetensors.File{Metadata: e.Metadata, Tensors: all}
		return []File{{Layer: e.Layer, Write: f.Write, Said: said}}, nil
	case e.Container == ONNX && (e.Format != sparse.FormatDense || e.Layer != ""):
		return nil, fmt.Errorf("an ONNX file holds a whole network, with dense weights; a layer alone, or weights as %s, can be exported as %s or %s", e.Format, NPZ, Safetensors)
	case e.Container == ONNX:
		m := onnx.Model{Network: net, Origins: e.Origins, Metadata: e.Metadata}
		b, err := m.Encode()
		if err != nil {
			return nil, fmt.Errorf("as ONNX: %w", err)
		}
		write := func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		}
		return []File{{Write: write, Said: m.Said}}, nil
	}
	f := safetensors.File{Metadata: map[string]string{}}
	for k, v := range e.Metadata {
		f.Metadata[k] = v
	}
	var files []File
	for _, a := range layers {
		m, err := matrix(a, e.Format, e.Bits)
		if err != nil {
			return nil, err
		}
		switch e.Container {
		case NPZ:
			files = append(files, File{Layer: a.Name, Write: func(w io.Writer) error { return npy.WriteArchive(w, archive(a, m)) }})
		case Safetensors:
			if err := sparse.AddTensors(&f, a.W.Name, m); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Name, err)
			}
			dims := npy.FromInt64([]int{len(a.W.Shape)}, wide(a.W.Shape))
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: a.W.Name + ".dims", DType: safetensors.I64, Shape: dims.Shape, Data: dims.Data})
			if a.B.Size() > 0 {
				f.Tensors = append(f.Tensors, safetensors.FromF32(a.B.Name, a.B.Shape, a.B.Dense()))
			}
		default:
			return nil, fmt.Errorf("a file cannot be %q; it can be %s, %s or %s", e.Container, NPZ, Safetensors, ONNX)
		}
	}
	for _, b := range norms {
		if e.Container == NPZ {
			files = append(files, File{Layer: b.Name, Write: func(w io.Writer) error { return npy.WriteArchive(w, normArchive(b)) }})
		} else {
			f.Tensors = append(f.Tensors, normTensors(b)...)
		}
	}
	if e.Container == Safetensors {
		files = []File{{Layer: e.Layer, Write: f.Write}}
	}
	return files, nil
}

// normTensors are what a batch normalisation learned and its running statistics.
func normTensors(b *nn.BatchNorm) []safetensors.Tensor {
	var all []safetensors.Tensor
	for _, p := range b.Params() {
		all = append(all, safetensors.FromF32(p.Name, p.Shape, p.Value))
	}
	for _, v := range []*nn.Buffer{b.Mean, b.Var} {
		all = append(all, safetensors.FromF32(v.Name, []int{len(v.Values)}, v.Values))
	}
	return all
}

// normArchive is what the .npz file of a batch normalisation holds.
func normArchive(b *nn.BatchNorm) []npy.Entry {
	var all []npy.Entry
	for _, t := range normTensors(b) {
		all = append(all, npy.Entry{Name: strings.TrimPrefix(t.Name, b.Name+"."), Array: npy.Array{DType: npy.Float32, Shape: t.Shape, Data: t.Data}})
	}
	return all
}

// matrix is a layer's weights in a format.
func matrix(a *nn.Affine, f sparse.Format, b Bits) (sparse.Matrix, error) {
	m, err := a.CSR()
	if err != nil {
		return nil, err
	}
	s, err := sparse.As(m, f, b.of(a.Kind, m))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	return s, nil
}

// archive is what the .npz file of a layer holds.
func archive(a *nn.Affine, m sparse.Matrix) []npy.Entry {
	all := sparse.Entries(m)
	if a.B.Size() > 0 {
		all = append(all, npy.Entry{Name: "bias", Array: npy.FromFloat32(a.B.Shape, a.B.Dense())})
	}
	return append(all, npy.Entry{Name: "dims", Array: npy.FromInt64([]int{len(a.W.Shape)}, wide(a.W.Shape))})
}

// tensorsOf are the tensors of some of the network's layers.
func tensorsOf(net *nn.Network, layers []*nn.Affine, norms []*nn.BatchNorm) []safetensors.Tensor {
	wanted := map[string]bool{}
	for _, a := range layers {
		wanted[a.W.Name], wanted[a.B.Name], wanted[a.W.Name+nn.MaskSuffix] = true, true, true
	}
	for _, b := range norms {
		for _, t := range normTensors(b) {
			wanted[t.Name] = true
		}
	}
	var some []safetensors.Tensor
	for _, t := range net.Tensors().Tensors {
		if wanted[t.Name] {
			some = append(some, t)
		}
	}
	return some
}

// dense are the tensors of layers, with masks if they are wanted.
func (e Export) dense(net *nn.Network, layers []*nn.Affine, norms []*nn.BatchNorm) []safetensors.Tensor {
	all := tensorsOf(net, layers, norms)
	if e.NoMasks {
		all = slices.DeleteFunc(all, func(t safetensors.Tensor) bool { return strings.HasSuffix(t.Name, nn.MaskSuffix) })
	}
	return all
}

// writeDense writes dense tensors as a .npz file, masks as bool.
func writeDense(w io.Writer, all []safetensors.Tensor) error {
	var entries []npy.Entry
	for _, t := range all {
		dtype := npy.Float32
		if t.DType == safetensors.U8 {
			dtype = npy.Bool
		}
		entries = append(entries, npy.Entry{Name: t.Name, Array: npy.Array{DType: dtype, Shape: t.Shape, Data: t.Data}})
	}
	return npy.WriteArchive(w, entries)
}

func wide(shape []int) []int64 {
	w := make([]int64, len(shape))
	for i, d := range shape {
		w[i] = int64(d)
	}
	return w
}

func layerNames(net *nn.Network) []string {
	var names []string
	for _, a := range net.Affines() {
		names = append(names, a.Name)
	}
	return names
}
