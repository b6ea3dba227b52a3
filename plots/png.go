package plots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"

	"gonum.org/v1/plot/vg/vgimg"
)

// renderPNG draws a figure at its dots per inch.
func renderPNG(f Figure) ([]byte, error) { return f.PNG(cmp.Or(f.dpi, dpi)) }

// PNG draws the figure at so many dots per inch of its printed size.
func (f Figure) PNG(dpi int) ([]byte, error) {
	w, h, _ := f.page.printed()
	if n := w.Dots(float64(dpi)) * h.Dots(float64(dpi)); n > maxPixels {
		return nil, fmt.Errorf("plots: figure %s as PNG: %.0f million pixels, more than the %d million that are drawn; make it smaller or coarser", f.Name, n/1e6, maxPixels/1_000_000)
	}
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(paper))
	f.page.on(c)
	var b bytes.Buffer
	if err := png.Encode(&b, paletted(c.Image().(*image.RGBA))); err != nil {
		return nil, fmt.Errorf("plots: figure %s as PNG: %w", f.Name, err)
	}
	return withResolution(b.Bytes(), dpi), nil
}

// maxPixels takes 0.8 GB; a page of A3 at 600 dots an inch has 70 million.
const maxPixels = 100_000_000

// withResolution puts a pHYs chunk (PNG specification, section 11.3.5.3) after
// the header, so that programs know the printed size; image/png writes none.
func withResolution(file []byte, dpi int) []byte {
	const header = 8 + 4 + 4 + 13 + 4           // signature; length, type, data and CRC of IHDR
	perMetre := uint32((dpi*10000 + 127) / 254) // an inch is 0.0254 m
	chunk := binary.BigEndian.AppendUint32(nil, 9)
	chunk = append(chunk, "pHYs"...)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // the unit is the metre
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	out := make([]byte, 0, len(file)+len(chunk))
	out = append(out, file[:header]...)
	out = append(out, chunk...)
	return append(out, file[header:]...)
}
