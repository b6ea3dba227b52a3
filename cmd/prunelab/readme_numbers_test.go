package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestReadmeQuotesItsReports: what the README quotes with an interval of a published
// study stands so, but for rounding, in the report or a table of the folder that it
// links there.
func TestReadmeQuotesItsReports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const number = `[−-]?\d+(?:\.\d+)?`
	interval := regexp.MustCompile(`(` + number + `) ± (` + number + `)(?:\s*\((` + number + `)\))?|(` + number + `)\s*\[(` + number + `), (` + number + `)\]`)
	quotes := func(text string) [][]string {
		var all [][]string
		for _, m := range interval.FindAllStringSubmatch(strings.Join(strings.Fields(text), " "), -1) {
			all = append(all, m, []string{m[0], m[1], m[2], m[3], m[4], m[6], m[5]}) // a difference may be told from either side
		}
		return all
	}
	value := func(s string) float64 {
		v, err := strconv.ParseFloat(strings.NewReplacer("−", "", "-", "").Replace(s), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	same := func(quoted, printed []string) bool {
		for i, q := range quoted[1:] {
			p := printed[1:][i]
			if q == "" {
				continue
			}
			_, fraction, _ := strings.Cut(q, ".")
			if p == "" || math.Abs(value(q)-value(p)) > 0.5*math.Pow10(-len(fraction))+1e-9 {
				return false
			}
		}
		return true
	}
	published := regexp.MustCompile(`\(results/([^/)]+)/`)
	seen := 0
	for _, part := range regexp.MustCompile(`\n(- |## |!\[)`).Split(string(text), -1) {
		var printed [][]string
		for _, folder := range published.FindAllStringSubmatch(part, -1) {
			files, err := filepath.Glob(filepath.Join(root, "results", folder[1], "tables", "*.md"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range append(files, filepath.Join(root, "results", folder[1], "report.md")) {
				b, err := os.ReadFile(file)
				if err != nil {
					continue // a page beside the studies
				}
				printed = append(printed, quotes(strings.ReplaceAll(string(b), `\`, ""))...)
			}
		}
		if len(printed) == 0 {
			continue
		}
		for i, q := range quotes(part) {
			if i%2 > 0 {
				continue
			}
			seen++
			found := false
			for _, p := range printed {
				found = found || same(q, p)
			}
			if !found {
				t.Errorf("%q is in no table or report of what is linked beside it", q[0])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d quotes were looked up", seen)
	}
}
