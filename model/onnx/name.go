package onnx

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"prunelab/model/nn"
)

// show is a name as it goes into an error: quoted, and not too long.
func show(name string) string {
	if len(name) > 100 {
		return strconv.Quote(name[:100]) + "..."
	}
	return strconv.Quote(name)
}

// nameLayers gives the layers that learn their names, and those that are read by
// another than the next one.
func (b *builder) nameLayers() {
	needed := make([]bool, len(b.layers))
	for i, l := range b.layers {
		needed[i] = needed[i] || l.Learns()
		if len(l.inputs) == 1 && l.inputs[0] == i-1 {
			continue
		}
		for _, j := range l.inputs {
			if j >= 0 {
				needed[j] = true
			}
		}
	}
	count := map[nn.Kind]int{}
	for _, learns := range []bool{true, false} { // which have the first choice
		for i := range b.layers {
			l := &b.layers[i]
			if !needed[i] || l.Learns() != learns {
				continue
			}
			count[l.Kind]++
			kind := cmp.Or(map[nn.Kind]string{nn.KindDense: "fc", nn.KindBatchNorm: "bn"}[l.Kind], string(l.Kind))
			l.Name = b.unique(cmp.Or(l.ownName(), fmt.Sprintf("%s%d", kind, count[l.Kind])))
		}
	}
}

// unique returns the name, with a number where it is taken.
func (b *builder) unique(name string) string {
	free := name
	for b.names[free] > 0 {
		b.names[name]++
		free = fmt.Sprintf("%s_%d", name, b.names[name])
	}
	b.names[free]++
	return free
}

// ownName is what the owner calls the layer: what stands before ".weight" in the
// initializer's name, or the name of the node; "" where there is none.
func (l *layer) ownName() string {
	if !l.Learns() {
		return path(l.node.name)
	}
	for _, suffix := range []string{".weight", "_weight", "/weight", "/kernel", ".gamma", "_gamma", "/gamma"} {
		if name, ok := strings.CutSuffix(l.tensors["weight"].origin, suffix); ok {
			if name = path(name); name != "" {
				return name
			}
		}
	}
	name := path(l.node.name)
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && strings.HasPrefix(l.node.name, "/") {
		return name[:dot] // of the module, without that of the operator in it
	}
	return name
}

// path is a name with dots between its parts, the first of which PyTorch repeats:
// "/layer1/layer1.0/conv1/Conv" is layer1.0.conv1.Conv.
func path(name string) string {
	path := ""
	for _, p := range strings.Split(strings.Trim(printable(name), "/"), "/") {
		if path != "" && !strings.HasPrefix(p, path+".") {
			p = path + "." + p
		}
		path = p
	}
	return path
}

// printable is a name that can be shown and written into a study; "" where little of it
// would be left.
func printable(name string) string {
	if !utf8.ValidString(name) || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return strings.TrimSpace(name)
}
