package study

import (
	"fmt"
	"slices"
	"strings"

	"prunelab/model/prune"
	"prunelab/model/train"
)

// series names how a sweep prunes and retrains: the method of its cells.
func (w *Sweep) series() string {
	parts := []string{string(w.Criterion)}
	if w.Scope == prune.Global {
		parts[0] += " global"
	}
	if l := w.Iterative; l != nil {
		name := "iterative"
		if l.PerRound > 0 {
			name += " " + short(l.PerRound)
		}
		if parts[0] != string(prune.Magnitude) {
			name = parts[0] + " " + name
		}
		parts[0] = name
		for _, layer := range sorted(l.Own) {
			parts = append(parts, fmt.Sprintf("%s %s", layer, short(l.Own[layer])))
		}
	}
	return strings.Join(append(parts, w.retrain.words()...), ", ")
}

func sorted(m map[string]float64) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// words says what a sweep's own retraining differs in.
func (p patch) words() []string {
	var w []string
	if p.epochs != nil {
		w = append(w, fmt.Sprintf("%d epochs", *p.epochs))
	}
	if p.batch != nil {
		w = append(w, fmt.Sprintf("batch %d", *p.batch))
	}
	if p.optimizer != nil {
		w = append(w, fmt.Sprintf("%s lr %s", p.optimizer.Method, short(p.optimizer.LR)))
	}
	if p.lr != nil {
		w = append(w, "lr "+short(*p.lr))
	}
	if p.rewindLR {
		w = append(w, "lr rewound")
	}
	if p.schedule != nil {
		w = append(w, string(p.schedule.Kind)+" schedule")
	}
	if p.regularizer != nil {
		w = append(w, strength(*p.regularizer))
	}
	if p.dropout != nil {
		w = append(w, "dropout "+string(*p.dropout))
	}
	if p.start != nil && *p.start != train.StartKeep {
		w = append(w, string(*p.start))
	}
	if p.freeze != nil && *p.freeze {
		w = append(w, "others frozen")
	}
	return w
}
