package plots

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"gonum.org/v1/plot/vg"
)

// pdfStreams are the unpacked streams of a PDF, its page among them.
func pdfStreams(t *testing.T, file []byte) []string {
	t.Helper()
	var streams []string
	for _, part := range bytes.Split(file, []byte("\nstream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue // not packed
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, string(b))
	}
	return streams
}

// pdfText is a text as the page of a PDF holds it.
func pdfText(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		for _, c := range []byte{byte(u >> 8), byte(u)} {
			if strings.IndexByte(`\()`, c) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		}
	}
	return strings.ReplaceAll(b.String(), "\r", `\r`)
}

func TestPDFHoldsEveryTextOfTheFigure(t *testing.T) {
	f, err := Tradeoff(quickSample().input())
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Render(PDF)
	if err != nil {
		t.Fatal(err)
	}
	page := pdfStreams(t, b)[0]
	texts, w, h := drawn(f)
	arrow := false
	for _, text := range texts {
		arrow = arrow || text.text == "L1→L2"
		if !strings.Contains(page, "("+pdfText(text.text)+") Tj") {
			t.Errorf("%q is not on the page", text.text)
		}
	}
	if !arrow {
		t.Error("no text beyond Latin-1 was looked for")
	}
	if box := fmt.Sprintf("/MediaBox [0 0 %.2f %.2f]", w.Points(), h.Points()); !bytes.Contains(b, []byte(box)) {
		t.Errorf("the page is not %s", box)
	}
	if len(b) > 100_000 {
		t.Errorf("%d bytes; the font is not cut to what is used", len(b))
	}
}

func TestPDFKeepsTheHueOfTransparentColours(t *testing.T) {
	c := newPDF(10, 10, "")
	c.SetColor(faded(okabeIto[1], 0x28))
	c.Fill(path([]vg.Point{{}, {X: 5}, {Y: 5}}))
	var b bytes.Buffer
	if err := c.doc.Output(&b); err != nil {
		t.Fatal(err)
	}
	if page := pdfStreams(t, b.Bytes())[0]; !strings.Contains(page, "0.835 0.369 0.000 rg") { // #D55E00
		t.Errorf("the fill is not vermillion: %s", page)
	}
	if !strings.Contains(b.String(), "/ca 0.157") { // 0x28 / 255
		t.Error("the fill is not transparent")
	}
}

// The circle of a marker stays within 0.1 % of its radius.
func TestPDFArcsAreRound(t *testing.T) {
	c := newPDF(100, 100, "")
	c.marker0(vg.Point{X: 50, Y: 50}, 40)
	var b bytes.Buffer
	if err := c.doc.Output(&b); err != nil {
		t.Fatal(err)
	}
	page := pdfStreams(t, b.Bytes())[0]
	curves := regexp.MustCompile(`(?m)^([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) c$`).FindAllStringSubmatch(page, -1)
	if len(curves) != 4 {
		t.Fatalf("%d curves, want 4: %s", len(curves), page)
	}
	at := vg.Point{X: 90, Y: 50}
	for _, m := range curves {
		var p [6]float64
		for i := range p {
			fmt.Sscan(m[i+1], &p[i])
		}
		for _, s := range []float64{0.25, 0.5, 0.75, 1} { // de Casteljau
			u := 1 - s
			bez := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*s*b + 3*u*s*s*c + s*s*s*d }
			q := vg.Point{X: vg.Length(bez(float64(at.X), p[0], p[2], p[4])), Y: vg.Length(bez(float64(at.Y), p[1], p[3], p[5]))}
			d := q.Sub(vg.Point{X: 50, Y: 50})
			if r := d.Dot(d); r < 1598 || r > 1602 {
				t.Errorf("%v is %v off the centre, squared, want 1600", q, r)
			}
		}
		at = vg.Point{X: vg.Length(p[4]), Y: vg.Length(p[5])}
	}
}

func (c *pdfCanvas) marker0(at vg.Point, radius vg.Length) {
	(&canvas{Canvas: c}).marker(circle, at, radius, ink, false)
}

func TestEqualFiguresGiveEqualPDFs(t *testing.T) {
	f, err := Tradeoff(quickSample().input())
	if err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	for range 4 { // what hangs on the order of a map shows itself
		b, err := f.Render(PDF)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	if n := len(slices.CompactFunc(files, bytes.Equal)); n != 1 {
		t.Errorf("%d different files", n)
	}
}
