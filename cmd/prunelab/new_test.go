package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prunelab/cmd/prunelab/internal/draft"
)

// What it writes is planned and run as it is; paths are those of the study's file, and
// one that is there stays.
func TestNewWritesAStudyThatRuns(t *testing.T) {
	enter(t)
	out := filepath.Join("studies", "mine.yaml")
	asked := []string{"new", "--network", "lenet-300-100", "--data-name", "idx:.data/toy", "--question", "layers", "--time", "2h", "-o", out}
	said := command(t, exitOK, asked...)
	if !strings.Contains(said, "10 seeds: ") || !strings.Contains(said, out+" written") {
		t.Errorf("it says %s", said)
	}
	if said := command(t, exitOK, "plan", out); !strings.Contains(said, "study     my-layers-lenet-300-100") {
		t.Errorf("the plan: %s", said)
	}
	command(t, exitOK, "run", out, "--set", "seeds=2", "--set", "train.epochs=1", "--out", "x")
	if _, err := os.Stat(filepath.Join("x", "report.html")); err != nil {
		t.Error(err)
	}
	before, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if said := command(t, exitError, asked...); !strings.Contains(said, "is there already and is not overwritten") {
		t.Error(said)
	}
	if after, err := os.ReadFile(out); err != nil || !bytes.Equal(before, after) {
		t.Error("it is overwritten")
	}
}

// The claims that a study names are those that its trials can speak of.
func TestNewStudiesSpeakOfTheirClaims(t *testing.T) {
	enter(t)
	for _, q := range draft.Questions {
		c := newCmd{Network: "lenet-5", DataName: "mnist", Question: string(q.Name), Time: time.Hour}
		a, err := c.answers(2)
		if err != nil {
			t.Fatal(err)
		}
		if !a.Convolutions {
			t.Error("LeNet-5 has no convolutions")
		}
		s := &session{stdout: io.Discard, stderr: io.Discard}
		for _, smallest := range []bool{true, false} {
			d, err := draft.Fit(a, func(text string) (time.Duration, error) {
				if smallest && !strings.Contains(text, "seeds: 2\n") {
					return 2 * time.Hour, nil
				}
				return time.Second, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			one, err := s.parse("s.yaml", []byte(d.Text), nil, dataFlags{})
			if err != nil {
				t.Fatal(err)
			}
			have, err := claimed(one.Study)
			if err != nil {
				t.Fatal(err)
			}
			for _, claim := range one.Primary {
				if !slices.Contains(have, claim) {
					t.Errorf("%s: nothing is said of %s, of %v", q.Name, claim, have)
				}
			}
		}
	}
}

// What flags do not say is asked until it is answered; where nobody can be asked it is a
// mistake that names the flag.
func TestNewAsks(t *testing.T) {
	var c newCmd
	var out bytes.Buffer
	if err := c.complete(strings.NewReader("lenet-55\nlenet-5\n\nwhy\nlayers\nsoon\n45m\n"), &out, true); err != nil {
		t.Fatal(err)
	}
	if c.Network != "lenet-5" || c.DataName != "mnist" || c.Question != "layers" || c.Time != 45*time.Minute {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"no network is called lenet-55", "Which data, mnist, cifar-10, images:DIR, idx:DIR, ...? [mnist]", "no question is called \"why\"", "\"soon\" is no time", "[30m]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %s: %s", want, &out)
		}
	}
	c = newCmd{Network: "lenet-5"}
	if err := c.complete(strings.NewReader(""), &out, true); err == nil || !strings.Contains(err.Error(), "no answer to: Which data") {
		t.Error(err)
	}
	if err := c.complete(strings.NewReader(""), &out, false); err == nil || !strings.Contains(err.Error(), "--question is missing") || c.DataName != "mnist" {
		t.Errorf("%v, %+v", err, c)
	}
	enter(t)
	for want, args := range map[string][]string{
		"--architecture says what the network in a file is": {"--network", "lenet-5", "--architecture", "lenet-5", "--question", "layers", "--time", "1h"},
		"no network is called lenet-6":                      {"--network", "lenet-6", "--data-name", "mnist", "--question", "layers", "--time", "1h"},
		"no question is called why":                         {"--network", "lenet-5", "--question", "why", "--time", "1h"},
	} {
		if said := command(t, exitUsage, append([]string{"new"}, args...)...); !strings.Contains(said, want) {
			t.Errorf("%v: %s", args, said)
		}
	}
}
