// Package plots draws the figures of a study.
//
//  1. An Input is what was found: the plan, its curves and, for the weights, its
//     outcomes.
//  2. A constructor, one file per kind of figure, picks what it draws and
//     returns a Figure: the drawing, its words and the drawn numbers.
//  3. Render turns a Figure into the bytes of a PNG, an SVG or a PDF, CSV into the
//     numbers behind it. Equal input gives equal bytes. In SVG series have names
//     and points say their values, for a reader at a screen (screen.go).
//
// Draw draws the figure of a name in a Style (variant.go): with other sizes and ranges
// (range.go), letters of another size (enlarged.go), colours (ink.go) and words
// (lexicon.go), and of several runs on the same axes (together.go).
//
// A constructor turns series into marks on panels; a page arranges the panels
// and leaves room for every word by measuring it; a canvas is one file format.
// The whole look is in style.go.
//
// Within the package accuracies and their changes are fractions, as in the
// CSV; labels show them in percent and percentage points (pp).
//
// What plots does not do: it computes no statistics. Means and intervals are
// drawn as the analysis gave them.
package plots
