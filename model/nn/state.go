package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"

	"prunelab/model/safetensors"
)

// MaskSuffix marks the tensor that says which weights of another are left.
const MaskSuffix = ".mask"

// Write stores all values as safetensors, dense, under the names of the
// parameters and buffers, and for pruned ones a mask of the same shape (1: left).
func (n *Network) Write(w io.Writer) error { return n.Tensors().Write(w) }

// Tensors returns what Write stores.
func (n *Network) Tensors() safetensors.File {
	var f safetensors.File
	for _, p := range n.Params() {
		f.Tensors = append(f.Tensors, safetensors.FromF32(p.Name, p.Shape, p.Dense()))
		if p.Mask != nil {
			mask := make([]byte, p.Size())
			for _, i := range p.Mask.Kept {
				mask[i] = 1
			}
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: p.Name + MaskSuffix, DType: safetensors.U8, Shape: p.Shape, Data: mask})
		}
	}
	for _, b := range n.Buffers() {
		f.Tensors = append(f.Tensors, safetensors.FromF32(b.Name, []int{len(b.Values)}, b.Values))
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
	for _, b := range n.Buffers() {
		limit += int64(4*len(b.Values) + 1024)
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
	for _, p := range n.Params() {
		t, ok := tensors[p.Name]
		if !ok {
			return fmt.Errorf("read a network: the file has no tensor %s", p.Name)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("read a network: tensor %s has shape %v, the network needs %v", p.Name, t.Shape, p.Shape)
		}
		values, err := t.F32()
		if err != nil {
			return fmt.Errorf("read a network: %w", err)
		}
		if m, pruned := tensors[p.Name+MaskSuffix]; pruned {
			mask, err := maskOf(m, p)
			if err != nil {
				return fmt.Errorf("read a network: the mask of %s: %w", p.Name, err)
			}
			if err := n.Keep(p.Layer, mask); err != nil {
				return err
			}
		}
		p.SetDense(values)
	}
	for _, b := range n.Buffers() {
		t, ok := tensors[b.Name]
		if !ok {
			return fmt.Errorf("read a network: the file has no tensor %s", b.Name)
		}
		if !slices.Equal(t.Shape, []int{len(b.Values)}) {
			return fmt.Errorf("read a network: tensor %s has shape %v, the network needs [%d]", b.Name, t.Shape, len(b.Values))
		}
		values, err := t.F32()
		if err != nil {
			return fmt.Errorf("read a network: %w", err)
		}
		copy(b.Values, values)
	}
	return nil
}

// maskOf is the mask of a parameter as a tensor holds it.
func maskOf(t safetensors.Tensor, p *Param) (*Mask, error) {
	if len(t.Data) != p.Size() {
		return nil, fmt.Errorf("%d values, the layer has %d weights", len(t.Data), p.Size())
	}
	var kept []int32
	for i, bit := range t.Data {
		if bit != 0 {
			kept = append(kept, int32(i))
		}
	}
	return NewMask(p.Size(), kept)
}

// Clone returns a network of its own with the same values and masks.
func (n *Network) Clone() (*Network, error) {
	c, err := New(n.Config)
	if err != nil {
		return nil, err
	}
	for i, a := range n.affine {
		if a.W.Mask != nil {
			c.affine[i].keep(a.W.Mask)
		}
		c.affine[i].W.SetDense(a.W.Dense())
		c.affine[i].B.SetDense(a.B.Dense())
	}
	for i, b := range n.norms {
		for k, p := range b.Params() {
			c.norms[i].Params()[k].SetDense(p.Value)
		}
	}
	for i, b := range n.Buffers() {
		copy(c.Buffers()[i].Values, b.Values)
	}
	return c, nil
}

// Digest is the SHA-256, in hex, over names, values and masks of all
// parameters, and over the buffers. It does not depend on whether a layer is held compactly.
func (n *Network) Digest() string {
	h := sha256.New()
	var buf []byte
	for _, p := range n.Params() {
		buf = fmt.Appendf(buf[:0], "%s %v %d\n", p.Name, p.Shape, p.Left())
		for _, v := range p.Dense() {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if p.Mask != nil {
			for _, i := range p.Mask.Kept {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(i))
			}
		}
		h.Write(buf)
	}
	for _, b := range n.Buffers() {
		buf = fmt.Appendf(buf[:0], "%s %d\n", b.Name, len(b.Values))
		for _, v := range b.Values {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}
