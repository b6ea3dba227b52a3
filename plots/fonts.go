package plots

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
)

// FontVariable is the environment variable that names the file of a font (TrueType,
// OpenType or a collection of these) for characters that the program's own one, which
// has Latin, Greek and Cyrillic, lacks.
const FontVariable = "PRUNELAB_FONT"

// others are the fonts of the machine. They are asked for nothing that the program's own
// font has, so that figures depend on the machine only where its own could not draw
// them.
var others = &fontFiles{list: installed}

// fontFiles finds fonts for single characters among files.
type fontFiles struct {
	list func() (files []string, err error)

	mu     sync.Mutex
	listed bool
	files  []string
	fault  error // of the file that FontVariable names
	fonts  map[string]*sfnt.Font
	by     map[rune]*sfnt.Font // nil: none has it
}

// of returns the first font that draws a character; nil where none does.
func (f *fontFiles) of(r rune) *sfnt.Font {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.find()
	font, known := f.by[r]
	if known || !unshaped(r) {
		return font
	}
	for _, file := range f.files {
		one, read := f.fonts[file]
		if !read {
			one, _ = readFont(file) // a file that is no font has no characters
			f.fonts[file] = one
		}
		if one != nil && draws(one, r) {
			font = one
			break
		}
	}
	f.by[r] = font
	return font
}

// unshaped reports whether a character stands by itself, left to right: those of other
// scripts join, or are ordered, in ways that are not drawn here.
func unshaped(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
		unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Ethiopic, unicode.Common)
}

// draws reports whether a font has a character as an outline that is not empty.
func draws(f *sfnt.Font, r rune) bool {
	var buf sfnt.Buffer
	i, err := f.GlyphIndex(&buf, r)
	if err != nil || i == 0 {
		return false
	}
	segments, err := f.LoadGlyph(&buf, i, fixed.I(int(f.UnitsPerEm())), nil)
	return err == nil && len(segments) > 0
}

// readFont opens the font in a file, the first of a collection. The file stays open.
func readFont(name string) (*sfnt.Font, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	all, err := sfnt.ParseCollectionReaderAt(file) // takes a single font as well
	var font *sfnt.Font
	if err == nil {
		font, err = all.Font(0)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s is no TrueType or OpenType font that is read: %w", name, err)
	}
	return font, nil
}

// usual are parts of the names of fonts that many machines have and that have most
// characters, the likeliest first.
var usual = []string{"notosanscjk", "sourcehansans", "droidsansfallback", "wqy", "pingfang", "hiragino", "msyh", "yugoth", "malgun", "applesdgothic", "arialuni"}

// installed lists the fonts of the machine: the one that FontVariable names, then the
// usual ones, then the others by path.
func installed() ([]string, error) {
	var named []string
	var fault error
	if name := os.Getenv(FontVariable); name != "" {
		if _, err := readFont(name); err != nil {
			fault = fmt.Errorf("%s: %w", FontVariable, err)
		} else {
			named = []string{name}
		}
	}
	var files []string
	for _, dir := range fontFolders() {
		filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // of what cannot be read there are no fonts
			if err == nil && !d.IsDir() && slices.Contains([]string{".ttf", ".otf", ".ttc", ".otc"}, strings.ToLower(filepath.Ext(name))) {
				files = append(files, name)
			}
			return nil
		})
	}
	rank := func(name string) int {
		base := strings.ReplaceAll(strings.ToLower(filepath.Base(name)), "-", "")
		at := slices.IndexFunc(usual, func(part string) bool { return strings.Contains(base, part) })
		if at < 0 {
			return len(usual)
		}
		return at
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return append(named, files...), fault
}

// fontFolders are those in which systems keep fonts.
func fontFolders() []string {
	dirs := []string{"/usr/local/share/fonts", "/usr/share/fonts", "/System/Library/Fonts", "/Library/Fonts"}
	if windows := os.Getenv("WINDIR"); windows != "" {
		dirs = append(dirs, filepath.Join(windows, "Fonts"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".local", "share", "fonts"), filepath.Join(home, ".fonts"), filepath.Join(home, "Library", "Fonts"))
	}
	return dirs
}

// Undrawn returns the characters of texts that figures show as boxes, as neither the
// program's font nor one of the machine draws them, each once. The error is of the font
// that FontVariable names, which is then not used.
func Undrawn(texts ...string) ([]rune, error) {
	w := words{size: tickSize}
	var missing []rune
	for _, text := range texts {
		drawn := []rune(w.drawable(text))
		for i, r := range []rune(w.plain(text)) {
			if drawn[i] != r && !slices.Contains(missing, r) {
				missing = append(missing, r)
			}
		}
	}
	if os.Getenv(FontVariable) == "" {
		return missing, nil // the machine's fonts are not looked at for nothing
	}
	return missing, others.err()
}

// err is what is wrong with the font that FontVariable names.
func (f *fontFiles) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.find()
	return f.fault
}

// find lists the files, once.
func (f *fontFiles) find() {
	if !f.listed {
		f.files, f.fault = f.list()
		f.listed, f.fonts, f.by = true, map[string]*sfnt.Font{}, map[rune]*sfnt.Font{}
	}
}

// run is a part of a text in one font, nil: the program's own.
type run struct {
	text string
	font *sfnt.Font
}

// runs splits a drawable text by its fonts.
func (w words) runs(s string) []run {
	var all []run
	own := w.own()
	start := 0 // of the last
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		var font *sfnt.Font
		if !own(r) {
			font = others.of(r)
		}
		if n := len(all); n > 0 && all[n-1].font == font {
			all[n-1].text = s[start:end]
		} else {
			start = i
			all = append(all, run{s[i:end], font})
		}
	}
	return all
}

// length is how far a run of another font reaches, at a size.
func (r run) length(size vg.Length) vg.Length {
	total := 0.0
	var buf sfnt.Buffer
	upem := fixed.I(int(r.font.UnitsPerEm()))
	for _, char := range r.text {
		i, _ := r.font.GlyphIndex(&buf, char) // which was there
		if a, err := r.font.GlyphAdvance(&buf, i, upem, xfont.HintingNone); err == nil {
			total += float64(a) / float64(upem)
		}
	}
	return vg.Length(total) * size
}

// outline is the shape of a run of another font that begins at a point.
func (r run) outline(at vg.Point, size vg.Length) vg.Path {
	var p vg.Path
	var buf sfnt.Buffer
	upem := fixed.I(int(r.font.UnitsPerEm()))
	point := func(a fixed.Point26_6) vg.Point { // y of a font's outline points down here
		return at.Add(vg.Point{X: size * vg.Length(a.X) / vg.Length(upem), Y: -size * vg.Length(a.Y) / vg.Length(upem)})
	}
	for _, char := range r.text {
		i, _ := r.font.GlyphIndex(&buf, char)
		segments, err := r.font.LoadGlyph(&buf, i, upem, nil)
		if err != nil {
			continue // it was there
		}
		open := false
		for _, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if open {
					p.Close()
				}
				p.Move(point(s.Args[0]))
				open = true
			case sfnt.SegmentOpLineTo:
				p.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				p.QuadTo(point(s.Args[0]), point(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				p.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
			}
		}
		if open {
			p.Close()
		}
		at.X += run{string(char), r.font}.length(size)
	}
	return p
}
