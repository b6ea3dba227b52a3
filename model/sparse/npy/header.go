package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	magic     = "\x93NUMPY"
	maxHeader = 10_000 // NumPy's own limit for files that are not trusted
	maxDims   = 32     // NumPy's own limit
	alignment = 64     // of the data in the file
	growth    = 21     // digits that NumPy keeps free for a first dimension that grows
)

// header returns the file up to its data, the same bytes as numpy.save's.
func (a Array) header() ([]byte, error) {
	dims := make([]string, len(a.Shape))
	for i, d := range a.Shape {
		dims[i] = strconv.Itoa(d)
	}
	shape := strings.Join(dims, ", ")
	if len(dims) == 1 {
		shape += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", a.DType, shape)
	if len(dims) > 0 {
		text += strings.Repeat(" ", growth-len(dims[0]))
	}
	const fixed = len(magic) + 4 // version and length
	pad := alignment - (fixed+len(text)+1)%alignment
	text += strings.Repeat(" ", pad) + "\n"
	if len(text) > maxHeader {
		return nil, fmt.Errorf("the header has %d bytes, more than %d", len(text), maxHeader)
	}
	return append([]byte(magic+"\x01\x00"), append([]byte{byte(len(text)), byte(len(text) >> 8)}, text...)...), nil
}

// parseHeader reads the Python dictionary that describes an array.
func parseHeader(text string) (Array, error) {
	if !strings.HasSuffix(text, "\n") {
		return Array{}, errors.New("does not end with a line feed")
	}
	p := parser{rest: text[:len(text)-1]}
	a := p.dict()
	if p.next() != 0 {
		p.fail("the end")
	}
	if a.DType.Size() == 0 {
		p.keep(fmt.Errorf("elements of type %q are not read: save the array with .astype(numpy.float32)", a.DType))
	}
	return a, p.err
}

// parser walks over a header and keeps the first error.
type parser struct {
	rest string
	err  error
}

func (p *parser) dict() Array {
	a := Array{}
	seen := map[string]bool{}
	p.expect('{')
	for p.err == nil && p.next() != '}' {
		key := p.text()
		if seen[key] {
			p.keep(fmt.Errorf("%q occurs twice", key))
		}
		seen[key] = true
		p.expect(':')
		switch key {
		case "descr":
			a.DType = DType(p.text())
		case "fortran_order":
			if p.truth() {
				p.keep(errors.New("the array is in Fortran order: save numpy.ascontiguousarray of it"))
			}
		case "shape":
			a.Shape = p.tuple()
		default:
			p.keep(fmt.Errorf("unknown key %q", key))
		}
		if p.next() != '}' {
			p.expect(',')
		}
	}
	p.expect('}')
	if len(seen) != 3 {
		p.keep(errors.New("descr, fortran_order or shape is missing"))
	}
	return a
}

// tuple reads a Python tuple of whole numbers.
func (p *parser) tuple() []int {
	dims := []int{}
	p.expect('(')
	for p.err == nil && p.next() != ')' {
		dims = append(dims, p.number())
		if len(dims) > maxDims {
			p.keep(fmt.Errorf("more than %d dimensions", maxDims))
		}
		if len(dims) == 1 || p.next() != ')' { // (3) is a number, (3,) a tuple
			p.expect(',')
		}
	}
	p.expect(')')
	return dims
}

func (p *parser) number() int {
	p.next()
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		n++
	}
	v, err := strconv.Atoi(p.rest[:n])
	if err != nil || n > 1 && p.rest[0] == '0' {
		p.fail("a dimension of 0 or more")
		return 0
	}
	p.rest = p.rest[n:]
	return v
}

func (p *parser) text() string {
	quote := p.next()
	if quote != '\'' && quote != '"' {
		p.fail("a quoted text")
		return ""
	}
	s, rest, closed := strings.Cut(p.rest[1:], string(quote))
	if !closed || strings.ContainsAny(s, "\\\n") {
		p.fail("a quoted text")
		return ""
	}
	p.rest = rest
	return s
}

func (p *parser) truth() bool {
	p.next()
	for _, word := range []string{"True", "False"} {
		if rest, ok := strings.CutPrefix(p.rest, word); ok {
			p.rest = rest
			return word == "True"
		}
	}
	p.fail("True or False")
	return false
}

func (p *parser) expect(c byte) {
	if p.next() != c {
		p.fail(string(c))
		return
	}
	p.rest = p.rest[1:]
}

// next returns the next byte that is not a space, 0 at the end.
func (p *parser) next() byte {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *parser) fail(want string) {
	p.keep(fmt.Errorf("%.20q where %s should be", p.rest, want))
}

func (p *parser) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}
