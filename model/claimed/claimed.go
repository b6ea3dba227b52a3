// Package claimed reads data whose length stands before them in a file that may lie.
package claimed

import "io"

// Read reads n bytes; where there are fewer it returns these with the error of
// io.ReadFull. Memory grows with what is read, to twice as much at most, so that a
// length that is only claimed costs nothing.
func Read(r io.Reader, n int64) ([]byte, error) {
	const step = 1 << 20
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
