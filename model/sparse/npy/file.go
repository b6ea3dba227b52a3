package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"prunelab/model/claimed"
)

// Write writes a .npy file. It fails when the data do not fit type and shape.
func (a Array) Write(w io.Writer) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	header, err := a.header()
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err = w.Write(a.Data)
	return err
}

func (a Array) check() error {
	size, err := a.bytes()
	if err != nil {
		return err
	}
	if int64(len(a.Data)) != size {
		return fmt.Errorf("an array of type %s and shape %v needs %d bytes and has %d", a.DType, a.Shape, size, len(a.Data))
	}
	return nil
}

// Read reads a .npy file of at most limit bytes of data, to its end.
func Read(r io.Reader, limit int64) (Array, error) {
	a, err := read(r, limit)
	if err != nil {
		return Array{}, fmt.Errorf("npy: %w", err)
	}
	return a, nil
}

func read(r io.Reader, limit int64) (Array, error) {
	text, err := readHeader(r)
	if err != nil {
		return Array{}, err
	}
	a, err := parseHeader(text)
	if err != nil {
		return Array{}, fmt.Errorf("header: %w", err)
	}
	size, err := a.bytes()
	if err != nil {
		return Array{}, fmt.Errorf("header: %w", err)
	}
	if size > limit {
		return Array{}, fmt.Errorf("an array of type %s and shape %v has %d bytes, only %d are allowed", a.DType, a.Shape, size, limit)
	}
	if a.Data, err = claimed.Read(r, size); err != nil {
		return Array{}, fmt.Errorf("the file ends within its %d bytes of data: %w", size, err)
	}
	if a.DType == Bool {
		for i, b := range a.Data {
			if b > 1 {
				return Array{}, fmt.Errorf("element %d is the bool %d, neither 0 nor 1", i, b)
			}
		}
	}
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return Array{}, errors.New("the file goes on after its data")
	case err != io.EOF: // an archive says here that size or checksum is wrong
		return Array{}, fmt.Errorf("after the data: %w", err)
	}
	return a, nil
}

// readHeader reads the file up to its data and returns the dictionary.
func readHeader(r io.Reader) (string, error) {
	var fixed [len(magic) + 2]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return "", fmt.Errorf("the file ends within its first bytes: %w", err)
	}
	if string(fixed[:len(magic)]) != magic {
		return "", fmt.Errorf("the file begins with %q, not with %q: it is not a .npy file", fixed[:len(magic)], magic)
	}
	major, minor := fixed[len(magic)], fixed[len(magic)+1]
	if major < 1 || major > 3 || minor != 0 {
		return "", fmt.Errorf("version %d.%d of the format is not known", major, minor)
	}
	length := make([]byte, 2)
	if major > 1 {
		length = make([]byte, 4)
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return "", fmt.Errorf("the file ends within the length of its header: %w", err)
	}
	n := uint32(binary.LittleEndian.Uint16(length))
	if major > 1 {
		n = binary.LittleEndian.Uint32(length)
	}
	if n > maxHeader {
		return "", fmt.Errorf("the header is said to have %d bytes, more than %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", fmt.Errorf("the file ends within its header of %d bytes: %w", n, err)
	}
	return string(text), nil
}
