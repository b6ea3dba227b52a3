package tensors

import (
	"bytes"
	"unicode/utf8"
)

// Format is what a file is, as far as its first bytes tell.
type Format string

// The formats that are told apart. The first four hold networks and have readers.
const (
	Safetensors Format = "safetensors"
	Zip         Format = "zip archive of PyTorch" // also what else is a zip
	Pickle      Format = "legacy file of PyTorch" // also what else is a pickle
	ONNX        Format = "ONNX model"

	Empty   Format = "empty"
	Pointer Format = "pointer of Git LFS"
	Page    Format = "web page"
	HDF5    Format = "HDF5 file"
	NumPy   Format = "NumPy array"
	Gzip    Format = "gzip"
	Tar     Format = "tar archive"
	Text    Format = "text"
	Unknown Format = "unknown"
)

// Looked is how many first bytes FormatOf wants; a shorter file has fewer.
const Looked = 512

// begins are the first bytes of formats that have such.
var begins = []struct {
	with string
	is   Format
}{
	{"version https://git-lfs", Pointer},
	{"PK\x03\x04", Zip},
	{"\x89HDF", HDF5},
	{"\x93NUMPY", NumPy},
	{"\x1f\x8b", Gzip},
}

// FormatOf says what a file is that begins so.
func FormatOf(first []byte) Format {
	if len(first) == 0 {
		return Empty
	}
	for _, b := range begins {
		if bytes.HasPrefix(first, []byte(b.with)) {
			return b.is
		}
	}
	// The length of the header, of which the upper half is 0, and the header.
	if len(first) > 8 && first[8] == '{' && first[4]|first[5]|first[6]|first[7] == 0 {
		return Safetensors
	}
	if len(first) > 1 && first[0] == 0x80 && 2 <= first[1] && first[1] <= 5 { // PROTO
		return Pickle
	}
	if len(first) > 262 && string(first[257:262]) == "ustar" {
		return Tar
	}
	low := bytes.ToLower(bytes.TrimSpace(first))
	for _, tag := range []string{"<!doctype html", "<html", "<?xml"} {
		if bytes.HasPrefix(low, []byte(tag)) {
			return Page
		}
	}
	if isONNX(first) {
		return ONNX
	}
	control := func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' }
	if !bytes.ContainsFunc(first[:min(len(first), 64)], control) {
		return Text
	}
	return Unknown
}

// isONNX reports whether a protobuf message begins with ir_version, a small number,
// and one of the fields that follow in a ModelProto: the producer's name, its version,
// a domain, the model's version, a description, the graph.
func isONNX(first []byte) bool {
	return len(first) > 2 && first[0] == 0x08 && first[1] < 0x80 && bytes.IndexByte([]byte{0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a}, first[2]) >= 0
}

// Advice says, after "it", what a file of the format is and what to do about it, where
// it holds no tensors that a reader takes; "" where one does.
func (f Format) Advice() string {
	switch f {
	case Empty:
		return "is empty: copy or save it again, to the end"
	case Pointer:
		return "is a pointer of Git LFS, a few lines in the place of the file: fetch that with git lfs pull"
	case Page:
		return "is a web page, as a failed download leaves: download the file itself"
	case HDF5:
		return "is an HDF5 file, as Keras writes (.h5): save the network as ONNX, or its weights with safetensors"
	case NumPy:
		return "is a NumPy array (.npy): save the layers' arrays together with safetensors.numpy.save_file"
	case Gzip:
		return "is gzip: unpack it with gunzip"
	case Tar:
		return "is a tar archive: unpack it with tar -xf, or, where a PyTorch of 2016 wrote it, load it with torch.load and save its state_dict() again"
	case Text:
		return "is a text: name the file of the weights"
	case Unknown:
		return "begins like no file that is read here, which are ONNX, PyTorch (.pt, .pth) and safetensors: save the network as one of these"
	}
	return ""
}
