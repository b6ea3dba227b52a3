package draft

import (
	"fmt"
	"strconv"
	"strings"
)

// recipe is how a network is trained: rates and strengths of the built-in studies, which
// of these alone were tuned.
type recipe struct {
	lr, retrain float64
	l1          float64
	from        string // the study that has it
}

const l2 = 5e-4

var recipes = map[string]recipe{
	"lenet-300-100": {0.1, 0.01, 2e-5, "regularizers-lenet-300-100"},
	"lenet-5":       {0.02, 0.005, 5e-5, "regularizers-lenet-5"},
	"cifar-quick":   {0.05, 0.005, 2e-5, "layers-cifar-quick"},
	"alexnet-cifar": {0.02, 0.01, 2e-5, "regularizers-alexnet-cifar"},
	"resnet-20":     {0.1, 0.01, 2e-5, "regularizers-resnet-20"},
	"resnet-56":     {0.1, 0.01, 2e-5, "regularizers-resnet-20"},
}

// recipe of the network, that of a small convolutional one where no built-in study has it.
func (a Answers) recipe() recipe {
	if r, is := recipes[a.Network]; is {
		return r
	}
	if a.File != "" {
		return recipe{0.01, 0.01, 0, "prunelab scan"}
	}
	return recipe{0.02, 0.005, 2e-5, "regularizers-alexnet-cifar"}
}

// text is the study.
func (a Answers) text(z size, head []string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s", a.Question.words())
	for _, s := range head {
		line("# %s", s)
	}
	line("name: %s", strconv.Quote(a.Name))
	images := "all"
	if n := z.effort.images; n < a.Info.Train-a.validation() {
		images = strconv.Itoa(n)
	}
	line("data: {name: %s, validation: %d, split_seed: 1, train_samples: %s}", strconv.Quote(a.Data), a.validation(), images)
	switch {
	case a.File == "":
		line("network: %s", a.Network)
	case a.Network != "":
		line("network: {file: %s, name: %s}", strconv.Quote(a.File), a.Network)
	default:
		line("network: {file: %s}", strconv.Quote(a.File))
	}
	line("seeds: %d", z.seeds)
	line("evaluate: validation")
	if claims := a.claims(); len(claims) > 0 {
		line("primary: [%s]", strings.Join(claims, ", "))
	}
	r := a.recipe()
	penalty, schedule := fmt.Sprintf(", l2: %g", l2), "{steps: {at: [0.5, 0.8], factor: 0.1}}"
	if a.Question == Regularizers {
		penalty = ""
	}
	if a.File != "" {
		schedule = "constant"
	}
	line("train: {epochs: %d, batch: 128%s, optimizer: {sgd: {lr: %g, momentum: 0.9}}, schedule: %s}", z.effort.train, penalty, r.lr, schedule)
	if a.Question == Regularizers {
		line("arms:")
		line("  - {name: L2, train: {l2: %g}, retrain: {l2: %[1]g}}", l2)
		line("  - {name: L1, train: {l1: %g}, retrain: {l1: %[1]g}}", r.l1)
		line("  - {name: L1→L2, train: {l1: %g}, retrain: {l2: %g}}", r.l1, l2)
	}
	line("retrain: {epochs: %d, lr: %g, schedule: constant}", z.effort.retrain, r.retrain)
	retrained, pruned := a.ratios(z)
	line("sweeps:")
	target := "all"
	if a.Question == Layers {
		target = "each"
	}
	if len(pruned) > 0 {
		line("  - {targets: [%s], ratios: [%s], retrain: false}", target, numbers(pruned))
	}
	line("  - {targets: [%s], ratios: [%s]}", target, numbers(retrained))
	return b.String()
}

func numbers(vs []float64) string {
	var parts []string
	for _, v := range vs {
		parts = append(parts, strconv.FormatFloat(v, 'g', -1, 64))
	}
	return strings.Join(parts, ", ")
}
