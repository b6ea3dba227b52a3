package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Tex renders the table as a LaTeX table environment for the booktabs package.
// Text is escaped, and what LaTeX would join is kept apart. Letters beyond ASCII, which
// only names of a user have, are left to UTF-8 input; those that pdflatex does not set
// are named in a comment at the head, with what sets them.
func (t Table) Tex() ([]byte, error) {
	t.check()
	var b bytes.Buffer
	if beyond := BeyondTex(t.texts()...); len(beyond) > 0 {
		fmt.Fprintf(&b, "%% pdflatex does not set %s: %s.\n", string(beyond), Typeset(beyond))
	}
	fmt.Fprintf(&b, "\\begin{table}\n\\centering\n")
	if t.Title != "" {
		fmt.Fprintf(&b, "\\caption{%s}\n", escapeTex(t.Title))
	}
	fmt.Fprintf(&b, "\\label{tab:%s}\n\\begin{tabular}{", labelTex(t.Name))
	for _, c := range t.Columns {
		if c.Align == Right {
			b.WriteByte('r')
		} else {
			b.WriteByte('l')
		}
	}
	b.WriteString("}\n\\toprule\n")
	heads := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		heads[j] = escapeTex(c.Head)
	}
	fmt.Fprintf(&b, "%s \\\\\n\\midrule\n", strings.Join(heads, " & "))
	marks, texts := t.notes()
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = escapeTex(c.Text)
			if c.Note != "" {
				cells[j] += fmt.Sprintf("\\textsuperscript{%d}", marks[c.Note])
			}
		}
		line := strings.Join(cells, " & ")
		if strings.HasPrefix(line, "[") {
			line = "{}" + line // else it is an argument of the \\ before
		}
		fmt.Fprintf(&b, "%s \\\\\n", line)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	for i, s := range texts {
		fmt.Fprintf(&b, "\\par\\footnotesize\\textsuperscript{%d} %s\n", i+1, escapeTex(s))
	}
	for _, s := range t.Notes {
		fmt.Fprintf(&b, "\\par\\footnotesize %s\n", escapeTex(s))
	}
	b.WriteString("\\end{table}\n")
	return b.Bytes(), nil
}

// texts are those of all parts of the table.
func (t Table) texts() []string {
	all := append([]string{t.Title}, t.Notes...)
	for _, c := range t.Columns {
		all = append(all, c.Head)
	}
	for _, row := range t.Rows {
		for _, c := range row {
			all = append(all, c.Text, c.Note)
		}
	}
	return all
}

// latin are the letters and signs beyond ASCII that pdflatex sets from UTF-8 with T1
// fonts and no further package.
var latin = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0xa1, Hi: 0xac, Stride: 1}, {Lo: 0xae, Hi: 0x125, Stride: 1}, {Lo: 0x128, Hi: 0x137, Stride: 1}, {Lo: 0x139, Hi: 0x13e, Stride: 1},
	{Lo: 0x141, Hi: 0x148, Stride: 1}, {Lo: 0x14a, Hi: 0x165, Stride: 1}, {Lo: 0x168, Hi: 0x17e, Stride: 1},
}}

// BeyondTex returns the characters of texts that pdflatex does not set, each once.
func BeyondTex(texts ...string) []rune {
	var beyond []rune
	for _, text := range texts {
		for _, r := range escapeTex(text) {
			if r > 126 && !unicode.Is(latin, r) && !slices.Contains(beyond, r) {
				beyond = append(beyond, r)
			}
		}
	}
	return beyond
}

// Typeset says how a document has to be compiled that has characters beyond pdflatex.
func Typeset(beyond []rune) string {
	if slices.ContainsFunc(beyond, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
	}) {
		return `compile with xelatex, \usepackage{xeCJK} and \setCJKmainfont{FONT} with a font that has them, as Noto Sans CJK SC`
	}
	return `compile with xelatex or lualatex, \usepackage{fontspec} and \setmainfont{FONT} with a font that has them, as Noto Sans`
}

func escapeTex(s string) string { return tex.Replace(oneLine(s)) }

var tex = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`,
	`^`, `\textasciicircum{}`, `~`, `\textasciitilde{}`, `<`, `\textless{}`, `>`, `\textgreater{}`, `|`, `\textbar{}`, `"`, `''`,
	`→`, `$\rightarrow$`, `←`, `$\leftarrow$`, `±`, `$\pm$`, `−`, `$-$`, `×`, `$\times$`, `·`, `$\cdot$`,
	`≥`, `$\geq$`, `≤`, `$\leq$`, `≈`, `$\approx$`, `√`, `$\surd$`, `∞`, `$\infty$`, `–`, `--`, `—`, `---`, `…`, `\ldots{}`,
	`²`, `$^{2}$`, `³`, `$^{3}$`, `α`, `$\alpha$`, `β`, `$\beta$`, `γ`, `$\gamma$`, `δ`, `$\delta$`, `Δ`, `$\Delta$`,
	`Σ`, `$\Sigma$`, `‖`, `$\Vert$`, `½`, `$\frac{1}{2}$`, `’`, `'`, `‘`, "\\textquoteleft{}", `“`, `\textquotedblleft{}`, `”`, `''`,
	`⁻`, `$^{-}$`, `⁰`, `$^{0}$`, `¹`, `$^{1}$`, `⁴`, `$^{4}$`, `⁵`, `$^{5}$`, `⁶`, `$^{6}$`, `⁷`, `$^{7}$`, `⁸`, `$^{8}$`, `⁹`, `$^{9}$`,
	`--`, `-{}-{}`, "`", `\textasciigrave{}`,
	`ε`, `$\varepsilon$`, `λ`, `$\lambda$`, `μ`, `$\mu$`, `ρ`, `$\rho$`, `σ`, `$\sigma$`, `τ`, `$\tau$`,
)

// labelTex keeps what is safe in \label.
func labelTex(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, s)
}
