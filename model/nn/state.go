package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"

	"prunelab/model/safetensors"
)

// MaskSuffix marks the tensor that says which weights of another are left.
const MaskSuffix = ".mask"

// Write stores all values as safetensors, dense, under the names of the
// parameters, and for pruned ones a mask of the same shape (1: left).
func (n *Network) Write(w io.Writer) error { return n.Tensors().Write(w) }

// Tensors returns what Write stores.
func (n *Network) Tensors() safetensors.File {
	var f safetensors.File
	for _, p := range n.Params() {
		f.Tensors = append(f.Tensors, safetensors.FromF32(p.Name, p.Shape, p.Dense()))
		if p.Kept != nil {
			mask := make([]byte, p.Size())
			for _, i := range p.Kept.Index {
				mask[i] = 1
			}
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: p.Name + MaskSuffix, DType: safetensors.U8, Shape: p.Shape, Data: mask})
		}
	}
	return f
}

// Read takes values and masks that Write stored. The network must have the
// same parameters; masks lie within those in force.
func (n *Network) Read(r io.Reader) error {
	limit := int64(1 << 20)
	for _, p := range n.Params() {
		limit += int64(5*p.Size() + 1024)
	}
	f, err := safetensors.Read(r, limit)
	if err != nil {
		return fmt.Errorf("read a network: %w", err)
	}
	return n.Take(f)
}

// Take takes values and masks as Read does.
func (n *Network) Take(f safetensors.File) error {
	tensors := map[string]safetensors.Tensor{}
	for _, t := range f.Tensors {
		tensors[t.Name] = t
	}
	for _, a := range n.affine {
		for _, p := range a.Params() {
			t, ok := tensors[p.Name]
			if !ok {
				return fmt.Errorf("read a network: the file has no tensor %s", p.Name)
			}
			if fmt.Sprint(t.Shape) != fmt.Sprint(p.Shape) {
				return fmt.Errorf("read a network: tensor %s has shape %v, the network needs %v", p.Name, t.Shape, p.Shape)
			}
			values, err := t.F32()
			if err != nil {
				return fmt.Errorf("read a network: %w", err)
			}
			if m, pruned := tensors[p.Name+MaskSuffix]; pruned {
				if len(m.Data) != p.Size() {
					return fmt.Errorf("read a network: the mask of %s has %d values, the layer has %d weights", p.Name, len(m.Data), p.Size())
				}
				var index []int32
				for i, bit := range m.Data {
					if bit != 0 {
						index = append(index, int32(i))
					}
				}
				kept, err := NewPattern(p.Size(), index)
				if err != nil {
					return fmt.Errorf("read a network: the mask of %s: %w", p.Name, err)
				}
				if err := n.Keep(a.Name, kept); err != nil {
					return err
				}
			}
			p.SetDense(values)
		}
	}
	return nil
}

// Clone returns a network of its own with the same values and masks.
func (n *Network) Clone() (*Network, error) {
	c, err := New(n.Config)
	if err != nil {
		return nil, err
	}
	for i, a := range n.affine {
		if a.W.Kept != nil {
			c.affine[i].keep(a.W.Kept)
		}
		c.affine[i].W.SetDense(a.W.Dense())
		c.affine[i].B.SetDense(a.B.Dense())
	}
	return c, nil
}

// Digest is the SHA-256, in hex, over names, values and patterns of all
// parameters. It does not depend on whether a layer is held compactly.
func (n *Network) Digest() string {
	h := sha256.New()
	var buf []byte
	for _, p := range n.Params() {
		buf = fmt.Appendf(buf[:0], "%s %v %d\n", p.Name, p.Shape, p.Left())
		for _, v := range p.Dense() {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if p.Kept != nil {
			for _, i := range p.Kept.Index {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(i))
			}
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}
