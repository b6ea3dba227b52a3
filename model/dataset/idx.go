package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"prunelab/model/claimed"
)

// maxDecoded is the most that one file may hold, in bytes: what is larger would
// not fit beside the networks.
const maxDecoded = 1 << 30

// idxType is the type of an IDX file's values, by its code.
type idxType byte

// The types that are read, of whole numbers, big-endian.
const (
	idxByte  idxType = 0x08 // unsigned
	idxShort idxType = 0x0b
	idxInt   idxType = 0x0c
)

// size is that of a value in bytes.
func (t idxType) size() int64 { return map[idxType]int64{idxByte: 1, idxShort: 2, idxInt: 4}[t] }

// idxFile is what an IDX file holds.
type idxFile struct {
	kind   idxType
	dims   []int
	values []byte
}

// readIDX reads an IDX file of a type and with a number of dimensions that are
// among the wanted ones, by their headers' third and fourth byte: two zero bytes,
// the type, the number of dimensions, each dimension in four bytes, big-endian,
// and the values. At most limit bytes of values are read, and memory grows with
// what is really there.
func readIDX(r io.Reader, wanted [][2]byte, limit int64) (f idxFile, err error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(r, header); err != nil {
		return f, unread(err, "is truncated within its IDX header")
	}
	if header[0] != 0 || header[1] != 0 || !slices.Contains(wanted, [2]byte(header[2:])) {
		return f, fmt.Errorf("%w: it begins with % x, not with 00 00 % x", errNotIDX, header, wanted[0])
	}
	f.kind = idxType(header[2])
	header = append(header, make([]byte, 4*int(header[3]))...)
	if _, err := io.ReadFull(r, header[4:]); err != nil {
		return f, unread(err, "is truncated within its IDX header")
	}
	size := f.kind.size()
	for at := 4; at < len(header); at += 4 {
		d := int64(binary.BigEndian.Uint32(header[at:]))
		f.dims = append(f.dims, int(d))
		size = min(size, maxDecoded+1) * d // without overflow; a 0 makes it 0
	}
	if size > limit {
		return f, fmt.Errorf("states the dimensions %v in its header, more values than its size or the limit of %d bytes allows", f.dims, maxDecoded)
	}
	f.values, err = claimed.Read(r, size)
	if err != nil {
		if atEnd(err) {
			return f, shortError{have: int64(len(header) + len(f.values)), want: int64(len(header)) + size}
		}
		return f, unread(err, "")
	}
	return f, end(r, int64(len(header))+size)
}

// labels are the values as labels of classes.
func (f idxFile) labels() ([]uint16, error) {
	labels := make([]uint16, f.dims[0])
	size := int(f.kind.size())
	for i := range labels {
		v := uint32(0)
		for _, b := range f.values[i*size : (i+1)*size] {
			v = v<<8 | uint32(b)
		}
		if v >= maxClasses || f.kind == idxShort && v >= 1<<15 {
			return nil, fmt.Errorf("has a label at index %d (from 0) that is negative or above %d; classes are numbered from 0", i, maxClasses-1)
		}
		labels[i] = uint16(v)
	}
	return labels, nil
}

// images are the values as images: n x h x w, or in colour n x h x w x 3, which
// becomes planes, or n x 3 x h x w.
func (f idxFile) images() (*Set, string, error) {
	d := f.dims
	if len(d) == 3 {
		return &Set{Shape: Shape{C: 1, H: d[1], W: d[2]}, Images: f.values}, "", nil
	}
	first, last := d[1] == 1 || d[1] == 3, d[3] == 1 || d[3] == 3
	switch {
	case first && last:
		return nil, "", fmt.Errorf("has the dimensions %v, in which the channels may be the second or the last; make images larger than 3 x 3", d)
	case first:
		return &Set{Shape: Shape{C: d[1], H: d[2], W: d[3]}, Images: f.values}, fmt.Sprintf("the images were read as n x %d x h x w, a plane for each channel", d[1]), nil
	case last:
		s := newSet(Shape{C: d[3], H: d[1], W: d[2]}, 0, d[0])
		plane := d[1] * d[2]
		for i := range d[0] {
			image := s.Image(i)
			for p := range plane {
				for c := range d[3] {
					image[c*plane+p] = f.values[(i*plane+p)*d[3]+c]
				}
			}
		}
		return s, fmt.Sprintf("the images were read as n x h x w x %d, the channels of a pixel side by side", d[3]), nil
	}
	return nil, "", fmt.Errorf("has the dimensions %v; images of four dimensions are n x 3 x h x w or n x h x w x 3", d)
}

// errNotIDX says that a file does not begin as it should.
var errNotIDX = errors.New("is not an IDX file of unsigned bytes as it should be")

// shortError says that a file ends too early. The bytes are those after
// decompression.
type shortError struct{ have, want int64 }

func (e shortError) Error() string {
	return fmt.Sprintf("is truncated: %d bytes, should have %d", e.have, e.want)
}

// end checks that nothing follows. For compressed data this also verifies the
// checksum.
func end(r io.Reader, size int64) error {
	var one [1]byte
	switch n, err := io.ReadFull(r, one[:]); {
	case n > 0:
		return fmt.Errorf("is too long: it goes on after the %d bytes that it should have", size)
	case err == io.ErrUnexpectedEOF:
		return errors.New("is truncated within the checksum at its end")
	case err != io.EOF:
		return unread(err, "")
	}
	return nil
}

// unread words the error of a read that should have found more: the given words
// when the data just end, else that they are damaged.
func unread(err error, format string, args ...any) error {
	switch {
	case atEnd(err):
		return fmt.Errorf(format, args...)
	case errors.Is(err, errTrailing):
		return err
	}
	return fmt.Errorf("is damaged: %w", err)
}

func atEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// content is an open file, decompressed when it is a gzip file.
type content struct {
	io.Reader
	file   fs.File
	size   int64 // of the file
	gzip   bool
	toRead int64 // bytes that it can hold at most, decompressed
}

// deflateRatio is the most that a byte of a gzip file can stand for.
const deflateRatio = 1032

func open(files fs.FS, name string) (*content, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	b := bufio.NewReaderSize(f, 1<<16)
	c := &content{Reader: b, file: f, size: info.Size(), toRead: maxDecoded}
	if startsMember(b) {
		z, err := newMembers(b)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("is damaged: %w", err)
		}
		c.Reader, c.gzip, c.toRead = z, true, min(c.size*deflateRatio, maxDecoded)
	}
	return c, nil
}

func (c *content) Close() error { return c.file.Close() }

// members decompresses the members of a gzip file, one after the other, and
// tells what follows the last one from a member that is damaged.
type members struct {
	from *bufio.Reader
	gzip *gzip.Reader
}

// errTrailing says that a gzip file goes on after its last member.
var errTrailing = errors.New("has bytes after the end of the gzip stream")

func startsMember(b *bufio.Reader) bool {
	magic, _ := b.Peek(2)
	return string(magic) == "\x1f\x8b"
}

func newMembers(b *bufio.Reader) (*members, error) {
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &members{b, z}, nil
}

// Read implements io.Reader.
func (m *members) Read(p []byte) (int, error) {
	n, err := m.gzip.Read(p)
	if err != io.EOF {
		return n, err
	}
	if _, err := m.from.Peek(1); err != nil {
		return n, err // io.EOF, or what the disk says
	}
	if !startsMember(m.from) {
		return n, errTrailing
	}
	if err := m.gzip.Reset(m.from); err != nil {
		return n, err
	}
	m.gzip.Multistream(false)
	return n, nil
}
