package draft

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"prunelab/analysis/stats"
	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// Question is what a study is to answer.
type Question string

// The questions.
const (
	Regularizers Question = "regularizers" // which is best for pruning, before and after retraining?
	Layers       Question = "layers"       // which layer is the most sensitive?
	HowFar       Question = "how-far"      // how many of the weights can go?
)

// Questions are all of them with their words.
var Questions = []struct {
	Name  Question
	Words string
}{
	{Regularizers, "Which regularizer is best for pruning, right after it and after retraining?"},
	{Layers, "Which layer is the most sensitive to pruning, right after it and after retraining?"},
	{HowFar, "How many of the weights can be pruned, without retraining and with it?"},
}

func (q Question) words() string {
	for _, o := range Questions {
		if o.Name == q {
			return o.Words
		}
	}
	return ""
}

// Answers are what a study is written from.
type Answers struct {
	Name         string       // of the study
	Out          string       // its file, for the command in its head
	Network      string       // a built-in one; "" where a file says what it is
	File         string       // of a network that was trained elsewhere, relative to the study; "": it is trained here
	Data         string       // as a study names it
	Info         dataset.Info // what the data are
	Question     Question
	Time         time.Duration // it may take
	Workers      int
	Convolutions bool // the network begins with one
}

// Check refuses answers that make no study.
func (a Answers) Check() error {
	switch {
	case a.Network == "" && a.File == "":
		return fmt.Errorf("a network is needed: one of %s, or the file of one", strings.Join(nn.BuiltinNames(), ", "))
	case a.Network != "" && !slices.Contains(nn.BuiltinNames(), a.Network):
		return fmt.Errorf("no network is called %s, and there is no file of that name; there are %s", a.Network, strings.Join(nn.BuiltinNames(), ", "))
	case a.Question.words() == "":
		var names []string
		for _, q := range Questions {
			names = append(names, string(q.Name))
		}
		return fmt.Errorf("no question is called %s; there are %s", a.Question, strings.Join(names, ", "))
	case a.File != "" && a.Question == Regularizers:
		return fmt.Errorf("the network in %s is trained already, so that no other regularizer can train it; ask for layers or how-far, or name a built-in network", a.File)
	case a.Time < time.Second:
		return fmt.Errorf("a time as 30m or 2h is needed")
	}
	return nil
}

// claims are the primary claims of the study: few, so that few seeds decide them.
func (a Answers) claims() []string {
	switch {
	case a.File != "": // one network: a verdict needs several
		return nil
	case a.Question == Regularizers:
		return []string{"l1-better-before", "l2-better-after"}
	case a.Question == HowFar:
		return []string{"lossless-rate", "half-free"}
	case a.Convolutions:
		return []string{"conv1-most-sensitive-before", "conv1-most-sensitive-after"}
	}
	return nil // which layer of dense ones is the most sensitive is no claim of the paper
}

// bandSeeds is the number of seeds from which on figures have bands.
const bandSeeds = 6

// needed is the number of seeds that decide the claims, or give intervals where there
// are none.
func (a Answers) needed() int {
	if n := len(a.claims()); n > 0 {
		return stats.SeedsNeeded(n, stats.Alpha, stats.TwoSided)
	}
	return bandSeeds
}

// validation is the number of images that networks are scored on.
func (a Answers) validation() int { return min(5000, max(1, a.Info.Train/10)) }
