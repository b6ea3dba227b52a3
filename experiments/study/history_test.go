package study

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What was tried before is read and printed, stays with the study of one arm, and
// is in no plan: a history that is added to a study leaves its run what it was.
func TestHistoryIsKeptAndPlansNothing(t *testing.T) {
	const text = "\nhistory:\n  - \"seeds 1 to 5: 0.59 of 0.50 pp\"\n  - \"on two\n    lines\"\n"
	want := []string{"seeds 1 to 5: 0.59 of 0.50 pp", "on two lines"}
	s := mustParse(t, everything+text)
	again := mustParse(t, string(s.YAML()))
	read, err := History("s.yaml", s.YAML())
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range [][]string{s.History, again.History, s.Only(s.Arms[0].Name).History, read} {
		if !slices.Equal(got, want) {
			t.Errorf("history %q, want %q", got, want)
		}
	}
	with, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	without, err := mustParse(t, everything).Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(with, without) {
		t.Error("the history changes the plan")
	}
}

func TestWrongHistoryIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"tried nothing": "history is a value; it has to be a list",
		"[]":            "history is an empty list",
		"[{seeds: 1}]":  "history[0] is a mapping; it has to be a text",
		`[""]`:          "history[0] has to be a text of 1 to 1000 bytes",
		"[" + strings.Repeat("a", maxHistory+1) + "]": "history[0] has to be a text of 1 to 1000 bytes",
		`["\u0007"]`: "history[0] has to be a text of 1 to 1000 bytes",
	} {
		_, err := Parse("s.yaml", []byte(everything+"\nhistory: "+text+"\n"), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("history: %.20s: %v, want %q", text, err, want)
		}
		if _, err := History("s.yaml", []byte("history: "+text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("history alone: %.20s: %v, want %q", text, err, want)
		}
	}
}
