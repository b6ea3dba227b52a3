package trial

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// Method is a way of pruning and retraining. Equal methods are one method,
// whatever they are called.
type Method struct {
	Criterion prune.Criterion
	Scope     prune.Scope
	Schedule  Schedule
	BatchNorm string // how statistics of batch normalisation are estimated anew, see Statistics; "": they are as saved
	Retrain   string // what a sweep sets of its retraining otherwise than its arm, see Settings.Words; "": nothing
	Apart     string // in what trials differ that a plan has under one method and seed; "": in nothing
	Name      string // what a plan calls it where that is not what the other fields say; "": it is
}

// ScheduleKind is how a network comes to its amount.
type ScheduleKind string

// The kinds.
const (
	OneShot    ScheduleKind = "one-shot"    // pruned and retrained once
	Iterative  ScheduleKind = "iterative"   // in rounds of both
	EqualSteps ScheduleKind = "equal steps" // pruned once, retrained as often as the rounds that come to the amount
)

// Schedule is the kind with the rounds.
type Schedule struct {
	Kind     ScheduleKind
	PerRound float64 // fraction of the weights left that a round removes; 0: the rounds are the amounts
	Own      string  // layers with a fraction of their own: "fc1 0.3, fc2 0.1", by name
}

// Plain is the way that others are compared with: by magnitude, the amount in
// each layer, once, retrained as the arm says.
func Plain() Method {
	return Method{Criterion: prune.Magnitude, Scope: prune.PerLayer, Schedule: Schedule{Kind: OneShot}}
}

// Plain reports whether the method is that, whatever it is called.
func (m Method) Plain() bool {
	m.Name = ""
	return m == Plain()
}

// PlainOnce is a plain way but for its retraining.
func (m Method) PlainOnce() bool {
	m.Retrain = ""
	return m.Plain()
}

// String is the method in words, for people; nothing reads them.
func (m Method) String() string { return m.say("one-shot, retrained as often as ") }

// Called reports whether words are the method's, those for people or those of a plan.
func (m Method) Called(words string) bool { return words == m.String() || words == m.label() }

// label is what a plan calls the method. Labels stay as they are: plans are
// compared by their text.
func (m Method) label() string { return m.say("one-shot, steps of ") }

// say words the method, with an opening for what has the retrainings of rounds.
func (m Method) say(equalSteps string) string {
	words := m.Name
	if words == "" && m.Criterion != "" {
		words = strings.Join(m.words(), ", ")
		if m.Schedule.Kind == EqualSteps {
			words = equalSteps + words
		}
	}
	if m.Apart != "" {
		words += " (" + m.Apart + ")"
	}
	return words
}

func (m Method) words() []string {
	how := string(m.Criterion)
	if m.Scope == prune.Global {
		how += " global"
	}
	s := m.Schedule
	if s.Kind != OneShot {
		rounds := "iterative"
		if s.PerRound > 0 {
			rounds += " " + Number(s.PerRound)
		}
		if how != string(prune.Magnitude) {
			rounds = how + " " + rounds
		}
		how = rounds
	}
	words := []string{how}
	for _, w := range []string{s.Own, m.BatchNorm, m.Retrain} {
		if w != "" {
			words = append(words, w)
		}
	}
	return words
}

// Statistics words how statistics of batch normalisation are estimated anew; "" for
// nil.
func Statistics(c *train.Reestimation) string {
	if c == nil {
		return ""
	}
	words := fmt.Sprintf("batch norm re-estimated on %d images in batches of %d", c.Images, c.Batch)
	if c.Retraining {
		words += " and again after retraining"
	}
	return words
}

// MarshalText makes a method its label in JSON; Plan reads it back.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.label()), nil }

// UnmarshalText takes the label for a name.
func (m *Method) UnmarshalText(text []byte) error {
	*m = Method{Name: string(text)}
	return nil
}

// Settings are those of its retraining that a sweep sets.
type Settings uint16

// The settings, in the order of their words.
const (
	SetEpochs Settings = 1 << iota
	SetBatch
	SetOptimizer
	SetRate
	SetRewound // rate and schedule are those of the end of the first training
	SetSchedule
	SetRegularizer
	SetDropout
	SetStart
	SetFrozen // the layers that are not pruned
	SetBatchNorm
	SetAll = 1<<iota - 1
)

// Words are the settings with their values in a retraining.
func (s Settings) Words(c train.Config) []string {
	var words []string
	for _, w := range []struct {
		set  Settings
		word string
	}{
		{SetEpochs, Counted(c.Epochs, "epoch")},
		{SetBatch, fmt.Sprintf("batch %d", c.Batch)},
		{SetOptimizer, fmt.Sprintf("%s lr %s", c.Optimizer.Method, Number(c.Optimizer.LR))},
		{SetRate, "lr " + Number(c.Optimizer.LR)},
		{SetRewound, "lr rewound"},
		{SetSchedule, string(c.Schedule.Kind) + " schedule"},
		{SetRegularizer, strengths(c.Regularizer)},
		{SetDropout, "dropout " + string(c.Dropout)},
		{SetStart, string(c.Start)},
		{SetFrozen, "others frozen"},
		{SetBatchNorm, "batch norm " + string(cmp.Or(c.BatchNorm, train.BatchNormTrain))},
	} {
		if s&w.set != 0 {
			words = append(words, w.word)
		}
	}
	return words
}

// Penalty names a regularizer.
func Penalty(c regularizer.Config) string {
	var names []string
	for _, t := range c.Terms() {
		name := string(t.Norm)
		if t.Proximal {
			name = "proximal " + name
		}
		names = append(names, name)
	}
	return cmp.Or(strings.Join(names, "+"), "none")
}

// strengths names a regularizer with them.
func strengths(c regularizer.Config) string {
	s := Penalty(c)
	for _, t := range c.Terms() {
		s += " " + Number(t.Strength)
	}
	if c.All {
		s += " on all"
	}
	return s
}

// Number writes a number as a person would.
func Number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "e-0", "e-", 1)
}

// Counted is "1 trial", "2 trials".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// amountDigits are those of an amount that count: 0.30000000000000004, as other
// programs print 0.1 + 0.2, is 0.3.
const amountDigits = 12

// Significant rounds an amount to the digits that count.
func Significant(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', amountDigits, 64), 64) // what was just formatted
	return v
}
