package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// maxDecoded is the most that one file may hold, in bytes: what is larger would
// not fit beside the networks.
const maxDecoded = 1 << 30

// readIDX reads an IDX file of unsigned bytes with the given number of
// dimensions: two zero bytes, the type 8, the number of dimensions, each
// dimension in four bytes, big-endian, and the values. At most limit bytes of
// values are read, and memory grows with what is really there.
func readIDX(r io.Reader, dimensions int, limit int64) (dims []int, values []byte, err error) {
	header := make([]byte, 4+4*dimensions)
	if _, err := io.ReadFull(r, header[:4]); err != nil {
		return nil, nil, unread(err, "is truncated within its IDX header")
	}
	if header[0] != 0 || header[1] != 0 || header[2] != 8 || int(header[3]) != dimensions {
		return nil, nil, fmt.Errorf("%w: it begins with % x, not with 00 00 08 %02x", errNotIDX, header[:4], dimensions)
	}
	if _, err := io.ReadFull(r, header[4:]); err != nil {
		return nil, nil, unread(err, "is truncated within its IDX header")
	}
	size := int64(1)
	for i := range dimensions {
		d := int64(binary.BigEndian.Uint32(header[4+4*i:]))
		dims = append(dims, int(d))
		size = min(size, maxDecoded+1) * d // without overflow; a 0 makes it 0
	}
	if size > limit {
		return nil, nil, fmt.Errorf("states the dimensions %v in its header, more values than its size or the limit of %d bytes allows", dims, maxDecoded)
	}
	values, err = exactly(r, size)
	if err != nil {
		if atEnd(err) {
			err = shortError{have: int64(len(header) + len(values)), want: int64(len(header)) + size}
			return nil, nil, err
		}
		return nil, nil, unread(err, "")
	}
	return dims, values, end(r, int64(len(header))+size)
}

// errNotIDX says that a file does not begin as it should.
var errNotIDX = errors.New("is not an IDX file of unsigned bytes as it should be")

// shortError says that a file ends too early. The bytes are those after
// decompression.
type shortError struct{ have, want int64 }

func (e shortError) Error() string {
	return fmt.Sprintf("is truncated: %d bytes, should have %d", e.have, e.want)
}

// exactly reads n bytes; when there are fewer, it returns those with the error.
func exactly(r io.Reader, n int64) ([]byte, error) {
	const step = 1 << 26
	data := make([]byte, min(n, step))
	for at := int64(0); ; {
		k, err := io.ReadFull(r, data[at:])
		at += int64(k)
		if err != nil {
			return data[:at], err
		}
		if at == n {
			return data, nil
		}
		grown := make([]byte, min(n, 2*at))
		copy(grown, data)
		data = grown
	}
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
