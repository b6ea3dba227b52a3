package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"prunelab/analysis/curve"
	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

func TestStudyThatChecks(t *testing.T) {
	enter(t)
	command(t, exitOK, "run", "base.yaml", "--out", "x")
	t.Run("overrides", overridesReachTheCheckAndItsTrials)
	t.Run("seeds", checkTakesOtherSeeds)
}

// What --set says of the study that checks a recommendation is in the study that
// is written, in the one that is run, and in every trial.
func overridesReachTheCheckAndItsTrials(t *testing.T) {
	sets := []string{"recommend", "x", "--budget", "5pp", "--arm", "L1→L2",
		"--set", "seeds=[71]", "--set", "train.epochs=3", "--set", "retrain.epochs=4", "--set", "arms[0].retrain.l2=1e-3", "--set", "data.train_samples=200"}
	command(t, exitOK, append(sets, "--check", "--out", "checked", "-o", "written.yaml")...)
	st := store.Open("checked", store.Disk{})
	plan, text, err := st.Run()
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range plan.Trials {
		if spec.Data.TrainSamples != 200 || spec.Train.Epochs != 3 || spec.Train.Regularizer.L1 != 5e-5 || spec.Seed != 71 {
			t.Fatalf("a trial of seed %d trains on %d images for %d epochs with L1 %v", spec.Seed, spec.Data.TrainSamples, spec.Train.Epochs, spec.Train.Regularizer.L1)
		}
		for _, l := range spec.Levels {
			if l.Retrain != nil && (l.Retrain.Epochs != 4 || l.Retrain.Regularizer.L2 != 1e-3) {
				t.Fatalf("a trial retrains for %d epochs with L2 %v", l.Retrain.Epochs, l.Retrain.Regularizer.L2)
			}
		}
	}
	s := &session{stdout: io.Discard, stderr: io.Discard}
	ran, err := s.parse(st.Dir.Study(), text, nil, dataFlags{})
	if err != nil {
		t.Fatal(err)
	}
	written, err := loadStudy(s, "written.yaml", nil, dataFlags{})
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]loaded{"in the folder": ran, "written": written} {
		expanded, err := one.Plan(plan.Kernel)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Compare(plan, expanded); err != nil {
			t.Errorf("the study %s is not what was run: %v", name, err)
		}
	}
}

// A check on the seeds that the ratios were chosen on would check nothing.
func checkTakesOtherSeeds(t *testing.T) {
	said := command(t, exitUsage, "recommend", "x", "--budget", "5pp", "--set", "seeds=2", "-o", "other.yaml")
	if !strings.Contains(said, "the ratios were chosen on seed 1") || !strings.Contains(said, "seeds=[3]") {
		t.Errorf("it said:\n%s", said)
	}
	command(t, exitOK, "recommend", "x", "--budget", "5pp", "--objective", "macs", "--set", "seeds=[7]", "-o", "other.yaml")
	text, err := os.ReadFile("other.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Command: prunelab recommend x --budget 5pp --objective macs --check --set 'seeds=[7]'\nname: base-within-5pp-macs\n"; !strings.Contains(string(text), want) {
		t.Errorf("there is no\n%s in\n%s", want, text)
	}
}

// Without --arm it is the first arm that has what a recommendation rests on.
func TestRecommendedIsTheFirstArmWithLayersPrunedAlone(t *testing.T) {
	p := trial.Plan{Arms: []string{"a", "b", "c"}}
	of := func(arm string, layers ...string) curve.Curve {
		return curve.Curve{Series: trial.Series{Arm: arm, Parameter: trial.Ratio}, Layers: layers}
	}
	curves := []curve.Curve{of("a", "fc1", "fc2"), of("b", "fc1"), of("c", "fc1")}
	if got := firstScanned(p, curves); got != "b" {
		t.Errorf("arm %s", got)
	}
	if got := firstScanned(p, curves[:1]); got != "a" {
		t.Errorf("no arm has any: %s", got)
	}
}
