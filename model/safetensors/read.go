package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"prunelab/model/claimed"
)

// Read reads a file of at most limit bytes, to its end. The tensors are in the
// order of their data.
func Read(r io.Reader, limit int64) (File, error) {
	f, err := read(r, limit)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// placed is a tensor whose data are still to be read.
type placed struct {
	Tensor
	begin, end int64
}

func read(r io.Reader, limit int64) (File, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return File{}, fmt.Errorf("the file ends within the length of its header: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader {
		return File{}, fmt.Errorf("the header is said to have %d bytes, more than %d", n, MaxHeader)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return File{}, fmt.Errorf("the file ends within its header of %d bytes: %w", n, err)
	}
	metadata, tensors, err := parse(header)
	if err != nil {
		return File{}, fmt.Errorf("header: %w", err)
	}
	if err := check(tensors, limit-8-int64(n)); err != nil {
		return File{}, err
	}
	f := File{Metadata: metadata}
	for _, t := range tensors {
		data, err := claimed.Read(r, t.end-t.begin)
		if err != nil {
			return File{}, fmt.Errorf("the file ends within tensor %q, of %d bytes: %w", t.Name, t.end-t.begin, err)
		}
		if t.DType == Bool && slices.ContainsFunc(data, func(b byte) bool { return b > 1 }) {
			return File{}, fmt.Errorf("tensor %q has a BOOL that is neither 0 nor 1", t.Name)
		}
		t.Data = data
		f.Tensors = append(f.Tensors, t.Tensor)
	}
	if k, err := io.ReadFull(r, length[:1]); k != 0 || err != io.EOF {
		if k == 0 {
			return File{}, err
		}
		return File{}, errors.New("the file goes on after the last tensor")
	}
	return f, nil
}

// check sorts the tensors by their data and verifies that these lie one after
// the other, fit type and shape, and have at most limit bytes in all.
func check(tensors []placed, limit int64) error {
	slices.SortStableFunc(tensors, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var at int64
	for _, t := range tensors {
		size, err := t.size()
		if err != nil {
			return err
		}
		switch {
		case t.begin != at:
			return fmt.Errorf("the data of tensor %q begin at %d, not at %d where those before end", t.Name, t.begin, at)
		case t.end-t.begin != size:
			return fmt.Errorf("tensor %q of type %s and shape %v needs %d bytes and has %d", t.Name, t.DType, t.Shape, size, t.end-t.begin)
		case t.end > limit:
			return fmt.Errorf("the data end at byte %d or later, only %d are allowed", t.end, limit)
		}
		at = t.end
	}
	return nil
}

// parse reads the header, an object of tensors and at most one object of text.
func parse(header []byte) (map[string]string, []placed, error) {
	if !utf8.Valid(header) {
		return nil, nil, errors.New("not UTF-8")
	}
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("does not begin with {")
	}
	d := json.NewDecoder(bytes.NewReader(header))
	d.UseNumber()
	var (
		metadata map[string]string
		tensors  []placed
	)
	err := object(d, func(name string) (err error) {
		if name == metadataKey {
			metadata, err = text(d)
			return err
		}
		t, err := tensor(d, name)
		tensors = append(tensors, t)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := bytes.TrimLeft(header[d.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, fmt.Errorf("%q after the end", rest[:min(len(rest), 20)])
	}
	return metadata, tensors, nil
}

// object reads an object whose values the function reads; no key may occur
// twice.
func object(d *json.Decoder, value func(key string) error) error {
	if err := delim(d, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string) // the decoder takes nothing else as a key
		if seen[key] {
			return fmt.Errorf("%q occurs twice", key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return delim(d, '}')
}

func text(d *json.Decoder) (map[string]string, error) {
	m := map[string]string{}
	err := object(d, func(key string) error {
		t, err := d.Token()
		if err != nil {
			return err
		}
		s, ok := t.(string)
		if !ok {
			return fmt.Errorf("%s: %q is not a string", metadataKey, key)
		}
		m[key] = s
		return nil
	})
	return m, err
}

func tensor(d *json.Decoder, name string) (placed, error) {
	t := placed{Tensor: Tensor{Name: name, Shape: []int{}}}
	fields := 0
	err := object(d, func(key string) error {
		fields++
		switch key {
		case "dtype":
			v, err := d.Token()
			if err != nil {
				return err
			}
			s, ok := v.(string)
			if !ok {
				return errors.New("dtype is not a string")
			}
			t.DType = DType(s)
		case "shape":
			return numbers(d, func(n int64) error {
				if int64(int(n)) != n {
					return fmt.Errorf("dimension %d is too large", n)
				}
				t.Shape = append(t.Shape, int(n))
				return nil
			})
		case "data_offsets":
			var at []int64
			if err := numbers(d, func(n int64) error { at = append(at, n); return nil }); err != nil {
				return err
			}
			if len(at) != 2 || at[0] > at[1] {
				return fmt.Errorf("data_offsets %v are not a beginning and an end", at)
			}
			t.begin, t.end = at[0], at[1]
		default:
			return fmt.Errorf("unknown field %q", key)
		}
		return nil
	})
	if err == nil && fields != 3 {
		err = errors.New("dtype, shape or data_offsets is missing")
	}
	if err != nil {
		return t, fmt.Errorf("tensor %q: %w", name, err)
	}
	return t, nil
}

// numbers reads an array of integers that are not negative.
func numbers(d *json.Decoder, each func(int64) error) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		s, ok := t.(json.Number)
		if !ok {
			return fmt.Errorf("%v is not a number", t)
		}
		n, err := strconv.ParseInt(string(s), 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("%s is not a whole number of 0 or more", s)
		}
		if err := each(n); err != nil {
			return err
		}
	}
	return delim(d, ']')
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%v instead of %v", t, want)
	}
	return nil
}
