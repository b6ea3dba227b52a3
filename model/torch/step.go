package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// step runs one opcode. The names are those of Python's pickletools; those of the
// textual protocols 0 and 1, of extensions and of buffers outside the pickle are not
// known, torch.save writes none of them.
func (m *machine) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := m.number(1)
		if err == nil && (v < 2 || v > 5) {
			err = fmt.Errorf("protocol %d is not known, 2 to 5 are", v)
		}
		return err
	case 0x95: // FRAME: how many bytes follow at once
		n, err := m.number(8)
		if err == nil && n > uint64(len(m.in)-m.at) {
			err = errCut
		}
		return err
	case '(': // MARK
		m.marks = append(m.marks, len(m.stack))
		return nil
	case '0': // POP
		if n := len(m.marks); n > 0 && m.marks[n-1] == len(m.stack) {
			m.marks = m.marks[:n-1]
			return nil
		}
		_, err := m.pop()
		return err
	case '1': // POP_MARK
		_, err := m.popMark()
		return err
	case '2': // DUP
		v, err := m.top()
		if err != nil {
			return err
		}
		return m.push(v)
	}
	if v, ok, err := m.constant(op); ok {
		if err != nil {
			return err
		}
		return m.push(v)
	}
	if v, ok, err := m.collected(op); ok {
		if err != nil {
			return err
		}
		return m.push(v)
	}
	if known, err := m.remember(op); known {
		return err
	}
	if known, err := m.fill(op); known {
		return err
	}
	return fmt.Errorf("opcode %q is none that torch.save writes; the file is damaged, or of another program", op)
}

// constant reads a value that stands in the pickle; ok says that the opcode is one of
// such.
func (m *machine) constant(op byte) (v any, ok bool, err error) {
	var n uint64
	var s string
	switch op {
	case 'N': // NONE
	case 0x88: // NEWTRUE
		v = true
	case 0x89: // NEWFALSE
		v = false
	case 'K': // BININT1
		n, err = m.number(1)
		v = int64(n)
	case 'M': // BININT2
		n, err = m.number(2)
		v = int64(n)
	case 'J': // BININT
		n, err = m.number(4)
		v = int64(int32(n))
	case 0x8a: // LONG1
		s, err = m.counted(1)
		v = whole(s)
	case 0x8b: // LONG4
		s, err = m.counted(4)
		v = whole(s)
	case 'G': // BINFLOAT, big-endian
		var b []byte
		if b, err = m.read(8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case 0x8c, 'U': // SHORT_BINUNICODE, SHORT_BINSTRING (a str of Python 2)
		v, err = m.counted(1)
	case 'X', 'T': // BINUNICODE, BINSTRING
		v, err = m.counted(4)
	case 0x8d: // BINUNICODE8
		v, err = m.counted(8)
	case 'C': // SHORT_BINBYTES
		s, err = m.counted(1)
		v = bytestring(s)
	case 'B': // BINBYTES
		s, err = m.counted(4)
		v = bytestring(s)
	case 0x8e, 0x96: // BINBYTES8, BYTEARRAY8
		s, err = m.counted(8)
		v = bytestring(s)
	case ')': // EMPTY_TUPLE
		v = &tuple{}
	case ']': // EMPTY_LIST
		v = &list{}
	case '}': // EMPTY_DICT
		v = &dict{}
	case 0x8f: // EMPTY_SET
		v = &opaque{global{"builtins", "set"}}
	case 'c': // GLOBAL
		var module, name string
		if module, err = m.line(); err == nil {
			name, err = m.line()
		}
		if err == nil {
			v, err = m.lookUp(module, name)
		}
	default:
		return nil, false, nil
	}
	return v, true, err
}

// collected makes one value of those on the stack.
func (m *machine) collected(op byte) (v any, ok bool, err error) {
	var items []any
	switch op {
	case 't': // TUPLE
		items, err = m.popMark()
		v = &tuple{items}
	case 0x85, 0x86, 0x87: // TUPLE1, TUPLE2, TUPLE3
		items, err = m.popN(int(op) - 0x84)
		v = &tuple{items}
	case 'l': // LIST
		items, err = m.popMark()
		v = &list{items}
	case 'd': // DICT
		d := &dict{}
		if items, err = m.popMark(); err == nil {
			err = d.setAll(items)
		}
		v = d
	case 0x91: // FROZENSET
		_, err = m.popMark()
		v = &opaque{global{"builtins", "frozenset"}}
	case 0x93: // STACK_GLOBAL
		if items, err = m.popN(2); err == nil {
			module, isModule := items[0].(string)
			name, isName := items[1].(string)
			if !isModule || !isName {
				return nil, true, errStack
			}
			v, err = m.lookUp(module, name)
		}
	case 'R', 0x81: // REDUCE, NEWOBJ: a call
		if items, err = m.popN(2); err == nil {
			f, isGlobal := items[0].(global)
			args, isTuple := items[1].(*tuple)
			if !isGlobal || !isTuple {
				return nil, true, fmt.Errorf("%s is called, which is no class or function", word(items[0]))
			}
			v, err = call(f, args.items)
		}
	case 'Q': // BINPERSID
		if items, err = m.popN(1); err == nil {
			id, isTuple := items[0].(*tuple)
			if !isTuple || m.persistent == nil {
				return nil, true, errors.New("a reference to a storage is not as torch.save writes it")
			}
			v, err = m.persistent(id)
		}
	default:
		return nil, false, nil
	}
	return v, true, err
}

// remember puts the uppermost value into the memo, or pushes one from there.
func (m *machine) remember(op byte) (known bool, err error) {
	var n uint64
	switch op {
	case 'q', 'h': // BINPUT, BINGET
		n, err = m.number(1)
	case 'r', 'j': // LONG_BINPUT, LONG_BINGET
		n, err = m.number(4)
	case 0x94: // MEMOIZE
		n = uint64(len(m.memo))
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	if op == 'h' || op == 'j' {
		v, ok := m.memo[uint32(n)]
		if !ok {
			return true, errStack
		}
		return true, m.push(v)
	}
	v, err := m.top()
	m.memo[uint32(n)] = v
	return true, err
}

// fill puts values from the top of the stack into the list, dictionary or object
// below.
func (m *machine) fill(op byte) (known bool, err error) {
	var items []any
	switch op {
	case 'a', 'b': // APPEND, BUILD
		items, err = m.popN(1)
	case 's': // SETITEM
		items, err = m.popN(2)
	case 'e', 'u', 0x90: // APPENDS, SETITEMS, ADDITEMS
		items, err = m.popMark()
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	into, err := m.top()
	if err != nil {
		return true, err
	}
	switch into := into.(type) {
	case *opaque:
		return true, nil
	case *list:
		if op == 'a' || op == 'e' {
			into.items = append(into.items, items...)
			return true, nil
		}
	case *dict:
		if op == 'b' { // attributes, as the _metadata of a state dict
			return true, nil
		}
		if op == 's' || op == 'u' {
			return true, into.setAll(items)
		}
	}
	return true, fmt.Errorf("%s is filled with opcode %q, which does not go together", word(into), op)
}
