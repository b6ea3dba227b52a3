package study

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// valid is a study in which each test below spoils one thing.
const valid = `# A study
name: small
data: {name: mnist, validation: 5000}
network: lenet-300-100
seeds: 3
train: {epochs: 12, batch: 128, optimizer: {sgd: {lr: 0.1, momentum: 0.9}}}
arms:
  - {name: L2, train: {l2: 5e-4}}
  - name: L1→L2
    train: {l1: 5e-5}
    retrain: {l2: 5e-4}
retrain: {epochs: 3, lr: 0.01}
sweeps:
  - {targets: [all], ratios: [0.5, 0.9]}
  - {targets: [fc1, {name: late, layers: [fc2, fc3]}], quality: [1], retrain: false}
  - {targets: [all], ratios: [0.9], iterative: {per_round: 0.2}}
`

// Each spoils a part of the study above: what stands there, what stands there
// instead.
var spoiled = []struct{ name, old, new string }{
	{"unknown key", "epochs: 12", "epoch: 12"},
	{"unknown key without a likely meaning", "momentum: 0.9", "nesterov: true"},
	{"unknown key in a block", "    retrain: {l2", "    retrian: {l2"},
	{"duplicate key", "seeds: 3", "seeds: 3\nseeds: 4"},
	{"duplicate key in one line", "batch: 128", "batch: 128, epochs: 9"},
	{"key without value", "seeds: 3", "seeds:"},
	{"wrong type, text for number", "epochs: 12", "epochs: many"},
	{"wrong type, quoted number", "epochs: 12", `epochs: "12"`},
	{"wrong type, list for mapping", "{epochs: 12, batch: 128, optimizer: {sgd: {lr: 0.1, momentum: 0.9}}}", "[1, 2]"},
	{"wrong type, mapping for list", "[0.5, 0.9]", "{a: 0.5}"},
	{"wrong type, fraction for whole number", "seeds: 3", "seeds: 2.5"},
	{"ratio of 1", "[0.5, 0.9]", "[0.5, 1]"},
	{"ratio below 0", "[0.5, 0.9]", "[-0.1]"},
	{"ratio not a number", "[0.5, 0.9]", "[.nan]"},
	{"ratio twice", "[0.5, 0.9]", "[0.5, 0.50]"},
	{"unknown layer", "[fc2, fc3]", "[fc2, fc9]"},
	{"layer twice", "[fc2, fc3]", "[fc2, fc2]"},
	{"unknown target", "targets: [fc1,", "targets: [allx,"},
	{"target that prunes nothing", "targets: [fc1,", "targets: [conv,"},
	{"group of nothing", "layers: [fc2, fc3]", "except: [fc1, fc2, fc3]"},
	{"ratio that prunes nothing", "{targets: [all], ratios: [0.5, 0.9]}", "{targets: [fc3], ratios: [1e-4]}"},
	{"only the control", "ratios: [0.5, 0.9]", "ratios: [0]"},
	{"group with the name of a target", "name: late", "name: all"},
	{"unknown data set", "name: mnist", "name: mnits"},
	{"missing data set", "name: mnist", "name: images:nowhere"},
	{"more validation images than there are", "validation: 5000", "validation: 60000"},
	{"nothing to evaluate on", "validation: 5000", "validation: 0"},
	{"unknown network", "lenet-300-100", "lenet-300"},
	{"layer that does not fit", "network: lenet-300-100", "network:\n  - {conv: {filters: 4, kernel: 29}}\n  - flatten\n  - {dense: 10}"},
	{"layer without settings", "network: lenet-300-100", "network:\n  - conv\n  - {dense: 10}"},
	{"layer of two kinds", "network: lenet-300-100", "network: [{dense: 30, relu: 1}, {dense: 10}]"},
	{"wrong number of outputs", "network: lenet-300-100", "network: [{dense: 30}, relu, {dense: 11}]"},
	{"empty seeds", "seeds: 3", "seeds: []"},
	{"no seeds", "seeds: 3", "seeds: 0"},
	{"seed twice", "seeds: 3", "seeds: [1, 2, 1]"},
	{"duplicate arm", "name: L1→L2", "name: L2"},
	{"arm without name", "- {name: L2, ", "- {"},
	{"no epochs", "epochs: 12", "epochs: 0"},
	{"no learning rate", "lr: 0.1", "lr: 0"},
	{"negative penalty", "l2: 5e-4}}", "l2: -5e-4}}"},
	{"two learning rates", "batch: 128,", "batch: 128, lr: 0.2,"},
	{"change of rate outside of the training", "batch: 128,", "batch: 128, schedule: {steps: {at: [0.5, 1], factor: 0.1}},"},
	{"changes of rate not rising", "batch: 128,", "batch: 128, schedule: {steps: {at: [0.5, 0.5], factor: 0.1}},"},
	{"unknown schedule", "batch: 128,", "batch: 128, schedule: triangle,"},
	{"a cosine from beyond its end", "batch: 128,", "batch: 128, schedule: {cosine: {from: 1}},"},
	{"adjusted dropout in the first training", "batch: 128,", "batch: 128, dropout: adjusted,"},
	{"batch larger than the data", "validation: 5000", "validation: 5000, train_samples: 100"},
	{"no optimizer", ", optimizer: {sgd: {lr: 0.1, momentum: 0.9}}", ""},
	{"two optimizers", "optimizer: {sgd:", "optimizer: {adam: {lr: 1}, sgd:"},
	{"unknown arm in a sweep", "ratios: [0.5, 0.9]", "ratios: [0.5, 0.9], arms: [L3]"},
	{"sweep without amounts", ", ratios: [0.5, 0.9]", ""},
	{"two kinds of amount", "quality: [1]", "quality: [1], threshold: [0.1]"},
	{"given ratios beside targets", "ratios: [0.5, 0.9]", "layers: {fc1: 0.5}"},
	{"given ratio of an unknown layer", "targets: [all], ratios: [0.5, 0.9]", "layers: {conv1: 0.5}"},
	{"quality over all layers", "quality: [1]", "quality: [1], scope: global"},
	{"iterating without retraining", "per_round: 0.2}", "per_round: 0.2}, retrain: false"},
	{"too many rounds", "per_round: 0.2", "per_round: 0.001"},
	{"rounds neither way", "{per_round: 0.2}", "{equal_steps: true}"},
	{"no retraining", "retrain: {epochs: 3, lr: 0.01}\n", ""},
	{"rewinding further than there is", "{epochs: 3, lr: 0.01}", "{epochs: 13, lr: rewind}"},
	{"too many trials", "seeds: 3\n", "seeds: 1000\n"},
	{"name that is no folder", "name: small", "name: ../small"},
	{"missing name", "name: small\n", ""},
	{"anchor", "seeds: 3", "seeds: &n 3"},
	{"alias", "seeds: 3", "seeds: *n"},
	{"tag", "seeds: 3", "seeds: !!int 3"},
	{"bracket left open", "[fc2, fc3]", "[fc2, fc3"},
	{"tab", "  - name: L1→L2", "\t- name: L1→L2"},
	{"second document", "seeds: 3", "seeds: 3\n---\nname: y"},
	{"column after wide characters", "{l1: 5e-5}", "{l1: →→ 5e-5}"},
	{"rewinding further in a sweep", "per_round: 0.2}", "per_round: 0.2}, retrain: {lr: rewind, epochs: 20}"},
	{"unknown layer among many", "[fc2, fc3]", "[fcc3]"},
	{"settings beside conv", "network: lenet-300-100", "network:\n  - {conv: 6, kernel: 3, pad: 1}\n  - flatten\n  - {dense: 10}"},
	{"kernel beside conv's mapping", "network: lenet-300-100", "network: [{conv: {filters: 4}, kernel: 5}, flatten, {dense: 10}]"},
	{"nothing known beside conv", "network: lenet-300-100", "network: [{conv: {filters: 4, kernel: 5}, stroll: 5}, flatten, {dense: 10}]"},
	{"unknown kind fc", "network: lenet-300-100", "network: [{fc: 5}, {dense: 10}]"},
	{"channels of grey images", "validation: 5000}", "validation: 5000, channels: [red]}"},
	{"unknown channel", "{name: mnist, validation: 5000}", "{name: cifar-10, validation: 5000, channels: [rad]}"},
	{"channel twice", "{name: mnist, validation: 5000}", "{name: cifar-10, validation: 5000, channels: [red, red]}"},
	{"luminance among channels", "{name: mnist, validation: 5000}", "{name: cifar-10, validation: 5000, channels: [red, luminance]}"},
	{"channels by number", "{name: mnist, validation: 5000}", "{name: cifar-10, validation: 5000, channels: 2}"},
	{"arm with other images", "{name: L2, train", "{name: L2, data: {train_samples: 100}, train"},
	{"arm with other layers", "{name: L2, train", "{name: L2, network: [{dense: 30}, relu, {dense: 10}], train"},
	{"arm with layers of another type", "{name: L2, train", "{name: L2, network: lenet-5, train"},
	{"arm with a network that does not fit", "{name: L2, train", "{name: L2, network: [{dense: 30}, relu, {dense: 30}, relu, {dense: 9}], train"},
	{"unknown kind wave", "network: lenet-300-100", "network: [{wave: 3, size: 2}, {dense: 10}]"},
	{"mistyped kind", "network: lenet-300-100", "network: [{dense: 10}, rellu]"},
	{"infinite rate", "lr: 0.1", "lr: .inf"},
	{"rate beyond floating point", "lr: 0.1", "lr: 1e999"},
	{"infinite epochs", "epochs: 12", "epochs: -.Inf"},
	{"validation beyond the data with a part", "validation: 5000", "validation: 70000, train_samples: 100"},
	{"tab in a block", "    train: {l1", "\ttrain: {l1"},
	{"tab after spaces", "    train: {l1", "  \ttrain: {l1"},
	{"several at once", "seeds: 3\ntrain: {epochs: 12,", "seeds: 0\ntrain: {epochs: 0,"},
}

func TestFaults(t *testing.T) {
	mustPlan(t, mustParse(t, valid))
	var all strings.Builder
	for _, c := range spoiled {
		text := strings.Replace(valid, c.old, c.new, 1)
		if text == valid {
			t.Fatalf("%s: %q is not in the study", c.name, c.old)
		}
		if c.name == "too many trials" {
			text = strings.Replace(text, "quality: [1]", "quality: ["+numbered(60)+"]", 1)
		}
		_, err := Parse("study.yaml", []byte(text), nil, lookup)
		var faults Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: got %v, want Faults", c.name, err)
			continue
		}
		for _, f := range faults {
			if f.Line == 0 || f.Excerpt == "" {
				t.Errorf("%s: the fault %q has no place", c.name, f.Message)
			}
		}
		fmt.Fprintf(&all, "--- %s\n%s\n", c.name, err)
	}
	golden(t, "faults.txt", all.String())
}

func numbered(n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = fmt.Sprint(i + 1)
	}
	return strings.Join(s, ", ")
}

func TestFilesThatAreRefusedBeforeParsing(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"1 MB and a byte":    {"# " + strings.Repeat("x", 1<<20), "at most 1048576"},
		"9,000 brackets":     {"a: " + strings.Repeat("[", 9000), "nested deeper than 64"},
		"4,000 braces":       {strings.Repeat("{a: ", 4000), "nested deeper than 64"},
		"nested lists":       {strings.Repeat("- ", 5000) + "1", "nested deeper than 64"},
		"nested blocks":      {nestedBlocks(70), "nested deeper than 64"},
		"many words":         {strings.Repeat("a: 1\n", 50000), "more than 20000 words"},
		"explicit keys":      {strings.Repeat("? ", 9000), "explicit key"},
		"tags":               {strings.Repeat("!!x ", 9000), "tag"},
		"alias bomb":         {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchor"},
		"not text":           {"name: \xff\xfe", "not UTF-8"},
		"block of text":      {"name: |\n  a\n  b\n", "block of text"},
		"a directive":        {"%YAML 1.1\n---\nname: x\n", "directive"},
		"a merge key":        {"<<: {a: 1}\n", "merge key"},
		"nothing":            {"", "study.yaml: is empty; start from: prunelab studies quick > my-study.yaml"},
		"a comment":          {"# nothing else\n", "is empty; start from"},
		"a list":             {"[1, 2]", "has to be a mapping"},
		"a word":             {"quick", "has to be a mapping"},
		"control characters": {"name: \"\\e[31m\"\n", "on one line"},
	} {
		_, err := Parse("study.yaml", []byte(c.text), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want an error with %q, got %v", name, c.want, err)
		}
	}
}

// 64 levels are allowed by the bounds, though no study has so many.
func TestDepthBoundIsExact(t *testing.T) {
	for _, c := range []struct {
		text string
		deep bool
	}{
		{nestedBlocks(64), false}, {nestedBlocks(65), true},
		{"a: " + strings.Repeat("[", 63) + strings.Repeat("]", 63), false},
		{"a: " + strings.Repeat("[", 65) + strings.Repeat("]", 65), true},
	} {
		_, err := parse(newSource("x", []byte(c.text)), []byte(c.text))
		if deep := err != nil && strings.Contains(err.Error(), "nested deeper"); deep != c.deep {
			t.Errorf("%.40q...: %v", c.text, err)
		}
	}
}

func nestedBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestClosest(t *testing.T) {
	options := []string{"epochs", "batch", "optimizer", "lr", "schedule"}
	for word, want := range map[string]string{"epoch": "epochs", "Epochs": "epochs", "bacth": "batch", "optimiser": "optimizer", "momentum": "", "rl": "lr", "": ""} {
		if got := closest(word, options); got != want {
			t.Errorf("closest to %q is %q, want %q", word, got, want)
		}
	}
}
