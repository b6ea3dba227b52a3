package plots

// grid collects panels of accuracy curves that share both axes.
type grid struct {
	x     string // label
	parts []part
}

// part is one panel.
type part struct {
	title  string
	series []series
}

// add makes a panel of series, if there are any.
func (g *grid) add(title string, panel []series) {
	if len(panel) > 0 {
		interleave(panel)
		crowd(panel)
		g.parts = append(g.parts, part{title, panel})
	}
}

// all are the series of all panels, named by their panel too where there are
// several.
func (g *grid) all() []series {
	var all []series
	for _, p := range g.parts {
		for _, s := range p.series {
			if len(g.parts) > 1 {
				s.name = p.title + " " + s.name
			}
			all = append(all, s)
		}
	}
	return all
}

// arrange puts the panels on a page: one in a column's width, more in rows
// across the page.
func (g *grid) arrange(in Input) (page, table) {
	dense := in.baselines(g.all())
	x, y := sparsityAxis(g.all(), g.x), accuracyAxis(g.all(), dense.values()...)
	data := curveTable("sparsity", "accuracy")
	var panels []*panel
	for _, part := range g.parts {
		p := &panel{x: x, y: y, marks: dense.marks(in)}
		if len(g.parts) > 1 {
			p.title = part.title
		}
		p.show(part.series)
		panels = append(panels, p)
		data.record(part.title, part.series)
	}
	pg := page{width: pageWidth, legend: in.seriesLegend(g.all()), shareX: true, shareY: true}
	pg.legend = append(pg.legend, dense.legend()...)
	for _, b := range dense {
		data.add("", b.arm, "", "", "dense", "", "", "", number(b.y), "", "", "", "", "", "")
	}
	columns := min(len(panels), 4)
	height := 40 * mm
	switch len(panels) {
	case 1:
		height = 52 * mm
		if len(pg.legend) <= 9 { // more would stand taller than the panel
			pg.width = columnWidth
		}
	case 2:
		height = 52 * mm
	case 3, 5, 6, 9:
		columns = 3
	}
	for len(panels) > 0 {
		n := min(columns, len(panels))
		pg.rows = append(pg.rows, row{height, panels[:n]})
		panels = panels[n:]
	}
	return pg, data
}

// notes say what is peculiar to these panels.
func (g *grid) notes(in Input) []string {
	notes := []string{errorScaleNote(accuracyAxis(g.all(), in.baselines(g.all()).values()...))}
	var panels [][]series
	for _, p := range g.parts {
		panels = append(panels, p.series)
	}
	return append(notes, in.sharedNote(panels...))
}
