package tensors_test

import (
	"bytes"
	"strings"
	"testing"

	"prunelab/model/safetensors"
	"prunelab/model/tensors"
)

func TestFormatOf(t *testing.T) {
	var written bytes.Buffer
	if err := (safetensors.File{Tensors: []safetensors.Tensor{safetensors.FromF32("a", []int{1}, []float32{1})}}).Write(&written); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		begins string
		want   tensors.Format
	}{
		{"", tensors.Empty},
		{written.String(), tensors.Safetensors},
		{"\x08\x12\x00\x00\x00\x00\x00\x00{", tensors.Safetensors}, // a header of 0x1208 bytes
		{"PK\x03\x04\x00\x00\x08\x08\x00\x00archive/data.pkl", tensors.Zip},
		{"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", tensors.Pickle},
		{"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8a\nl\xfc", tensors.Pickle},
		{"\x08\x07\x12\x07pytorch\x1a\x032.1", tensors.ONNX},
		{"\x08\x03\x12\x04CNTK\x1a\x052.5.1", tensors.ONNX},
		{"\x08\x08:\xc2\x01\n", tensors.ONNX},       // the graph at once
		{"\x08\x08\x28\x01:\xc2\x01", tensors.ONNX}, // the version of the model before it
		{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", tensors.Pointer},
		{"\n<!DOCTYPE html><html><head><title>404</title>", tensors.Page},
		{"<html>\n<body>Not found</body></html>", tensors.Page},
		{"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", tensors.Page},
		{"\x89HDF\r\n\x1a\n\x00\x00\x00", tensors.HDF5},
		{"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}", tensors.NumPy},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", tensors.Gzip},
		{"net.pkl" + strings.Repeat("\x00", 250) + "ustar\x00", tensors.Tar},
		{"name: base\ndata: {name: mnist}\n", tensors.Text},
		{`{"a": [ {"b": 2}]}`, tensors.Text},
		{"Überschrift\n", tensors.Text},
		{"\x80\x07ab", tensors.Unknown},
		{"\x00\x00\x00\x00\x00", tensors.Unknown},
	} {
		got := tensors.FormatOf([]byte(c.begins))
		if got != c.want {
			t.Errorf("%.40q is %s, want %s", c.begins, got, c.want)
		}
		read := got == tensors.Safetensors || got == tensors.Zip || got == tensors.Pickle || got == tensors.ONNX
		if read != (got.Advice() == "") {
			t.Errorf("%s: advice %q", got, got.Advice())
		}
	}
}
