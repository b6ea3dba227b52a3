package study

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Trials are found again by their keys, so these may not move. testdata/studies
// has the built-in studies as they were when their results were published. A
// line of keys.txt is a study, how many trials it needs, and the SHA-256 over
// their keys in ascending order. No file there is ever written anew.
func TestKeysOfFrozenStudies(t *testing.T) {
	text, err := os.ReadFile("testdata/studies/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(text)), "\n")
	files, err := filepath.Glob("testdata/studies/*.yaml")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d frozen studies, the keys of %d, %v", len(files), len(want), err)
	}
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := mustPlan(t, mustParse(t, string(text)))
		var keys []string
		for key := range specs(p) {
			keys = append(keys, string(key)+"\n")
		}
		slices.Sort(keys)
		got := fmt.Sprintf("%s %d %x", p.Study, len(keys), sha256.Sum256([]byte(strings.Join(keys, ""))))
		if got != want[i] {
			t.Errorf("the keys are now\n%s, were\n%s", got, want[i])
		}
	}
}
