package torch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// maxSteps is how many opcodes of a pickle are run, each of which makes one object at
// most. A tensor takes some thirty.
const maxSteps = 2_000_000

// A machine runs the pickle that begins at in[at:], and leaves at behind it.
type machine struct {
	in         []byte
	at         int
	persistent func(*tuple) (any, error)

	stack []any
	marks []int // places in the stack
	memo  map[uint32]any
}

// run returns what the pickle makes.
func (m *machine) run() (any, error) {
	m.memo = map[uint32]any{}
	begin := m.at
	for range maxSteps {
		at := m.at
		op, err := m.read(1)
		if err != nil {
			return nil, err
		}
		if op[0] == '.' { // STOP
			return m.pop()
		}
		if err := m.step(op[0]); err != nil {
			return nil, fmt.Errorf("byte %d of the pickle: %w", at-begin, err)
		}
	}
	return nil, fmt.Errorf("the pickle has more than %d steps: save the network's state_dict() alone", maxSteps)
}

var (
	errCut   = errors.New("the file ends within its pickle: copy it again, to the end")
	errStack = errors.New("something is taken that was never put there; the file is damaged")
)

// read returns the next n bytes of the pickle.
func (m *machine) read(n uint64) ([]byte, error) {
	if n > uint64(len(m.in)-m.at) {
		return nil, errCut
	}
	b := m.in[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// number reads a little-endian number of so many bytes.
func (m *machine) number(bytes uint64) (uint64, error) {
	var b [8]byte
	read, err := m.read(bytes)
	copy(b[:], read)
	return binary.LittleEndian.Uint64(b[:]), err
}

// counted reads a length of so many bytes, and as many bytes.
func (m *machine) counted(bytes uint64) (string, error) {
	n, err := m.number(bytes)
	if err != nil {
		return "", err
	}
	b, err := m.read(n)
	return string(b), err
}

// line reads up to the next end of line.
func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.in[m.at:], '\n')
	if n < 0 {
		return "", errCut
	}
	line := string(m.in[m.at : m.at+n])
	m.at += n + 1
	return line, nil
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return nil
}

// pop takes the uppermost value, which lies above the uppermost mark.
func (m *machine) pop() (any, error) {
	n := len(m.stack)
	if n == 0 || len(m.marks) > 0 && m.marks[len(m.marks)-1] == n {
		return nil, errStack
	}
	v := m.stack[n-1]
	m.stack = m.stack[:n-1]
	return v, nil
}

// top is what pop would take.
func (m *machine) top() (any, error) {
	v, err := m.pop()
	if err == nil {
		m.stack = m.stack[:len(m.stack)+1]
	}
	return v, err
}

// popMark takes the values above the uppermost mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errStack
	}
	at := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	items := slices.Clone(m.stack[at:])
	m.stack = m.stack[:at]
	return items, nil
}

// popN takes the n uppermost values, in their order.
func (m *machine) popN(n int) ([]any, error) {
	items := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

// whole is a whole number of any length, little-endian, in two's complement.
func whole(b string) any {
	if len(b) > 8 {
		return long(b)
	}
	var v uint64
	for i := range len(b) {
		v |= uint64(b[i]) << (8 * i)
	}
	if n := len(b); n > 0 && n < 8 && b[n-1]&0x80 != 0 {
		v |= math.MaxUint64 << (8 * n)
	}
	return int64(v)
}
