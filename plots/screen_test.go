package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"prunelab/analysis/curve"

	"prunelab/experiments/trial"
)

// svgGroup is a group of an SVG with the values it says.
type svgGroup struct {
	class  string
	facets map[string]string
	says   []string
}

// groups are the groups of a figure's SVG.
func groups(t *testing.T, f Figure) []svgGroup {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(f.Element()))
	var found []svgGroup
	var open []int
	title := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			switch v.Name.Local {
			case "g":
				g := svgGroup{facets: map[string]string{}}
				for _, a := range v.Attr {
					if by, is := strings.CutPrefix(a.Name.Local, "data-"); is {
						g.facets[by] = a.Value
					} else if a.Name.Local == "class" {
						g.class = a.Value
					}
				}
				open = append(open, len(found))
				found = append(found, g)
			case "title":
				title = true
			}
		case xml.CharData:
			if title && len(open) > 1 { // in the spots of a series; cells are in none
				g := &found[open[len(open)-2]]
				g.says = append(g.says, string(v))
			}
		case xml.EndElement:
			switch v.Name.Local {
			case "g":
				open = open[:len(open)-1]
			case "title":
				title = false
			}
		}
	}
}

// Every entry that is a switch has something to switch, and the names are those
// of the study, whatever they hold.
func TestEntriesStandForSeries(t *testing.T) {
	hostile := quickSample()
	hostile.arms = slices.Clone(hostile.arms)
	hostile.arms[0] = `<b>"L2"</b> & 'co'`
	for _, s := range []sampleStudy{hostile, alexnetSample()} {
		figures, err := All(s.input())
		if err != nil {
			t.Fatal(err)
		}
		named := 0
		for _, f := range figures {
			parts := groups(t, f)
			for _, e := range parts {
				if e.class != "entry" || e.facets["by"] == "" {
					continue
				}
				named += b2i(e.facets["switches"] == s.arms[0])
				if !slices.ContainsFunc(parts, func(g svgGroup) bool { return g.class == "series" && g.facets[e.facets["by"]] == e.facets["switches"] }) {
					t.Errorf("%s: the entry %q switches nothing: %v", f.Name, e.facets["name"], e.facets)
				}
			}
		}
		if named < 3 {
			t.Errorf("%s: %d figures switch the arm %s", s.name, named, s.arms[0])
		}
	}
}

func TestPointsSayTheirValues(t *testing.T) {
	in := quickSample().input()
	f, err := Tradeoff(in)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := in.curve("L2", "all", trial.Plain(), curve.Retrained)
	var said []string
	for _, g := range groups(t, f) {
		if g.facets["arm"] == "L2" && g.facets["stage"] == "retrained" {
			said = append(said, g.says...)
		}
	}
	for _, p := range c.Points {
		want := fmt.Sprintf("L2, retrained, %s %%: %s pp", percent(p.Requested), signed(-100*p.Loss.Value))
		if p.Loss.Level > 0 {
			want += fmt.Sprintf(" [%s, %s]", signed(-100*p.Loss.Hi), signed(-100*p.Loss.Lo))
		}
		if want += fmt.Sprintf(", n = %d", p.Loss.N); !slices.Contains(said, want) {
			t.Errorf("no point says %q: %q", want, said)
		}
	}
	missing := false
	for _, g := range groups(t, f) {
		missing = missing || slices.Contains(g.says, "L1, before retraining, 95 %: no result (3 × diverged)")
	}
	if !missing {
		t.Error("no cross says why there is no result")
	}
}
