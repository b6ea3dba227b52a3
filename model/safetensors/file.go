// Package safetensors reads and writes named arrays in the safetensors format:
// eight bytes with the length of a JSON header, the header, the bytes of the
// tensors one after the other.
//
// The reader is strict and takes no more memory than its limit allows and than
// the input really holds. It refuses what other readers let pass: a name or
// key twice, gaps, overlaps and offsets out of range, sizes that do not fit
// type and shape, unknown types, a header of more than 1 MiB, bytes after the
// end. The writer gives equal bytes for equal content.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// MaxHeader is the largest header that is read or written, in bytes.
const MaxHeader = 1 << 20

// metadataKey is the entry of the header that holds text instead of a tensor.
const metadataKey = "__metadata__"

// File is the content of a safetensors file.
type File struct {
	Metadata map[string]string // free text; nil when the file has none
	Tensors  []Tensor
}

// Tensor returns the tensor of that name.
func (f File) Tensor(name string) (Tensor, bool) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// entry is a tensor in the header.
type entry struct {
	DType   DType    `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes the file. The tensors are ordered by the size of their elements,
// the largest first, so that each is aligned, and by name; the header is padded
// with spaces to a multiple of eight bytes. It fails when a name occurs twice or
// a tensor's data do not fit its type and shape.
func (f File) Write(w io.Writer) error {
	tensors := slices.Clone(f.Tensors)
	slices.SortStableFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.Size(), a.DType.Size()), cmp.Compare(a.Name, b.Name))
	})
	header, err := f.header(tensors)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// header returns the header with its length in front.
func (f File) header(tensors []Tensor) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 8))
	b.WriteByte('{')
	if f.Metadata != nil {
		if err := field(b, metadataKey, f.Metadata); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{metadataKey: true}
	var at int64
	for _, t := range tensors {
		if seen[t.Name] {
			return nil, fmt.Errorf("two tensors have the name %q", t.Name)
		}
		if !utf8.ValidString(t.Name) {
			return nil, fmt.Errorf("the name %q is not UTF-8", t.Name)
		}
		seen[t.Name] = true
		size, err := t.size()
		if err != nil {
			return nil, err
		}
		if int64(len(t.Data)) != size {
			return nil, fmt.Errorf("tensor %q of type %s and shape %v needs %d bytes and has %d", t.Name, t.DType, t.Shape, size, len(t.Data))
		}
		e := entry{DType: t.DType, Shape: t.Shape, Offsets: [2]int64{at, at + size}}
		if e.Shape == nil {
			e.Shape = []int{}
		}
		if err := field(b, t.Name, e); err != nil {
			return nil, err
		}
		at += size
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	if b.Len()-8 > MaxHeader {
		return nil, fmt.Errorf("the header has %d bytes, more than %d", b.Len()-8, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()-8))
	return b.Bytes(), nil
}

// field appends "key":value to an object that is being written.
func field(b *bytes.Buffer, key string, value any) error {
	k, err := json.Marshal(key)
	if err != nil {
		return err
	}
	v, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if b.Bytes()[b.Len()-1] != '{' {
		b.WriteByte(',')
	}
	b.Write(k)
	b.WriteByte(':')
	b.Write(v)
	return nil
}
