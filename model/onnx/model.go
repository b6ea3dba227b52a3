package onnx

import (
	"errors"
	"fmt"
	"math"
)

// Bounds of what a file may hold, so that a small one does not ask for much memory.
const (
	maxNodes      = 20_000
	maxTensors    = 100_000
	maxAttributes = 64   // of a node
	maxLinks      = 1000 // inputs or outputs of a node
	maxRank       = 8    // dimensions of a tensor
	maxNumbers    = 1000 // in an attribute
)

// model is a ModelProto, as far as it is read or written.
type model struct {
	opset int64
	graph graph

	producer string            // written only
	metadata map[string]string // written only
}

// graph is a GraphProto.
type graph struct {
	name        string // written only
	nodes       []node
	initializer []tensor
	inputs      []operand
	outputs     []operand
}

// node is a NodeProto.
type node struct {
	name, op, domain string
	inputs, outputs  []string // "": one that is left out
	attributes       map[string]attribute
}

// attribute is an AttributeProto.
type attribute struct {
	f      float32
	i      int64
	s      string
	ints   []int64
	tensor *tensor
	is     int64 // its type
}

// operand is an input or output of the graph.
type operand struct {
	name string
	typ  int64   // of the elements; 0: no tensor
	dims []int64 // -1: symbolic
	has  bool    // a shape
}

// decode reads a ModelProto.
func decode(b []byte) (m model, err error) {
	seen := false
	err = fields(b, func(x field) error {
		switch x.num {
		case modelGraph:
			seen = true
			b, err := x.message()
			if err != nil {
				return err
			}
			return m.graph.decode(b)
		case modelOpset:
			b, err := x.message()
			if err != nil {
				return err
			}
			return m.imports(b)
		}
		return nil
	})
	switch {
	case err != nil:
		return m, fmt.Errorf("it is damaged or no ONNX model: %w", err)
	case !seen:
		return m, errors.New("there is no graph in it")
	case m.opset == 0:
		return m, errors.New("it does not say which version of the operators it uses; export it with opset 7 or later")
	case m.opset < 7:
		return m, fmt.Errorf("it uses version %d of the operators; 7 and later are read: export it again, or convert it with onnx.version_converter", m.opset)
	}
	return m, nil
}

// imports reads an OperatorSetIdProto, of which that of ONNX's own operators counts.
func (m *model) imports(b []byte) error {
	domain, version := "", int64(0)
	err := fields(b, func(x field) error {
		switch x.num {
		case opsetDomain:
			domain = string(x.bytes)
		case opsetVersion:
			version = int64(x.value)
		}
		return nil
	})
	if own(domain) {
		m.opset = version
	}
	return err
}

// own reports whether a domain is that of ONNX's own operators.
func own(domain string) bool { return domain == "" || domain == "ai.onnx" }

func (g *graph) decode(b []byte) error {
	return fields(b, func(x field) error {
		var decode func([]byte) error
		switch x.num {
		case graphNode:
			decode = func(b []byte) error {
				n, err := decodeNode(b)
				g.nodes = append(g.nodes, n)
				return err
			}
		case graphInitializer:
			decode = func(b []byte) error {
				t, err := decodeTensor(b)
				g.initializer = append(g.initializer, t)
				return err
			}
		case graphInput, graphOutput:
			decode = func(b []byte) error {
				o, err := decodeOperand(b)
				if x.num == graphInput {
					g.inputs = append(g.inputs, o)
				} else {
					g.outputs = append(g.outputs, o)
				}
				return err
			}
		case graphSparse:
			return errors.New("it has sparse initializers; save them as dense ones")
		default:
			return nil
		}
		if len(g.nodes) >= maxNodes || len(g.initializer) >= maxTensors || len(g.inputs) >= maxTensors || len(g.outputs) >= maxTensors {
			return fmt.Errorf("it has more than the %d nodes or %d tensors that are read", maxNodes, maxTensors)
		}
		b, err := x.message()
		if err != nil {
			return err
		}
		return decode(b)
	})
}

func decodeNode(b []byte) (node, error) {
	n := node{}
	err := fields(b, func(x field) error {
		switch x.num {
		case nodeInput:
			n.inputs = append(n.inputs, string(x.bytes))
		case nodeOutput:
			n.outputs = append(n.outputs, string(x.bytes))
		case nodeName:
			n.name = string(x.bytes)
		case nodeOp:
			n.op = string(x.bytes)
		case nodeAttribute:
			name, a, err := decodeAttribute(x.bytes)
			if err != nil {
				return err
			}
			if n.attributes == nil {
				n.attributes = map[string]attribute{}
			}
			n.attributes[name] = a
		case nodeDomain:
			n.domain = string(x.bytes)
		}
		if max(len(n.inputs), len(n.outputs)) > maxLinks || len(n.attributes) > maxAttributes {
			return fmt.Errorf("a node has more than %d inputs or %d attributes", maxLinks, maxAttributes)
		}
		return nil
	})
	return n, err
}

func decodeAttribute(b []byte) (name string, a attribute, err error) {
	err = fields(b, func(x field) error {
		var err error
		switch x.num {
		case attributeName:
			name = string(x.bytes)
		case attributeF:
			a.f = math.Float32frombits(uint32(x.value))
		case attributeI:
			a.i = int64(x.value)
		case attributeS:
			a.s = string(x.bytes)
		case attributeTensor:
			var t tensor
			t, err = decodeTensor(x.bytes)
			a.tensor = &t
		case attributeInts:
			a.ints, err = x.appendVarints(a.ints, maxNumbers)
		case attributeType:
			a.is = int64(x.value)
		}
		return err
	})
	return name, a, err
}

// decodeOperand reads a ValueInfoProto.
func decodeOperand(b []byte) (operand, error) {
	var o operand
	err := fields(b, func(x field) error {
		switch x.num {
		case operandName:
			o.name = string(x.bytes)
		case operandType: // TypeProto
			return fields(x.bytes, func(x field) error {
				if x.num != typeTensor {
					return nil
				}
				return fields(x.bytes, func(x field) error {
					switch x.num {
					case tensorTypeElem:
						o.typ = int64(x.value)
					case tensorTypeShape:
						o.has = true
						return fields(x.bytes, o.dimension)
					}
					return nil
				})
			})
		}
		return nil
	})
	return o, err
}

// dimension appends a TensorShapeProto.Dimension.
func (o *operand) dimension(x field) error {
	if x.num != shapeDimension {
		return nil
	}
	d := int64(-1)
	err := fields(x.bytes, func(x field) error {
		if x.num == dimensionValue {
			d = int64(x.value)
		}
		return nil
	})
	if o.dims = append(o.dims, d); len(o.dims) > maxRank {
		return fmt.Errorf("an input has more than %d dimensions", maxRank)
	}
	return err
}
