package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the documentation calls a test or a benchmark, by name or as what -run and
// -bench select, is one; the scripts of benchmarks find those that they read.
func TestDocumentationNamesTestsThatThereAre(t *testing.T) {
	var names []string
	for _, text := range files(t, "_test.go") {
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`).FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	some := func(pattern string) bool {
		re, err := regexp.Compile(pattern)
		return err == nil && slices.ContainsFunc(names, re.MatchString)
	}
	found := 0
	for file, text := range files(t, ".md", ".py") {
		for _, m := range regexp.MustCompile(`-(?:bench|run)[",\s]+([^\s">`+"`"+`]+)|\b((?:Test|Benchmark|Fuzz)[A-Z]\w*)`).FindAllStringSubmatch(text, -1) {
			pattern := m[1]
			if m[2] != "" {
				pattern = "^" + m[2] // as -run takes it; FuzzX... stands for many
			}
			if pattern == "xxx" || strings.HasPrefix(pattern, "-") {
				continue
			}
			found++
			if !some(pattern) {
				t.Errorf("%s: no test or benchmark is called %s", file, pattern)
			}
		}
		for _, m := range regexp.MustCompile(`Benchmark\(([\w|]+)\)[^?]`).FindAllStringSubmatch(text, -1) {
			for kind := range strings.SplitSeq(m[1], "|") {
				if found++; !some("^Benchmark" + kind + "$") {
					t.Errorf("%s: no benchmark is called Benchmark%s", file, kind)
				}
			}
		}
	}
	if len(names) < 100 || found < 10 {
		t.Errorf("%d tests, %d names in the documentation", len(names), found)
	}
}

// files reads the module's files with these endings, results of studies left out.
func files(t *testing.T, endings ...string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "tables" || d.Name() == "trials" || d.Name() == "testdata" || file != root && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains(endings, filepath.Ext(file)) && !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(file, e) }):
			return nil
		}
		text, err := os.ReadFile(file)
		texts[file] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
