package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// texRoom is what the page of LaTeX's article class has for a table in footnotesize,
// in points; a column has \tabcolsep, set to 3 pt, on either side, and 2 pt for what its
// width is estimated too small.
var texRoom = room{width: 345, gap: 8, measure: texWidth}

// texWidth bounds the width of a text in Computer Modern at 8 pt, in points.
func texWidth(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case unicode.In(r, square...):
			w += 8.2
		case strings.ContainsRune("©®ŒŴÆĲ", r):
			w += 9.4
		case r > 126 && (unicode.IsUpper(r) || strings.ContainsRune("ďŵæ¤¬¯÷", r)):
			w += 6.8
		case r > 126 && unicode.Is(latin, r):
			w += 5
		case strings.ContainsRune(".,:;|!'()[]ilj", r):
			w += 3.4
		case r == ' ':
			w += 2.9
		case r >= '0' && r <= '9':
			w += 4.3
		case strings.ContainsRune("→←", r):
			w += 8.6
		case strings.ContainsRune("mwMW%@±−×≥≤≈<>=+√—", r):
			w += 7.4
		case strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", r):
			w += 3.9
		case r >= 'A' && r <= 'Z':
			w += 6.3
		case r == '-':
			w += 2.9
		default:
			w += 4.6
		}
	}
	return w
}

// texLines is how many lines a page has for a table, its caption and notes.
const texLines = 46

// Tex renders the table in LaTeX for the packages booktabs and longtable, at the text
// width of the article class: a table environment or, where it is longer than a page,
// a longtable. Texts are wrapped, and columns that do not fit follow in a tabular below,
// beside what their rows are about. Text is escaped, and what LaTeX would join is kept
// apart. Letters beyond ASCII, which only names of a user have, are left to UTF-8 input;
// those that pdflatex does not set are named in a comment at the head, with what sets them.
func (t Table) Tex() ([]byte, error) {
	t.check()
	parts := t.blocks(texRoom)
	marks, texts := t.notes()
	long := t.texHeight(parts) > texLines
	var b bytes.Buffer
	caption := ""
	if t.Title != "" {
		caption = "\\caption{" + texWords(t.Title, texRoom.width/2) + "}"
	}
	if beyond := BeyondTex(t.texts()...); len(beyond) > 0 {
		fmt.Fprintf(&b, "%% pdflatex does not set %s: %s.\n", string(beyond), Typeset(beyond))
	}
	label := "\\label{tab:" + labelTex(t.Name) + "}"
	if long {
		b.WriteString("{\\footnotesize\\setlength{\\tabcolsep}{3pt}\n")
	} else {
		fmt.Fprintf(&b, "\\begin{table}[htbp]\n\\centering\\footnotesize\\setlength{\\tabcolsep}{3pt}\n")
		if caption != "" {
			b.WriteString(caption + "\n")
		}
		b.WriteString(label + "\n")
	}
	for i, part := range parts {
		var spec strings.Builder
		for k, j := range part.columns {
			switch {
			case t.Columns[j].Align == Right:
				spec.WriteByte('r')
			default:
				fmt.Fprintf(&spec, ">{\\raggedright\\arraybackslash}p{%.0fpt}", part.widths[k]+2)
			}
		}
		var heads []string
		for k, j := range part.columns {
			heads = append(heads, texHead(t.Columns[j], part.widths[k]))
		}
		head := strings.Join(heads, " & ") + " \\\\\n\\midrule\n"
		switch {
		case long && i == 0:
			fmt.Fprintf(&b, "\\begin{longtable}{@{}%s@{}}\n", spec.String())
			if caption != "" {
				b.WriteString(caption + label + "\\\\\n")
			}
			fmt.Fprintf(&b, "\\toprule\n%s\\endfirsthead\n\\toprule\n%s\\endhead\n\\bottomrule\n\\endfoot\n", head, head)
		case long:
			fmt.Fprintf(&b, "\\begin{longtable}{@{}%s@{}}\n\\toprule\n%s\\endhead\n\\bottomrule\n\\endfoot\n", spec.String(), head)
		default:
			if i > 0 {
				b.WriteString("\\par\\medskip\n")
			}
			fmt.Fprintf(&b, "\\begin{tabular}{@{}%s@{}}\n\\toprule\n%s", spec.String(), head)
		}
		for _, row := range t.Rows {
			cells := make([]string, len(part.columns))
			for k, j := range part.columns {
				cells[k] = t.texCell(j, row[j], part.widths[k])
				if n := row[j].Note; n != "" {
					cells[k] += fmt.Sprintf("\\textsuperscript{%d}", marks[n])
				}
			}
			line := strings.Join(cells, " & ")
			if strings.HasPrefix(line, "[") {
				line = "{}" + line // else it is an argument of the \\ before
			}
			fmt.Fprintf(&b, "%s \\\\\n", line)
		}
		if long {
			if i > 0 || len(parts) > 1 {
				b.WriteString("\\noalign{}\n")
			}
			b.WriteString("\\end{longtable}\n")
			if i < len(parts)-1 {
				b.WriteString("\\addtocounter{table}{-1}\n")
			}
		} else {
			b.WriteString("\\bottomrule\n\\end{tabular}\n")
		}
	}
	var notes []string
	for i, s := range texts {
		notes = append(notes, fmt.Sprintf("\\textsuperscript{%d} %s", i+1, texWords(s, texRoom.width)))
	}
	for _, s := range t.Notes {
		notes = append(notes, texWords(s, texRoom.width))
	}
	if len(notes) > 0 {
		b.WriteString("\\par\\smallskip\\noindent\\begin{minipage}{\\textwidth}\\footnotesize\\raggedright\n" + strings.Join(notes, "\\par\n") + "\n\\end{minipage}\n")
	}
	if long {
		b.WriteString("\\par}\n")
	} else {
		b.WriteString("\\end{table}\n")
	}
	return b.Bytes(), nil
}

// texHead is a head, wrapped to the width of its column.
func texHead(c Column, width float64) string {
	lines := texRoom.wrap(oneLine(c.Head), width)
	for i, l := range lines {
		lines[i] = escapeTex(l)
	}
	if c.Align == Left || len(lines) == 1 {
		return strings.Join(lines, " ")
	}
	return "\\begin{tabular}[t]{@{}r@{}}" + strings.Join(lines, "\\\\") + "\\end{tabular}"
}

// texCell is the text of a cell.
func (t Table) texCell(j int, c Cell, width float64) string {
	if t.Columns[j].Align == Right {
		return escapeTex(c.Text)
	}
	return texWords(c.Text, width)
}

// texWords is a text in which words wider than a line may break.
func texWords(s string, width float64) string {
	words := strings.Fields(oneLine(s))
	for i, w := range words {
		var parts []string
		for _, p := range texRoom.wrap(w, width) {
			parts = append(parts, escapeTex(p))
		}
		words[i] = strings.Join(parts, "\\hskip0pt{}")
	}
	return strings.Join(words, " ")
}

// texHeight estimates the lines of a table on the page.
func (t Table) texHeight(parts []block) int {
	lines := 0
	count := func(s string, width float64) int { return len(texRoom.wrap(oneLine(s), width)) }
	for _, part := range parts {
		high := 1
		for k, j := range part.columns {
			high = max(high, count(t.Columns[j].Head, part.widths[k]))
		}
		lines += high + 2
		for _, row := range t.Rows {
			high := 1
			for k, j := range part.columns {
				if t.Columns[j].Align == Left {
					high = max(high, count(row[j].Text, part.widths[k]))
				}
			}
			lines += high
		}
	}
	_, texts := t.notes()
	for _, s := range append(texts, t.Notes...) {
		lines += count(s, texRoom.width)
	}
	return lines + 2*count(t.Title, texRoom.width)
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

// square are the scripts whose characters are as wide as the font is high.
var square = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// Typeset says how a document has to be compiled that has characters beyond pdflatex.
func Typeset(beyond []rune) string {
	if slices.ContainsFunc(beyond, func(r rune) bool {
		return unicode.In(r, square...)
	}) {
		return `compile with xelatex, \usepackage{xeCJK} and \setCJKmainfont{FONT} with a font that has them, as Noto Sans CJK SC`
	}
	return `compile with xelatex or lualatex, \usepackage{fontspec} and \setmainfont{FONT} with a font that has them, as Noto Sans`
}

func escapeTex(s string) string { return tex.Replace(oneLine(s)) }

var tex = strings.NewReplacer(
	`>=`, `$\geq$`, `<=`, `$\leq$`,
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
