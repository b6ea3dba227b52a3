package render

import (
	"fmt"
	"path/filepath"

	"prunelab/analysis/table"
	"prunelab/plots"
)

// Warnings say what names of the study, of its arms, layers and targets, have that
// figures or LaTeX tables do not show as they are, and what to do.
func (r *Rendering) Warnings() []string {
	names := append([]string{r.Plan.Study}, r.Plan.Arms...)
	names = append(names, r.Plan.Layers...)
	for _, c := range r.Plan.Cells {
		names = append(names, c.Target)
	}
	var all []string
	undrawn, err := plots.Undrawn(names...)
	if err != nil {
		all = append(all, err.Error())
	}
	if len(undrawn) > 0 {
		all = append(all, fmt.Sprintf("%s, then prunelab report %s", noFont(undrawn), r.store.Dir))
	}
	if beyond := table.BeyondTex(names...); len(beyond) > 0 {
		all = append(all, fmt.Sprintf("%s have %s, which pdflatex does not set: %s",
			filepath.Join(r.store.Dir.Tables(), "*.tex"), string(beyond), table.Typeset(beyond)))
	}
	return append(all, r.undone...)
}

// noFont says what figures do with characters that no font has, and what helps.
func noFont(undrawn []rune) string {
	return fmt.Sprintf("no font was found for %s: the figures as PNG and PDF show □ in their place (as SVG, and in report.html, the viewer's fonts show them); install a font that has them, as Noto Sans CJK, or name the file of one with %s=FILE",
		string(undrawn), plots.FontVariable)
}
