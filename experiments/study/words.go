package study

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// maxWord bounds a text of a figure and its translation, in bytes.
const maxWord = 1000

// Words reads a file of words: what texts of figures are in another language. The name
// stands for it in errors, which are Faults.
func Words(name string, text []byte) (map[string]string, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	root, err := parse(newSource(name, text), text)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	words := d.words(root)
	return words, d.err()
}

// words reads a mapping of texts to texts.
func (d *decoder) words(n *node) map[string]string {
	what := n.title()
	if n.path == "" {
		what = "a file of words"
	}
	if n.kind != mapping {
		d.fail(n.at, "%s has to be a mapping of texts of figures to their translations, as \"Accuracy (%%)\": \"Genauigkeit (%%)\"", what)
		return nil
	}
	words := map[string]string{}
	for _, f := range n.fields {
		to := strings.Join(strings.Fields(f.value.text), " ")
		_, twice := words[f.key]
		switch {
		case twice:
			d.fail(f.at, "%q is there twice; remove one", f.key)
		case f.value.kind != scalar || to == "" || len(to) > maxWord || strings.ContainsFunc(to, func(r rune) bool { return !unicode.IsPrint(r) }):
			d.fail(f.value.at, "%s has to be a text of 1 to %d bytes; remove the line to keep the word as it is", fmt.Sprintf("the translation of %q", f.key), maxWord)
		}
		words[f.key] = to
	}
	return words
}
