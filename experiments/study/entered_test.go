package study

import (
	"fmt"
	"strings"
	"testing"

	"prunelab/model/optim"
)

// A rewound rate is that of the last epochs that are retrained, however many
// these turn out to be: a sweep's own number of epochs moves the drops.
func TestRewindingFollowsTheEpochsOfTheSweep(t *testing.T) {
	text := func(study, sweep string) string {
		s := strings.Replace(valid, "retrain: {epochs: 3, lr: 0.01}", "retrain: "+study, 1)
		s = strings.Replace(s, "train: {epochs: 12,", "train: {epochs: 12, schedule: {steps: {at: [0.9], factor: 0.1}},", 1)
		return strings.Replace(s, "ratios: [0.5, 0.9]}", "ratios: [0.5, 0.9], retrain: "+sweep+"}", 1)
	}
	retrained := func(s *Study) optim.Schedule {
		p, err := s.Plan("generic")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Cells {
			if c.Target == "all" && c.Requested == 0.5 && c.Method.Retrain != "" {
				for _, spec := range p.Trials {
					if spec.Key() == c.Key {
						return spec.Levels[0].Retrain.Schedule
					}
				}
			}
		}
		t.Fatal("no trial is retrained as the sweep says")
		return optim.Schedule{}
	}
	for _, own := range []string{"{epochs: 6}", "{epochs: 2}", "{batch: 64}"} {
		inherits := mustParse(t, text("{epochs: 3, lr: rewind}", own))
		itself := mustParse(t, text("{epochs: 3, lr: 0.01}", own[:len(own)-1]+", lr: rewind}"))
		want := fmt.Sprint(retrained(itself))
		if got := fmt.Sprint(retrained(inherits)); got != want {
			t.Errorf("a sweep with %s inherits lr: rewind as %v, and says it itself as %v", own, got, want)
		}
		if got := fmt.Sprint(retrained(mustParse(t, string(inherits.YAML())))); got != want {
			t.Errorf("a sweep with %s, printed and read back, has %v, not %v", own, got, want)
		}
	}
	if _, err := Parse("study.yaml", []byte(text("{epochs: 3, lr: rewind}", "{epochs: 20}")), nil, lookup); err == nil || !strings.Contains(err.Error(), "12 epochs; 20 are asked for") {
		t.Errorf("more epochs than there are to repeat give %v", err)
	}
}

// The text of an override is taken as it is, a # in it included.
func TestOverridesAreNotCutAtAComment(t *testing.T) {
	s := mustParse(t, valid, "arms[0].name=run #3", "arms[1].name='run #4' ")
	if s.Arms[0].Name != "run #3" || s.Arms[1].Name != "run #4" {
		t.Errorf("the arms are called %q and %q", s.Arms[0].Name, s.Arms[1].Name)
	}
	for _, set := range []string{"seeds=[1, 2] # two", "arms[0]={name: run #3}"} {
		if _, err := Parse("study.yaml", []byte(valid), []string{set}, lookup); err == nil || !strings.Contains(err.Error(), "quotes") {
			t.Errorf("%s gives %v", set, err)
		}
	}
}

// What a person does not see is named, and where it stands; comments may have it.
func TestInvisibleCharactersAreNamed(t *testing.T) {
	for char, name := range map[string]string{
		"\u00a0": "a no-break space (U+00A0)", "\u3000": "a full-width space (U+3000)", "\u00ad": "a soft hyphen (U+00AD)",
		"\u200d": "a zero-width joiner (U+200D)", "\u200b": "a zero-width space (U+200B)",
	} {
		for _, spoil := range [][2]string{
			{"seeds: 3", "seeds:" + char + "3"}, {"seeds: 3", char + "seeds: 3"}, {"seeds: 3", "se" + char + "eds: 3"},
			{"name: L2,", "name: L" + char + "2,"}, {"[0.5, 0.9]", "[0.5," + char + "0.9]"}, {"name: L2,", `name: "L` + char + `2",`},
		} {
			text := strings.Replace(valid, spoil[0], spoil[1], 1)
			line := 1 + strings.Count(text[:strings.Index(text, char)], "\n")
			_, err := Parse("study.yaml", []byte(text), nil, lookup)
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), fmt.Sprintf("study.yaml:%d:", line)) {
				t.Errorf("%q gives %v", spoil[1], err)
			}
		}
		mustParse(t, "# a"+char+"b\n"+valid+"# c"+char+"d\n")
	}
}

// A whole number in another spelling is named with the spelling that is read.
func TestOtherSpellingsOfWholeNumbers(t *testing.T) {
	for spelled, write := range map[string]string{"1e1": "10", "2.0": "2", "1_000": "1000", "+3": "3", "0x10": "16", "'4'": "4"} {
		_, err := Parse("study.yaml", []byte(strings.Replace(valid, "epochs: 12", "epochs: "+spelled, 1)), nil, lookup)
		if spelled == "+3" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "write "+write) || strings.Contains(err.Error(), "is not a whole number") {
			t.Errorf("%s gives %v", spelled, err)
		}
	}
	_, err := Parse("study.yaml", []byte(strings.Replace(valid, "epochs: 12", "epochs: 2.5", 1)), nil, lookup)
	if err == nil || !strings.Contains(err.Error(), "is not a whole number") {
		t.Errorf("2.5 gives %v", err)
	}
}

// A number as people of other countries write it is named with the spelling that is
// read, and one beyond the range is not called none.
func TestNumbersAsPeopleWriteThem(t *testing.T) {
	for set, want := range map[string]string{
		"train.l2=0,001": "write 0.001", "train.l2=０.００１": "write 0.001", "train.l2=−0.5": "write -0.5", "train.l2=1/8": "write 0.125",
		"train.l2=10%": "write 0.1", "train.l2=٠٫٥": "write 0.5", "train.epochs=３": "write 3", "sweeps[0].ratios=[50%]": "write 0.5",
		"train.epochs=99999999999999999999": "is outside 1 to ", "train.epochs=1/2": "is not a whole number\n", "train.l2=1/0": "is not a number\n", "train.l2=a,b": "is not a number\n",
	} {
		if _, err := Parse("study.yaml", []byte(valid), []string{set}, lookup); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v; the fault should have %q", set, err, want)
		}
	}
}

// An override is text, and its path leads somewhere.
func TestOverridesThatLeadNowhere(t *testing.T) {
	for set, want := range map[string]string{
		"arms[0].name=a\xff": "is not UTF-8 text", "sweeps[x].name=y": "call them by their place, sweeps[0] to [",
	} {
		if _, err := Parse("study.yaml", []byte(valid), []string{set}, lookup); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v; the fault should have %q", set, err, want)
		}
	}
}

// null is YAML's word for nothing, and said to be.
func TestNullIsNamed(t *testing.T) {
	for _, word := range []string{"null", "~", "Null"} {
		_, err := Parse("study.yaml", []byte(strings.Replace(valid, "name: small", "name: "+word, 1)), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", word)) || !strings.Contains(err.Error(), "quotes") {
			t.Errorf("%s gives %v", word, err)
		}
	}
	_, err := Parse("study.yaml", []byte(strings.Replace(valid, "name: small", "name:", 1)), nil, lookup)
	if err == nil || strings.Contains(err.Error(), "quotes") {
		t.Errorf("nothing gives %v", err)
	}
}

// Carets stand below what they mean, also behind characters that take two
// columns of a terminal, or none.
func TestCaretsBehindWideCharacters(t *testing.T) {
	for line, want := range map[string]string{
		"名: x":  "    ^",
		"ab: x": "    ^",
		"é: x":  "   ^", // e with a combining accent
		"カナ: x": "      ^",
	} {
		at := len([]rune(line)) // of the x
		_, carets, _ := strings.Cut(excerpt(line, at, 1), "\n")
		if got := strings.TrimPrefix(carets, "  "); got != want {
			t.Errorf("below %q the caret is %q, not %q", line, got, want)
		}
	}
	if _, carets, _ := strings.Cut(excerpt("x: 名前", 4, 2), "\n"); carets != "     ^^^^" {
		t.Errorf("two wide characters have the carets %q", carets)
	}
}

// A layer may have the name of a word for layers; targets then say which is meant.
func TestLayersNamedAsTargets(t *testing.T) {
	own := strings.NewReplacer("network: lenet-300-100", "network: [{dense: {units: 30, name: conv}}, relu, {dense: {units: 10, name: fc}}]",
		"targets: [fc1, {name: late, layers: [fc2, fc3]}]", "targets: [{layer: fc}, {layer: conv}, {name: both, layers: [conv, fc]}]").Replace(valid)
	s := mustParse(t, own)
	if got := fmt.Sprint(s.Sweeps[1].Targets); got != "[{fc [fc]} {conv [conv]} {both [conv fc]}]" {
		t.Errorf("the targets are %v", got)
	}
	if got := fmt.Sprint(mustParse(t, string(s.YAML())).Sweeps[1].Targets); got != fmt.Sprint(s.Sweeps[1].Targets) {
		t.Errorf("printed and read back they are %v", got)
	}
	each := mustParse(t, strings.Replace(own, "{layer: fc}, {layer: conv}", "each", 1))
	if got := fmt.Sprint(each.Sweeps[1].Targets); got != fmt.Sprint(s.Sweeps[1].Targets[1], s.Sweeps[1].Targets[0], s.Sweeps[1].Targets[2]) && !strings.HasPrefix(got, "[{conv [conv]} {fc [fc]}") {
		t.Errorf("each is %v", got)
	}
	_, err := Parse("study.yaml", []byte(strings.Replace(own, "{layer: fc}", "fc", 1)), nil, lookup)
	if err == nil || !strings.Contains(err.Error(), "{layer: fc}") {
		t.Errorf("the bare word gives %v", err)
	}
	_, err = Parse("study.yaml", []byte(strings.Replace(own, "{layer: fc}", "{layer: fx}", 1)), nil, lookup)
	if err == nil || !strings.Contains(err.Error(), `no layer "fx"`) {
		t.Errorf("an unknown layer gives %v", err)
	}
}
