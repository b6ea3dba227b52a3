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
		made := map[Key]bool{}
		for _, s := range p.Trials {
			key := s.Key()
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), "trials", string(key)+".json")); err != nil {
				t.Errorf("%s: no trial was finished that has the key of %+v", file, s)
			}
			made[key] = true
		}
		for _, c := range p.Cells {
			if !made[c.Key] {
				t.Errorf("%s: no trial has the key %s of the cell %+v", file, c.Key.Short(), c)
			}
		}
		if n := len(p.Trials); n == 0 || len(made) != n {
			t.Errorf("%s: %d trials have %d keys", file, n, len(made))
		}
	}
}
