package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// columns reads a table as its columns by name.
func columns(t *testing.T, file string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	all := map[string][]string{}
	for i, name := range rows[0] {
		for _, row := range rows[1:] {
			all[name] = append(all[name], row[i])
		}
	}
	return all
}

// Results of every schema are read and shown. testdata/schema-1 was written by
// the first program that stored results, with its table of all trials; it is
// never written anew.
func TestOldResultsAreShown(t *testing.T) {
	golden, err := filepath.Abs("testdata/schema-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS("old", os.DirFS(golden)); err != nil {
		t.Fatal(err)
	}
	if said := command(t, exitOK, "status", "old"); !strings.Contains(said, "done       20") {
		t.Errorf("status:\n%s", said)
	}
	if said := command(t, exitOK, "report", "old"); strings.Contains(said, "damaged") {
		t.Errorf("report:\n%s", said)
	}
	was, is := columns(t, filepath.Join(golden, "tables", "trials.csv")), columns(t, "old/tables/trials.csv")
	if len(was["arm"]) != 28 {
		t.Fatalf("the table has %d lines", len(was["arm"]))
	}
	for name, values := range was {
		if !slices.Equal(is[name], values) {
			t.Errorf("column %s is %v, was %v", name, is[name], values)
		}
	}
	for _, name := range []string{"report.md", "report.html", "findings.json", "figures/tradeoff.png", "figures/tradeoff.svg", "tables/accuracy-retrained.csv"} {
		if info, err := os.Stat(filepath.Join("old", name)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
	if _, err := os.Stat("old/corrupt"); err == nil {
		t.Error("files were found damaged")
	}
	if said := command(t, exitOK, "compare", "old", golden); !strings.Contains(said, "20 with the same result, bit for bit; 0 with another") {
		t.Errorf("compare:\n%s", said)
	}
}
