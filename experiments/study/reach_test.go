package study

import (
	"strings"
	"testing"

	"prunelab/model/dataset"
)

const elsewhere = `
name: s
data: {name: mnist, validation: 5000, train_samples: 1000}
network: {file: net.safetensors, layers: [{dense: 20}, relu, {dense: 10}]}
seeds: 1
train: {epochs: 1, batch: 100, optimizer: {sgd: {lr: 0.1}}}
arms:
- {name: a}
- {name: b, retrain: {epochs: 3}}
- {name: c}
retrain: {epochs: 2}
sweeps:
- {targets: [all], ratios: [0.5], arms: [a, b]}
- {targets: [fc1], ratios: [0.5], arms: [b], retrain: {epochs: 4}}
`

// What an override changes in what a study says has to change what is run, of
// whatever kind it is. What is said beside the trials, and a value that is set to
// what it is, are no faults.
func TestOverridesThatLeaveThePlanAsItIsAreFaults(t *testing.T) {
	const no, file = "reaches no trial, the plan is the same without it", ": the network comes from a file"
	for _, c := range []struct {
		sets []string
		want string // of the error; "": there is none
	}{
		{[]string{"train.epochs=7"}, "train.epochs " + no + file}, // retraining says its own
		{[]string{"train={epochs: 7, batch: 100, optimizer: {sgd: {lr: 0.1}}}"}, "train " + no + file},
		{[]string{"train.batch=50"}, ""},                                 // which retraining inherits
		{[]string{"arms[2].retrain.epochs=9"}, "arms[2].retrain.epochs"}, // no sweep has the arm
		{[]string{"arms[c].train.l2=1e-3"}, "arms[c].train.l2 " + no},
		{[]string{"arms[a].train.l2=1e-3"}, ""},
		{[]string{"train.batch=50", "train.epochs=7"}, "in --set train.epochs=7: "},
		{[]string{"train.epochs=1"}, ""},
		{[]string{"train.l2=0"}, ""},
		{[]string{"arms[b].retrain.epochs=3", "sweeps[1].retrain.epochs=4", "sweeps[1].retrain.batch=100", "seeds=[1]"}, ""},
		{[]string{"name=other", "keep=weights", "history=[tried]", "primary=[half-free]", "network.zeros=keep"}, ""},
		{[]string{"network.file=again.safetensors", "data.train_samples=2000"}, ""},
		{[]string{"train.batch=50", "train.batch=60"}, ""},
	} {
		_, err := Parse("s.yaml", []byte(elsewhere), c.sets, lookup)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: %v, want %q", c.sets, err, c.want)
		}
	}
}

// A fault in the file that comes with an override is told with it.
func TestFaultsOfAFileNameTheOverrideThatTheyComeWith(t *testing.T) {
	for _, c := range []struct {
		sets []string
		by   string // "": the fault is that of the file
	}{
		{[]string{"train.batch=50", "arms[0].name=X", "seeds=2"}, "in --set arms[0].name=X: the study as it is in the file does not have this fault"},
		{[]string{"network.layers=[{dense: 10}]"}, ""},
		{[]string{"arms=[{name: a}]"}, "in --set arms=[{name: a}]: "},
	} {
		_, err := Parse("s.yaml", []byte(elsewhere), c.sets, lookup)
		if c.by != "" && (err == nil || !strings.Contains(err.Error(), "s.yaml:") || !strings.Contains(err.Error(), c.by)) {
			t.Errorf("%v: %v, want it to say %q", c.sets, err, c.by)
		}
	}
	broken := strings.Replace(elsewhere, "seeds: 1", "seeds: none", 1)
	if _, err := Parse("s.yaml", []byte(broken), []string{"train.batch=50"}, lookup); err == nil || strings.Contains(err.Error(), "--set") {
		t.Errorf("a fault of the file's own: %v", err)
	}
}

// The data are looked up once, however often the study is read.
func TestDataAreLookedUpOnceForAllOverrides(t *testing.T) {
	n := 0
	_, err := Parse("s.yaml", []byte(elsewhere), []string{"train.batch=50", "seeds=2", "keep=weights"}, Lookup{Data: func(name string, r dataset.Reading) (dataset.Info, error) {
		n++
		return published(name, r)
	}})
	if err != nil || n != 1 {
		t.Errorf("looked up %d times: %v", n, err)
	}
}
