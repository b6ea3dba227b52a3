package study

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/train"

	"prunelab/experiments/trial"
)

// YAML prints the study complete, as it is run: overrides are in it, nothing
// is left to a default, and reading it gives the same plan. How an only arm is
// trained stands above it, where an override of the study reaches it.
func (s *Study) YAML() []byte {
	var b strings.Builder
	for line := range strings.Lines(s.Comment) {
		b.WriteString(strings.TrimRight("# "+strings.TrimRight(line, "\n"), " ") + "\n")
	}
	line := func(key, value string) { fmt.Fprintf(&b, "%s: %s\n", key, value) }
	line("name", quote(s.Name))
	line("data", s.dataYAML())
	if s.Network != "" {
		line("network", networkYAML(s.Network, s.Net, s.fileYAML()...))
	} else {
		b.WriteString("network:\n")
		for i, pairs := 0, s.fileYAML(); i < len(pairs); i += 2 {
			b.WriteString("  " + pairs[i] + ": " + pairs[i+1] + "\n")
		}
		b.WriteString("  init: " + string(s.Net.Init) + "\n  layers:\n")
		for _, l := range s.Net.Layers {
			b.WriteString("    - " + layerYAML(l) + "\n")
		}
	}
	line("seeds", numbers(s.Seeds))
	line("evaluate", string(s.Evaluate))
	if s.Top > 0 {
		line("top", strconv.Itoa(s.Top))
	}
	if s.Keep {
		line("keep", keepWeights)
	}
	if p := s.Pilot; p != nil {
		line("strengths", flow("from", quote(p.Study), "seeds", numbers(p.Seeds)))
	}
	if len(s.Primary) > 0 {
		line("primary", "["+strings.Join(s.Primary, ", ")+"]")
	}
	if len(s.History) > 0 {
		b.WriteString("history:\n")
		for _, tried := range s.History {
			b.WriteString("  - " + strconv.Quote(tried) + "\n")
		}
	}
	only := len(s.Arms) == 1
	if only && s.File == "" {
		line("train", trainYAML(s.Arms[0].Train))
	}
	b.WriteString("arms:\n")
	for _, a := range s.Arms {
		b.WriteString("  - name: " + quote(a.Name) + "\n")
		if a.Data != s.Data {
			b.WriteString("    data: " + flow("crop", strconv.Itoa(a.Data.Crop), "flip", strconv.FormatBool(a.Data.Flip), "channels", channelsYAML(a.Data.Channels), "normalise", normaliseYAML(a.Data.Normalise)) + "\n")
		}
		if !reflect.DeepEqual(a.Net.Layers, s.Net.Layers) || a.Net.Init != s.Net.Init {
			b.WriteString("    network: " + networkYAML(a.Network, a.Net) + "\n")
		}
		if only {
			continue
		}
		if s.File == "" { // else only retraining inherits from it, and is printed complete
			b.WriteString("    train: " + trainYAML(a.Train) + "\n")
		}
		if a.Retrain != nil {
			b.WriteString("    retrain: " + a.Retrain.yaml() + "\n")
		}
	}
	if only && s.Arms[0].Retrain != nil {
		line("retrain", s.Arms[0].Retrain.yaml())
	}
	b.WriteString("sweeps:\n")
	for _, w := range s.Sweeps {
		b.WriteString("  - " + s.sweepYAML(w) + "\n")
	}
	return []byte(b.String())
}

func (s *Study) dataYAML() string {
	count := func(n int) string {
		if n == 0 {
			return "all"
		}
		return strconv.Itoa(n)
	}
	c := s.Data
	pairs := []string{"name", quote(s.Source)}
	if c.Resize > 0 {
		pairs = append(pairs, "resize", strconv.Itoa(c.Resize))
	}
	if c.Colour {
		pairs = append(pairs, "colour", "true")
	}
	if c.Background != "" {
		pairs = append(pairs, "background", c.Background)
	}
	if order := c.Ordered(); order != nil {
		var names []string
		for _, name := range order {
			names = append(names, strconv.Quote(name))
		}
		pairs = append(pairs, "classes", bracket(names))
	}
	if c.LabelBytes != "" {
		var names []string
		for _, name := range strings.Split(c.LabelBytes, ",") {
			names = append(names, quote(name))
		}
		pairs = append(pairs, "label_bytes", bracket(names))
	}
	if c.Label != "" {
		pairs = append(pairs, "label", quote(c.Label))
	}
	pairs = append(pairs, "validation", strconv.Itoa(c.Validation))
	if c.ValidationOf != "" {
		pairs = append(pairs, "validation_of", c.ValidationOf)
	}
	pairs = append(pairs, "split_seed", strconv.FormatUint(c.SplitSeed, 10),
		"train_samples", count(c.TrainSamples), "test_samples", count(c.TestSamples))
	if c.Stratified || dataset.Own(c.Name) && c.Parts() {
		pairs = append(pairs, "stratified", strconv.FormatBool(c.Stratified))
	}
	pairs = append(pairs, "crop", strconv.Itoa(c.Crop), "flip", strconv.FormatBool(c.Flip))
	if c.Channels != "" {
		pairs = append(pairs, "channels", channelsYAML(c.Channels))
	}
	if c.Normalise != "" {
		pairs = append(pairs, "normalise", normaliseYAML(c.Normalise))
	}
	return flow(pairs...)
}

// normaliseYAML prints a normalisation, see dataset.Config.
func normaliseYAML(normalise string) string {
	words := strings.Fields(normalise)
	switch len(words) {
	case 0:
		return normaliseTrain
	case 1:
		return normalise
	}
	return flow("mean", bracket(strings.Split(words[1], ",")), "std", bracket(strings.Split(words[3], ",")))
}

// channelsYAML prints a choice of channels, see dataset.Config.
func channelsYAML(channels string) string {
	switch channels {
	case "":
		return "all"
	case dataset.Luminance:
		return channels
	}
	return bracket(strings.Split(channels, ","))
}

// fileYAML is what the network says of the file of one that was trained elsewhere, as
// keys and values.
func (s *Study) fileYAML() []string {
	if s.File == "" {
		return nil
	}
	pairs := []string{"file", strconv.Quote(s.File)}
	if s.Sum != "" {
		pairs = append(pairs, "sha256", strconv.Quote(s.Sum))
	}
	if s.Entry != "" {
		pairs = append(pairs, "key", strconv.Quote(s.Entry))
	}
	if len(s.Names) > 0 {
		var names []string
		for _, ours := range slices.Sorted(maps.Keys(s.Names)) {
			names = append(names, strconv.Quote(ours), strconv.Quote(s.Names[ours]))
		}
		pairs = append(pairs, "names", flow(names...))
	}
	if s.Zeros {
		pairs = append(pairs, "zeros", keepZeros)
	}
	return pairs
}

// networkYAML prints a network on one line; file is what it says of the file of one that
// was trained elsewhere.
func networkYAML(name string, c nn.Config, file ...string) string {
	if name != "" {
		return flow(append([]string{"name", quote(name), "init", string(c.Init)}, file...)...)
	}
	layers := make([]string, len(c.Layers))
	for i, l := range c.Layers {
		layers[i] = layerYAML(l)
	}
	return flow("init", string(c.Init), "layers", bracket(layers))
}

func trainYAML(c train.Config) string { return stepsYAML(c, rateYAML(c)) }

// rateYAML prints the optimizer and how its learning rate changes.
func rateYAML(c train.Config) []string {
	return []string{"optimizer", optimizerYAML(c.Optimizer), "schedule", scheduleYAML(c.Schedule)}
}

func stepsYAML(c train.Config, rate []string, more ...string) string {
	pairs := append([]string{"epochs", strconv.Itoa(c.Epochs), "batch", strconv.Itoa(c.Batch)}, rate...)
	pairs = append(pairs, penaltyYAML(c.Regularizer)...)
	pairs = append(pairs, "dropout", string(c.Dropout))
	if c.BatchNorm != "" {
		pairs = append(pairs, "batchnorm", string(c.BatchNorm))
	}
	return flow(append(pairs, more...)...)
}

func (r *Retraining) yaml() string {
	freeze := "none"
	if r.FreezeOthers {
		freeze = "others"
	}
	rate := rateYAML(r.Config)
	if r.rewound { // a sweep's epochs move it
		rate = []string{"lr", "rewind"}
	}
	return stepsYAML(r.Config, rate, "start", string(r.Start), "freeze", freeze)
}

func optimizerYAML(c optim.Config) string {
	if c.Method == optim.Adam {
		return flow("adam", flow("lr", trial.Number(c.LR), "beta1", trial.Number(c.Beta1), "beta2", trial.Number(c.Beta2), "epsilon", trial.Number(c.Epsilon)))
	}
	return flow("sgd", flow("lr", trial.Number(c.LR), "momentum", trial.Number(c.Momentum)))
}

func scheduleYAML(s optim.Schedule) string {
	switch s.Kind {
	case optim.Steps:
		return flow("steps", flow("at", numbers(s.At), "factor", trial.Number(s.Factor)))
	case optim.Cosine:
		if s.From != 0 {
			return flow("cosine", flow("from", trial.Number(s.From)))
		}
	case optim.Inverse:
		return flow("inverse", flow("gamma", trial.Number(s.Gamma), "power", trial.Number(s.Power)))
	}
	return string(s.Kind)
}

func (s *Study) sweepYAML(w Sweep) string {
	var pairs []string
	if w.Given != nil {
		var ratios []string
		for i, l := range w.Targets[0].Layers {
			ratios = append(ratios, quote(l), trial.Number(w.Given[i]))
		}
		pairs = append(pairs, "name", quote(w.Targets[0].Name), "layers", flow(ratios...))
	} else {
		targets := make([]string, len(w.Targets))
		for i, t := range w.Targets {
			targets[i] = quote(t.Name)
			switch layer := slices.Contains(s.layerNames(), t.Name); {
			case layer && reservedTarget(t.Name):
				targets[i] = flow("layer", quote(t.Name))
			case !layer && !reservedTarget(t.Name):
				layers := make([]string, len(t.Layers))
				for j, l := range t.Layers {
					layers[j] = quote(l)
				}
				targets[i] = flow("name", quote(t.Name), "layers", bracket(layers))
			}
		}
		pairs = append(pairs, "targets", bracket(targets))
		key := map[prune.Rule]string{prune.ByRatio: "ratios", prune.ByQuality: "quality", prune.ByThreshold: "threshold"}[w.Rule]
		if w.Iterative == nil || w.Iterative.PerRound > 0 {
			pairs = append(pairs, key, numbers(w.Amounts))
		}
	}
	pairs = append(pairs, "criterion", string(w.Criterion), "scope", string(w.Scope))
	arms := make([]string, len(w.Arms))
	for i, a := range w.Arms {
		arms[i] = quote(s.Arms[a].Name)
	}
	pairs = append(pairs, "arms", bracket(arms))
	if w.source != nil {
		pairs = append(pairs, "retrain", w.source.flow())
	} else {
		pairs = append(pairs, "retrain", strconv.FormatBool(w.Retrain))
	}
	if !w.Control {
		pairs = append(pairs, "control", "false")
	}
	if w.Proxies {
		pairs = append(pairs, "proxies", "true")
	}
	if w.Until != nil {
		pairs = append(pairs, "until", flow("loss", trial.Number(w.Until.Loss), "grid", numbers(w.Until.Grid)))
	}
	if w.BatchNorm != nil {
		pairs = append(pairs, "batchnorm", reestimationYAML(*w.BatchNorm))
	}
	if l := w.Iterative; l != nil {
		var rounds []string
		if l.PerRound > 0 {
			rounds = append(rounds, "per_round", trial.Number(l.PerRound))
		} else {
			rounds = append(rounds, "levels", numbers(w.Amounts))
		}
		if len(l.Own) > 0 {
			var own []string
			for _, name := range slices.Sorted(maps.Keys(l.Own)) {
				own = append(own, quote(name), trial.Number(l.Own[name]))
			}
			rounds = append(rounds, "layers", flow(own...))
		}
		pairs = append(pairs, "iterative", flow(append(rounds, "equal_steps", strconv.FormatBool(l.EqualSteps))...))
	}
	return flow(pairs...)
}

// flow prints keys and values as a mapping on one line.
func flow(pairs ...string) string {
	parts := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+": "+pairs[i+1])
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func bracket(items []string) string { return "[" + strings.Join(items, ", ") + "]" }

func numbers[T uint64 | float64](values []T) string {
	parts := make([]string, len(values))
	for i, v := range values {
		switch v := any(v).(type) {
		case uint64:
			parts[i] = strconv.FormatUint(v, 10)
		case float64:
			parts[i] = trial.Number(v)
		}
	}
	return bracket(parts)
}

// flow prints a node as it could stand in a file.
func (n *node) flow() string {
	switch n.kind {
	case mapping:
		var pairs []string
		for _, f := range n.fields {
			pairs = append(pairs, quote(f.key), f.value.flow())
		}
		return flow(pairs...)
	case sequence:
		items := make([]string, len(n.items))
		for i, it := range n.items {
			items[i] = it.flow()
		}
		return bracket(items)
	case null:
		return "null"
	}
	if n.quoted {
		return strconv.Quote(n.text)
	}
	return quote(n.text)
}

// quote prints a text so that YAML reads it as that text: plainly when it is a
// word that means nothing else.
func quote(s string) string {
	plain := s != ""
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_.+", r)) {
			plain = false
		}
	}
	if plain && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && s != "" && !strings.ContainsAny(s, "_xXpPiInN") {
		return s // a number of the file, printed as it was
	}
	return strconv.Quote(s)
}
