package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"prunelab/analysis"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/regularizer"
	"prunelab/model/train"
)

// listedSettings is how many different retrainings are spelled out.
const listedSettings = 8

// recipe says how the numbers were made.
func recipe(p trial.Plan) []string {
	if len(p.Trials) == 0 {
		return []string{"The plan has no trials."}
	}
	var out []string
	for _, d := range distinct(p, func(s trial.Spec) string { return data(s.Data, p.Seen) }) {
		out = append(out, fmt.Sprintf("Data: %s; scored on the %s split.", d, p.Split))
	}
	var notes []string
	for _, seen := range p.Seen {
		notes = append(notes, seen.Notes...)
	}
	slices.Sort(notes)
	for _, n := range slices.Compact(notes) {
		out = append(out, "Data as read: "+n+".")
	}
	for _, n := range distinct(p, func(s trial.Spec) string { return network(s.Net) }) {
		out = append(out, "Network: "+n+".")
	}
	out = append(out, settings(p, "First training", func(s trial.Spec) *train.Config {
		if s.Net.Source != "" {
			return nil // elsewhere
		}
		return &s.Train
	})...)
	out = append(out, settings(p, "Retraining", func(s trial.Spec) *train.Config {
		if n := len(s.Levels); n > 0 {
			return s.Levels[n-1].Retrain
		}
		return nil
	})...)
	out = append(out, sweeps(p)...)
	out = append(out, statistics(p)...)
	out = append(out, "Seeds: "+seeds(p)+".")
	if slices.ContainsFunc(p.Trials, trains) {
		out = append(out, "Scores are from the final epoch, never from the best one.")
	}
	return out
}

// trains reports whether a trial has any epochs.
func trains(s trial.Spec) bool {
	return s.Net.Source == "" || slices.ContainsFunc(s.Levels, func(l trial.Level) bool { return l.Retrain != nil })
}

// history says what was tried before this recipe.
func history(tried []string) []string {
	var out []string
	for _, s := range tried {
		out = append(out, "Tried before: "+s)
	}
	return out
}

// distinct returns the different texts of the trials, sorted.
func distinct(p trial.Plan, text func(trial.Spec) string) []string {
	var texts []string
	for _, s := range p.Trials {
		texts = append(texts, text(s))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func data(c dataset.Config, seen []trial.Seen) string {
	s := fmt.Sprintf("%s (content digest %s)", c.Name, short(c.Digest))
	if c.Resize > 0 {
		s += fmt.Sprintf(", images scaled so that the shorter side is %d and cut to the middle square", c.Resize)
	}
	if c.Colour {
		s += ", in colour"
	}
	if c.Background != "" {
		s += ", what is transparent over " + c.Background
	}
	if c.Label != "" {
		s += ", label " + c.Label
	}
	if c.TrainSamples > 0 {
		s += fmt.Sprintf(", %d training samples", c.TrainSamples)
	}
	if c.ValidationOf == dataset.OfTest {
		s += fmt.Sprintf(", %d validation samples drawn from the test set (split seed %d), whose others are the test split: what is chosen on these is reported on the others", c.Validation, c.SplitSeed)
	} else if c.Validation > 0 {
		s += fmt.Sprintf(", %d validation samples held out from the training set (split seed %d)", c.Validation, c.SplitSeed)
	} else {
		s += ", no validation split"
	}
	if c.TestSamples > 0 {
		first := "the first "
		if c.Stratified {
			first = ""
		}
		s += fmt.Sprintf(", %s%d test samples", first, c.TestSamples)
	}
	if c.Stratified {
		s += ", every part drawn at random by class in proportion"
	}
	if c.Channels != "" {
		s += ", image channels: " + strings.ReplaceAll(c.Channels, ",", " and ")
	}
	if c.Crop > 0 {
		s += fmt.Sprintf(", random crops with padding %d", c.Crop)
	}
	if c.Flip {
		s += ", random flips"
	}
	return s + ", " + normalisation(c, seen)
}

// normalisation says how bytes become what networks read, with the numbers where
// the plan has them.
func normalisation(c dataset.Config, seen []trial.Seen) string {
	switch c.Normalise {
	case dataset.UnitScale:
		return "pixels scaled to 0..1"
	case dataset.ByteScale:
		return "pixels as bytes, 0..255"
	}
	of := " given by the study"
	if c.Normalise == "" {
		of = " of the training samples"
	}
	s := "pixels, from 0 to 1, normalised by mean and standard deviation" + of
	i := slices.IndexFunc(seen, func(s trial.Seen) bool { return s.Data == c })
	if i < 0 {
		return s
	}
	words := func(vs []float64) string {
		var all []string
		for _, v := range vs {
			all = append(all, strconv.FormatFloat(v, 'f', 4, 64))
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s, %s and %s", s, words(seen[i].Mean), words(seen[i].SD))
}

func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

func network(c nn.Config) string {
	words := []string{fmt.Sprintf("%d × %d × %d", c.Input.C, c.Input.H, c.Input.W)}
	for _, l := range c.Layers {
		w := l.String()
		if l.Name != "" && !l.HasWeights() {
			w += " (" + l.Name + ")"
		}
		if len(l.Inputs) == 1 {
			w += " of " + l.Inputs[0]
		}
		words = append(words, w)
	}
	s := strings.Join(words, " → ")
	if c.Source != "" {
		return s + "; weights from file " + short(c.Source)
	}
	return s + fmt.Sprintf("; initialisation %s", c.Init)
}

// settings lists the different trainings of a kind with their arms.
func settings(p trial.Plan, what string, of func(trial.Spec) *train.Config) []string {
	specs := map[trial.Key]trial.Spec{}
	for _, s := range p.Trials {
		specs[s.Key()] = s
	}
	arms := map[string][]string{}
	var texts []string
	for _, arm := range p.Arms {
		from := len(texts)
		for _, c := range p.Cells {
			if c.Arm != arm || c.Role == trial.Control {
				continue
			}
			config := of(specs[c.Key])
			if config == nil {
				continue
			}
			text := training(*config)
			if arms[text] == nil {
				texts = append(texts, text)
			}
			if !slices.Contains(arms[text], arm) {
				arms[text] = append(arms[text], arm)
			}
		}
		slices.Sort(texts[from:])
	}
	var out []string
	for i, text := range texts {
		if i == listedSettings {
			return append(out, fmt.Sprintf("%s: %d more, see study.yaml.", what, len(texts)-i))
		}
		who := ""
		if len(texts) > 1 {
			who = fmt.Sprintf(" (%s)", strings.Join(arms[text], ", "))
		}
		out = append(out, fmt.Sprintf("%s%s: %s.", what, who, text))
	}
	return out
}

func training(c train.Config) string {
	parts := []string{fmt.Sprintf("%s, batch %d", trial.Counted(c.Epochs, "epoch"), c.Batch), optimizer(c.Optimizer), schedule(c.Schedule), penalty(c.Regularizer)}
	if c.Dropout != "" && c.Dropout != train.DropoutSame {
		parts = append(parts, "dropout "+string(c.Dropout))
	}
	if c.BatchNorm == train.BatchNormFrozen {
		parts = append(parts, "batch normalisation with the statistics that it had")
	}
	if c.Start != "" && c.Start != train.StartKeep {
		parts = append(parts, map[train.Start]string{train.StartReinit: "weights initialised anew", train.StartRewind: "weights rewound to their initial values"}[c.Start])
	}
	if len(c.Frozen) > 0 {
		parts = append(parts, "frozen "+strings.Join(c.Frozen, ", "))
	}
	return strings.Join(parts, "; ")
}

func optimizer(c optim.Config) string {
	if c.Method == optim.Adam {
		return fmt.Sprintf("Adam, learning rate %v, beta %v and %v, epsilon %v", c.LR, c.Beta1, c.Beta2, c.Epsilon)
	}
	return fmt.Sprintf("SGD, learning rate %v, momentum %v", c.LR, c.Momentum)
}

func schedule(c optim.Schedule) string {
	switch c.Kind {
	case optim.Steps:
		var at []string
		for _, f := range c.At {
			at = append(at, strconv.FormatFloat(f, 'g', -1, 64))
		}
		return fmt.Sprintf("learning rate times %v after %s of the steps", c.Factor, enumerate(at))
	case optim.Cosine:
		if c.From != 0 {
			return fmt.Sprintf("learning rate along a cosine to 0, from %v of its half wave on", c.From)
		}
		return "learning rate along half a cosine wave to 0"
	case optim.Inverse:
		return fmt.Sprintf("learning rate times (1 + %v t)^-%v at step t", c.Gamma, c.Power)
	}
	return "constant learning rate"
}

func penalty(c regularizer.Config) string {
	var parts []string
	for _, t := range c.Terms() {
		s := string(t.Norm) + " " + trial.Number(t.Strength)
		if t.Proximal {
			s = "proximal " + s
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return "no regularizer"
	}
	s := strings.Join(parts, " and ")
	if c.All {
		s += ", on biases and batch normalisation too"
	}
	return s
}

// sweeps lists what was pruned and how far.
func sweeps(p trial.Plan) []string {
	type way struct {
		method, parameter string
		retrain           bool
	}
	type sweep struct {
		targets []string
		amounts []float64
	}
	found := map[way]*sweep{}
	var order []way
	for _, c := range p.Cells {
		if c.Role != trial.Point {
			continue
		}
		w := way{c.Method.String(), c.Parameter, c.Retrain}
		if found[w] == nil {
			found[w] = &sweep{}
			order = append(order, w)
		}
		s := found[w]
		if !slices.Contains(s.targets, c.Target) {
			s.targets = append(s.targets, c.Target)
		}
		if !slices.Contains(s.amounts, c.Requested) {
			s.amounts = append(s.amounts, c.Requested)
		}
	}
	slices.SortFunc(order, func(a, b way) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	var out []string
	for _, w := range order {
		s := found[w]
		slices.Sort(s.targets)
		slices.Sort(s.amounts)
		var amounts []string
		for _, v := range s.amounts {
			amounts = append(amounts, strconv.FormatFloat(v, 'g', -1, 64))
		}
		after := "not retrained"
		if w.retrain {
			after = "retrained"
		}
		out = append(out, fmt.Sprintf("Pruning: %s, %s; targets %s; %s %s.", w.method, after, strings.Join(s.targets, ", "), w.parameter, strings.Join(amounts, ", ")))
	}
	return out
}

// statistics says how those of batch normalisation were estimated anew.
func statistics(p trial.Plan) []string {
	var all []string
	for _, s := range p.Trials {
		for _, l := range s.Levels {
			if c := l.BatchNorm; c != nil {
				all = append(all, fmt.Sprintf("Batch norm re-estimated: running mean and variance begin anew after pruning%s and are the cumulative average over batches of %d training images, %d in all, each batch counting the same. "+
					"The images are spaced evenly over the training samples and not augmented; image i of them, from 0, is in batch i mod %d.",
					map[bool]string{true: ", once more after retraining,"}[c.Retraining], c.Batch, c.Images, c.Batches()))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// seeds lists the seeds, runs as "1 to 10".
func seeds(p trial.Plan) string {
	all := p.Seeds()
	var words []string
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1] == all[j]+1 {
			j++
		}
		switch {
		case j > i+1:
			words = append(words, fmt.Sprintf("%d to %d", all[i], all[j]))
		case j == i+1:
			words = append(words, fmt.Sprint(all[i]), fmt.Sprint(all[j]))
		default:
			words = append(words, fmt.Sprint(all[i]))
		}
		i = j + 1
	}
	return strings.Join(words, ", ")
}

// provenance says what ran the trials, without times.
func provenance(ms []analysis.Machine) []string {
	var out []string
	for _, m := range ms {
		s := fmt.Sprintf("%s: prunelab %s, %s, kernel %s, %s", trial.Counted(m.Trials, "trial"), m.Version, m.Go, m.Kernel, m.Platform)
		if m.CPU != "" {
			s += ", " + m.CPU
		}
		if !trial.Stamped(m.Version) {
			s += "; by a build without a version-control stamp: which commit made them is not recorded"
		}
		out = append(out, s+".")
	}
	return out
}
