package table

import (
	"bytes"
	"fmt"
	"strings"
)

// Tex renders the table as a LaTeX table environment for the booktabs package.
// Text is escaped, and what LaTeX would join is kept apart; letters beyond ASCII,
// which only names of a user have, are left to UTF-8 input.
func (t Table) Tex() ([]byte, error) {
	t.check()
	var b bytes.Buffer
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
