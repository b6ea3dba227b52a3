package study

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"prunelab/experiments/figure"
)

// maxFigures bounds the figures that a study asks for.
const maxFigures = 50

// figureKeys are the keys of a figure: its name, that of its files, its words, and the
// options of the command that draws one, with _ for -.
var figureKeys = []string{"name", "file", "words", "style", "arms", "layers", "stage", "x", "y", "linear", "width", "height", "dpi", "font_size", "palette", "title", "no_note", "no_legend"}

// figures reads the figures that are drawn beside those of every report, of the arms and
// layers that there are; nil: any.
func (d *decoder) figures(n *node, arms, layers []string) []figure.Request {
	var all []figure.Request
	for i, it := range d.items(n) {
		if i == maxFigures {
			d.fail(it.at, "more than %d figures", maxFigures)
			break
		}
		r := d.figure(it, i, arms, layers)
		if slices.ContainsFunc(all, func(o figure.Request) bool { return strings.EqualFold(o.File, r.File) }) {
			d.fail(it.at, "%s has the files of another, %s; give it a file of its own, as file: my-figure", it.title(), r.File)
		}
		all = append(all, r)
	}
	return all
}

// figure reads the i-th figure.
func (d *decoder) figure(n *node, i int, arms, layers []string) figure.Request {
	o := d.object(n, figureKeys...)
	var r figure.Request
	if o.n == nil {
		return r
	}
	before := len(d.faults)
	r.Kind = needed(d, n, o, "name", func(v *node) string { return d.choice(v, figure.Kinds...) })
	r.File = saidOr(o, "file", d.name, fmt.Sprintf("%s-%d", r.Kind, i+1))
	if v := o.get("file"); v != nil && slices.ContainsFunc(figure.Kinds, func(k string) bool { return strings.EqualFold(k, r.File) }) {
		d.fail(v.at, "%s is the name of the report's own figure; give another", v.describe())
	}
	if v := o.get("words"); v != nil {
		r.Words = d.words(v)
	}
	raw := func(key string) string { return saidOr(o, key, d.text, "") }
	r.Style = figure.Style(raw("style"))
	r.Stage, r.X, r.Y, r.Width, r.Height, r.FontSize, r.Title = raw("stage"), raw("x"), raw("y"), raw("width"), raw("height"), raw("font_size"), raw("title")
	r.Linear, r.NoNote, r.NoLegend = saidOr(o, "linear", d.flag, false), saidOr(o, "no_note", d.flag, false), saidOr(o, "no_legend", d.flag, false)
	r.DPI = saidOr(o, "dpi", d.whole(30, 1200), 0)
	r.Arms, r.Layers = d.among(o.get("arms"), arms), d.among(o.get("layers"), layers)
	r.Palette = d.palette(o.get("palette"))
	if len(d.faults) > before {
		return r
	}
	if _, err := r.Check(); err != nil {
		at, message := n.at, err.Error()
		var f figure.Fault
		if errors.As(err, &f) {
			key := strings.ReplaceAll(f.Option, "-", "_")
			message = join(n.path, key) + " " + strings.ReplaceAll(f.Message, "--"+f.Option+"=", key+": ")
			if v := o.get(key); v != nil {
				at = v.at
			}
		}
		d.fail(at, "%s", message)
	}
	return r
}

// among reads a list of names that there are; nil: any.
func (d *decoder) among(n *node, names []string) []string {
	if n == nil {
		return nil
	}
	var all []string
	for _, it := range d.items(n) {
		if names == nil {
			all = append(all, d.text(it))
		} else {
			all = append(all, d.choice(it, names...))
		}
	}
	return all
}

// palette reads the name of a palette or a list of colours.
func (d *decoder) palette(n *node) []string {
	switch {
	case n == nil:
		return nil
	case n.kind == scalar:
		return []string{d.text(n)}
	}
	var all []string
	for _, it := range d.items(n) {
		all = append(all, d.text(it))
	}
	return all
}

// Figures reads the figures that the file in a run's folder asks for.
func Figures(name string, text []byte) ([]figure.Request, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	root, err := parse(newSource(name, text), text)
	if err != nil {
		return nil, err
	}
	d := &decoder{}
	if root.kind != mapping {
		d.fail(root.at, "%s has to be a mapping with the key figures, as in a study: figures: [{name: tradeoff, style: han2015}]", name)
		return nil, d.err()
	}
	v := d.object(root, "figures").get("figures")
	if v == nil {
		return nil, d.err()
	}
	return d.figures(v, nil, nil), d.err()
}

// FiguresYAML prints the figures of the study as Figures reads them.
func (s *Study) FiguresYAML() []byte {
	var b strings.Builder
	b.WriteString("# Drawn beside the report's own figures. prunelab run writes what the study asks for;\n# prunelab report draws what stands here.\nfigures:\n")
	for _, r := range s.Figures {
		b.WriteString("  - " + figureYAML(r) + "\n")
	}
	return []byte(b.String())
}

func figureYAML(r figure.Request) string {
	pairs := []string{"name", quote(r.Kind), "file", quote(r.File)}
	for _, p := range [][2]string{{"style", string(r.Style)}, {"stage", r.Stage}, {"x", r.X}, {"y", r.Y}, {"width", r.Width}, {"height", r.Height}, {"font_size", r.FontSize}, {"title", r.Title}} {
		if p[1] != "" {
			pairs = append(pairs, p[0], quote(p[1]))
		}
	}
	for _, p := range []struct {
		key  string
		list []string
	}{{"arms", r.Arms}, {"layers", r.Layers}, {"palette", r.Palette}} {
		if len(p.list) > 0 {
			var items []string
			for _, it := range p.list {
				items = append(items, quote(it))
			}
			pairs = append(pairs, p.key, bracket(items))
		}
	}
	for _, p := range []struct {
		key string
		on  bool
	}{{"linear", r.Linear}, {"no_note", r.NoNote}, {"no_legend", r.NoLegend}} {
		if p.on {
			pairs = append(pairs, p.key, "true")
		}
	}
	if r.DPI != 0 {
		pairs = append(pairs, "dpi", strconv.Itoa(r.DPI))
	}
	if len(r.Words) > 0 {
		var words []string
		for _, w := range slices.Sorted(maps.Keys(r.Words)) {
			words = append(words, strconv.Quote(w), strconv.Quote(r.Words[w]))
		}
		pairs = append(pairs, "words", flow(words...))
	}
	return flow(pairs...)
}
