package study

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a study file. The parser is quadratic in the number of keys and
// recursive in the depth, so both are bounded before it sees the text.
const (
	maxBytes  = 1 << 20
	maxTokens = 20_000
	maxDepth  = 64
)

type kind int

const (
	null kind = iota
	scalar
	mapping
	sequence
)

func (k kind) String() string {
	return [...]string{"nothing", "a value", "a mapping", "a list"}[k]
}

// node is one value of a study file and the place where it stands.
type node struct {
	kind   kind
	text   string // scalar: without quotes
	quoted bool
	fields []field // mapping, in the order of the file
	items  []*node // sequence
	path   string  // as --set spells it: arms[0].train.l2
	at     place
}

type field struct {
	key   string
	at    place
	value *node
}

// get returns the value of a key, or nil.
func (n *node) get(key string) *node {
	for i := range n.fields {
		if n.fields[i].key == key {
			return n.fields[i].value
		}
	}
	return nil
}

// parse reads YAML into a tree: one document of mappings, lists and plain or
// quoted values. Anchors, aliases, tags, merge keys, explicit keys, block
// scalars and directives have no use in a study and are refused.
func parse(src *source, text []byte) (n *node, err error) {
	whole := func(format string, args ...any) error {
		return Faults{{Source: src.name, Message: fmt.Sprintf(format, args...)}}
	}
	if len(text) > maxBytes {
		return nil, whole("has %d bytes; a study file has at most %d: is this the right file?", len(text), maxBytes)
	}
	if !utf8.Valid(text) {
		return nil, whole("is not UTF-8 text; save it as UTF-8")
	}
	tokens := lexer.Tokenize(strings.ReplaceAll(string(text), "\r\n", "\n"))
	if f, bad := refuse(src, tokens); bad {
		return nil, Faults{f}
	}
	defer func() {
		if p := recover(); p != nil { // the parser's, on text that its authors did not foresee
			n, err = nil, whole("is not YAML (%v)", p)
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
			return nil, Faults{placeOf(src, y.GetToken()).notYAML(y.GetMessage())}
		}
		return nil, whole("is not YAML: %v", err)
	}
	b := builder{src: src}
	var root *node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if _, comment := d.Body.(*ast.CommentGroupNode); comment {
			continue
		}
		if root != nil {
			return nil, Faults{placeOf(src, d.Body.GetToken()).fault("a second document; a study file has one")}
		}
		root = b.build(d.Body, "")
	}
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	if root == nil {
		root = &node{kind: null, at: place{src: src, line: 1, col: 1, width: 1}}
	}
	return root, nil
}

// refuse looks through the tokens for what must not reach the parser.
func refuse(src *source, tokens token.Tokens) (Fault, bool) {
	if len(tokens) > maxTokens {
		return Fault{Source: src.name, Message: fmt.Sprintf("has more than %d words and signs: is this the right file?", maxTokens)}, true
	}
	var columns []int // of the open block collections
	flow := 0
	for i, t := range tokens {
		what := ""
		switch t.Type {
		case token.AnchorType:
			what = "an anchor (&name)"
		case token.AliasType:
			what = "an alias (*name)"
		case token.TagType:
			what = "a tag (!name)"
		case token.MergeKeyType:
			what = "a merge key (<<)"
		case token.MappingKeyType:
			what = "an explicit key (?)"
		case token.LiteralType, token.FoldedType:
			what = "a block of text (| or >)"
		case token.DirectiveType:
			what = "a directive (%)"
		case token.InvalidType:
			return placeOf(src, t).notYAML(t.Error), true
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		}
		if f, hidden := invisible(src, t); hidden {
			return f, true
		}
		if t.Type == token.CommentType && src.override {
			return placeOf(src, t).fault("# begins a comment here; put quotes around the text that it belongs to"), true
		}
		if what != "" {
			return placeOf(src, t).fault("%s has no use in a study file; write the value out", what), true
		}
		begins := t.Type == token.SequenceEntryType || i+1 < len(tokens) && tokens[i+1].Type == token.MappingValueType
		if flow == 0 && begins && t.Position != nil {
			c := t.Position.Column
			for len(columns) > 0 && columns[len(columns)-1] > c {
				columns = columns[:len(columns)-1]
			}
			if len(columns) == 0 || columns[len(columns)-1] < c {
				columns = append(columns, c)
			}
		}
		if flow+len(columns) > maxDepth {
			return placeOf(src, t).fault("nested deeper than %d levels: is this the right file?", maxDepth), true
		}
	}
	return Fault{}, false
}

// hidden are characters that look like nothing or like an ordinary space.
var hidden = map[rune]string{
	0x00a0: "a no-break space", 0x202f: "a narrow no-break space", 0x2007: "a figure space", 0x3000: "a full-width space",
	0x00ad: "a soft hyphen", 0x200b: "a zero-width space", 0x200c: "a zero-width non-joiner", 0x200d: "a zero-width joiner",
	0x2060: "a word joiner", 0xfeff: "a byte order mark",
}

// invisible is the fault of a token with a character that a person does not see;
// comments may have any.
func invisible(src *source, t *token.Token) (Fault, bool) {
	if t.Type == token.CommentType || t.Position == nil {
		return Fault{}, false
	}
	for _, r := range t.Value {
		what, bad := hidden[r]
		if !bad {
			continue
		}
		at := placeOf(src, t)
		at.width = 1
		if at.line >= 1 && at.line <= len(src.lines) {
			line := []rune(src.lines[at.line-1])
			if i := slices.Index(line[min(max(at.col-1, 0), len(line)):], r); i >= 0 {
				at.col += i
			}
		}
		advice := "write an ordinary space"
		if !strings.HasSuffix(what, "space") || strings.Contains(what, "zero-width") {
			advice = "remove it"
		}
		return at.fault("%s (U+%04X), which cannot be seen; %s", what, r, advice), true
	}
	return Fault{}, false
}

// notYAML is the fault of what the parser refuses at a place. A tab in the
// indentation, which it reports in other words and at times a line early, is
// named.
func (p place) notYAML(message string) Fault {
	for line := max(1, p.line); line <= min(p.line+1, len(p.src.lines)); line++ {
		text := p.src.lines[line-1]
		blank := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if i := strings.IndexByte(blank, '\t'); i >= 0 && len(blank) < len(text) {
			return place{src: p.src, line: line, col: i + 1, width: len(blank) - i}.fault("a tab at the beginning of the line; indent with spaces")
		}
	}
	return p.fault("not YAML: %s", message)
}

func placeOf(src *source, t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{src: src, line: 1, col: 1, width: 1}
	}
	width := utf8.RuneCountInString(t.Value)
	if t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType {
		width += 2
	}
	return place{src: src, line: t.Position.Line, col: t.Position.Column, width: max(1, width)}
}

// builder copies the parser's tree into ours.
type builder struct {
	src    *source
	faults Faults
}

func (b *builder) build(n ast.Node, path string) *node {
	out := &node{path: path, at: placeOf(b.src, n.GetToken())}
	switch v := n.(type) {
	case *ast.MappingNode:
		b.fields(out, v.Values)
	case *ast.MappingValueNode:
		b.fields(out, []*ast.MappingValueNode{v})
	case *ast.SequenceNode:
		out.kind = sequence
		out.at.width = 1
		for i, item := range v.Values {
			out.items = append(out.items, b.build(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	case *ast.NullNode:
		out.kind = null
		if t := n.GetToken(); t.Type == token.NullType {
			out.text = t.Value
		}
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.kind = scalar
		t := n.GetToken()
		out.text = t.Value
		out.quoted = t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType
	default:
		b.faults = append(b.faults, out.at.fault("this kind of YAML value (%s) has no use in a study file", n.Type()))
	}
	return out
}

func (b *builder) fields(out *node, values []*ast.MappingValueNode) {
	out.kind = mapping
	for i, v := range values {
		t := v.Key.GetToken()
		f := field{key: t.Value, at: placeOf(b.src, t)}
		if i == 0 && out.at.line >= f.at.line && out.at.col > f.at.col {
			out.at = f.at // a block mapping begins at its first key, not at the colon
		}
		f.value = b.build(v.Value, join(out.path, f.key))
		if _, missing := v.Value.(*ast.NullNode); missing && f.value.text == "" {
			f.value.at = f.at
		}
		out.fields = append(out.fields, f)
	}
	if len(values) > 0 {
		out.at.width = 1
	}
}

// join extends a path by a key.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
