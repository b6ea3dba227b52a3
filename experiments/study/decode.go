package study

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// decoder reads typed values out of a tree and collects what is wrong. After a
// fault it returns a zero value and goes on, so that one pass reports all.
type decoder struct {
	lookup  Lookup
	faults  Faults
	trained bool // the network comes from a file: how it was trained is not known

	described *nn.Config // the network whose layers are in the file, once that was read
}

// maxFaults bounds how much is reported at once.
const maxFaults = 20

func (d *decoder) fail(p place, format string, args ...any) {
	f := p.fault(format, args...)
	if len(d.faults) < maxFaults && !slices.Contains(d.faults, f) {
		d.faults = append(d.faults, f)
	}
}

// err is nil when nothing was wrong so far.
func (d *decoder) err() error {
	if len(d.faults) == 0 {
		return nil
	}
	return d.faults
}

// object is a mapping whose keys have been checked.
type object struct {
	n *node
}

// get returns the value of a key, or nil when the file leaves it unsaid.
func (o object) get(key string) *node {
	if o.n == nil {
		return nil
	}
	v := o.n.get(key)
	if v == nil || v.kind == null {
		return nil
	}
	return v
}

// object checks that n is a mapping of the given keys, each at most once and
// none of them empty.
func (d *decoder) object(n *node, keys ...string) object {
	if n.kind != mapping {
		d.fail(n.at, "%s is %s; it has to be a mapping with %s", n.title(), n.kind, list(keys))
		return object{}
	}
	seen := map[string]bool{}
	for _, f := range n.fields {
		known := false
		for _, k := range keys {
			known = known || k == f.key
		}
		switch {
		case !known:
			d.fail(f.at, "unknown key %q in %s%s", f.key, n.title(), suggest(f.key, keys))
		case seen[f.key]:
			d.fail(f.at, "the key %q is there twice in %s; remove one", f.key, n.title())
		case f.value.kind == null && f.value.text != "":
			d.fail(f.value.at, "%s is %q, YAML's word for nothing; put it in quotes if it is meant as a text, else remove the key", f.value.title(), f.value.text)
		case f.value.kind == null:
			d.fail(f.at, "%s is empty; give it a value or remove the key", f.value.title())
		}
		seen[f.key] = true
	}
	return object{n}
}

// items returns the items of a list.
func (d *decoder) items(n *node) []*node {
	if n.kind != sequence {
		d.fail(n.at, "%s is %s; it has to be a list, as [a, b]", n.title(), n.kind)
		return nil
	}
	if len(n.items) == 0 {
		d.fail(n.at, "%s is an empty list", n.title())
	}
	return n.items
}

// maxText bounds a name; it ends in tables, figures and file names.
const maxText = 80

// text reads a string.
func (d *decoder) text(n *node) string {
	if n.kind != scalar {
		d.fail(n.at, "%s is %s; it has to be a word", n.title(), n.kind)
		return ""
	}
	s := strings.TrimSpace(n.text)
	if s == "" || len(s) > maxText || strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
		d.fail(n.at, "%s has to be a text of 1 to %d bytes on one line", n.title(), maxText)
		return ""
	}
	return s
}

// path reads the name of a file.
func (d *decoder) path(n *node) string {
	if n.kind != scalar || n.text == "" || strings.IndexFunc(n.text, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
		d.fail(n.at, "%s has to be the name of a file, as weights.safetensors", n.title())
		return ""
	}
	return n.text
}

// choice reads one of the given words.
func (d *decoder) choice(n *node, words ...string) string {
	if n.kind != scalar {
		d.fail(n.at, "%s is %s; it can be %s", n.title(), n.kind, list(words))
		return ""
	}
	for _, w := range words {
		if n.text == w {
			return w
		}
	}
	d.fail(n.at, "%s cannot be %q%s", n.title(), n.text, suggest(n.text, words))
	return ""
}

// word reads one of the given words, which are of a type of their own.
func word[T ~string](d *decoder, words ...T) func(*node) T {
	return func(n *node) T { return T(d.choice(n, texts(words)...)) }
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// said reads the value of a key, nil when the file leaves it unsaid.
func said[T any](o object, key string, read func(*node) T) *T {
	if v := o.get(key); v != nil {
		value := read(v)
		return &value
	}
	return nil
}

// saidOr reads the value of a key, or takes another when the file leaves it
// unsaid.
func saidOr[T any](o object, key string, read func(*node) T, unsaid T) T {
	if v := said(o, key, read); v != nil {
		return *v
	}
	return unsaid
}

// needed reads the value of a key, which the mapping n has to have.
func needed[T any](d *decoder, n *node, o object, key string, read func(*node) T) (value T) {
	v := said(o, key, read)
	if v != nil {
		return *v
	}
	if o.n != nil {
		d.fail(n.at, "%s has no %s", n.title(), key)
	}
	return value
}

// flag reads true or false.
func (d *decoder) flag(n *node) bool {
	return d.choice(n, "true", "false") == "true"
}

// float reads a finite number that is in a range, else the fault says of what it
// is outside and another is taken.
func (d *decoder) float(n *node, inside func(v float64) bool, fault string, otherwise float64) float64 {
	v, ok := number(n)
	switch {
	case !ok:
		d.notNumber(n, "number")
	case !inside(v):
		d.fail(n.at, "%s %s", n.describe(), fault)
	default:
		return v
	}
	return otherwise
}

// number reads a finite number in [lo, hi].
func (d *decoder) number(n *node, lo, hi float64) float64 {
	return d.float(n, func(v float64) bool { return lo <= v && v <= hi }, "is outside "+between(lo, hi), lo)
}

// positive reads a finite number greater than 0.
func (d *decoder) positive(n *node) float64 {
	return d.float(n, func(v float64) bool { return v > 0 }, "has to be greater than 0", 1)
}

// amount reads a finite number in [0, hi], to the digits that count.
func (d *decoder) amount(n *node, hi float64) float64 { return trial.Significant(d.number(n, 0, hi)) }

// ratio reads a fraction in [0, 1), to the digits that count.
func (d *decoder) ratio(n *node) float64 {
	return trial.Significant(d.float(n, func(v float64) bool { return 0 <= v && trial.Significant(v) < 1 }, "is outside [0, 1): a ratio is the fraction of weights to remove", 0))
}

// whole reads a whole number in [lo, hi].
func (d *decoder) whole(lo, hi int) func(*node) int {
	return func(n *node) int { return d.integer(n, lo, hi) }
}

// integer reads a whole number in [lo, hi].
func (d *decoder) integer(n *node, lo, hi int) int {
	if n.kind == scalar && !n.quoted {
		if v, err := strconv.Atoi(n.text); err == nil || errors.Is(err, strconv.ErrRange) {
			if err != nil || v < lo || v > hi {
				d.fail(n.at, "%s is outside %s", n.describe(), between(float64(lo), float64(hi)))
				return lo
			}
			return v
		}
	}
	if v, ok := spelled(n); ok {
		d.fail(n.at, "%s is another spelling of a whole number; write %d", n.describe(), v)
		return lo
	}
	d.notNumber(n, "whole number")
	return lo
}

// spelled is the whole number that a value stands for that is not written as one:
// 1e3, 2.0, 1_000, 0x10 or "4".
func spelled(n *node) (int64, bool) {
	if n.kind != scalar {
		return 0, false
	}
	if v, err := strconv.ParseInt(n.text, 0, 64); err == nil {
		return v, true
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(n.text, "_", ""), 64)
	return int64(v), err == nil && v == math.Trunc(v) && math.Abs(v) < 1<<53
}

// notNumber reports a value that is not a number of the kind that is wanted.
func (d *decoder) notNumber(n *node, wanted string) {
	if n.kind == scalar && !n.quoted {
		// YAML 1.2's .inf, -.Inf, .NaN, and decimals beyond the range of float64.
		word := strings.ToLower(strings.TrimLeft(n.text, "+-"))
		if _, err := strconv.ParseFloat(n.text, 64); word == ".inf" || word == ".nan" || errors.Is(err, strconv.ErrRange) {
			wanted = "finite number"
		}
	}
	hint := ""
	if v, ok := meant(n.text); ok && n.kind == scalar && (wanted != "whole number" || v == math.Trunc(v)) {
		hint = "; write " + strconv.FormatFloat(v, 'f', -1, 64)
	}
	d.fail(n.at, "%s is not a %s%s", n.describe(), wanted, hint)
}

// zeros are the first of the digits of other scripts, of which each has ten in a row:
// Arabic, Persian, Devanagari and full-width ones.
var zeros = []rune{0x660, 0x6f0, 0x966, 0xff10}

// meant is the number that a text stands for to a person: with the digits or the minus
// of another script, a decimal comma, in percent or as a fraction.
func meant(text string) (float64, bool) {
	ascii := strings.Map(func(r rune) rune {
		for _, zero := range zeros {
			if r >= zero && r < zero+10 {
				return '0' + r - zero
			}
		}
		switch r {
		case 0x2212, 0x2013, 0xff0d: // minus, en dash, full-width minus
			return '-'
		case ',', 0xff0c, 0xff0e, 0x66b: // full-width comma and point, Arabic separator
			return '.'
		case 0xff05, 0x66a: // full-width and Arabic percent
			return '%'
		}
		return r
	}, text)
	ascii, percent := strings.CutSuffix(ascii, "%")
	above, below, fraction := strings.Cut(strings.TrimSpace(ascii), "/")
	v, err := strconv.ParseFloat(above, 64)
	by := 1.0
	if fraction && err == nil {
		by, err = strconv.ParseFloat(below, 64)
	}
	if percent {
		by *= 100
	}
	v /= by
	return v, err == nil && (ascii != text || fraction) && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// number reads what YAML 1.2's core schema takes for a finite decimal number.
func number(n *node) (float64, bool) {
	if n.kind != scalar || n.quoted || strings.Trim(n.text, "+-.0123456789eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.text, 64)
	return v + 0, err == nil && !math.IsInf(v, 0) // v + 0: no negative zero
}

// describe names the node with its value.
func (n *node) describe() string {
	if n.kind != scalar {
		return fmt.Sprintf("%s (%s)", n.title(), n.kind)
	}
	if n.quoted {
		return fmt.Sprintf("%s (the text %q)", n.title(), n.text)
	}
	return fmt.Sprintf("%s (%s)", n.title(), n.text)
}

// between is a range in words.
func between(lo, hi float64) string {
	return fmt.Sprintf("%s to %s", trial.Number(lo), trial.Number(hi))
}
