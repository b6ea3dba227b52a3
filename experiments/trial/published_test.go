package trial

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// What was published is read and named as it was when it was made: the keys of
// a plan's Specs, decoded and encoded by this program, are those by which its
// cells and the files of its trials know them.
func TestKeysOfPublishedTrials(t *testing.T) {
	plans, err := filepath.Glob("../../results/*/plan*.json")
	if err != nil || len(plans) < 9 {
		t.Fatalf("%d published plans, %v", len(plans), err)
	}
	for _, file := range append(plans, "../../cmd/prunelab/testdata/schema-1/plan.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sealed struct {
			Plan      Plan
			Extension struct{ Plan Plan }
		}
		if err := json.Unmarshal(text, &sealed); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		p := sealed.Plan
		if len(p.Trials) == 0 {
			p = sealed.Extension.Plan
		}
		made, lost := map[Key]bool{}, 0
		for _, s := range p.Trials {
			key := s.Key()
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), "trials", string(key)+".json")); err != nil {
				lost++
			}
			made[key] = true
		}
		for _, c := range p.Cells {
			if !made[c.Key] {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("%s: %d keys of trials and cells are not there", file, lost)
		}
		if n := len(p.Trials); n == 0 || len(made) != n {
			t.Errorf("%s: %d trials have %d keys", file, n, len(made))
		}
	}
}
