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
		return nil, nil, fmt.Errorf("begins with % x, not with 00 00 08 %02x as an IDX file of unsigned bytes in %d dimensions does", header[:4], dimensions, dimensions)
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
		return nil, nil, unread(err, "is truncated: the dimensions %v in its header make %d bytes of values, and it has %d", dims, size, len(values))
	}
	return dims, values, end(r, size)
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
	case err != io.EOF:
		return fmt.Errorf("is damaged: %w", err)
	}
	return nil
}

// unread words the error of a read that should have found more: the given words
// when the data just end, else that they are damaged.
func unread(err error, format string, args ...any) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf(format, args...)
	}
	return fmt.Errorf("is damaged: %w", err)
}

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
	c := &content{Reader: b, file: f, size: info.Size(), toRead: min(info.Size(), maxDecoded)}
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("is damaged: %w", err)
		}
		c.Reader, c.gzip, c.toRead = z, true, min(c.size*deflateRatio, maxDecoded)
	}
	return c, nil
}

func (c *content) Close() error { return c.file.Close() }
