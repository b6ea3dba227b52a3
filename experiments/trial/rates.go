package trial

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"prunelab/model/prune"
)

// AfterRounds is what k rounds that remove p of what is left have removed, to the
// six decimals of an amount: a ladder's rungs are these, and are told by them.
func AfterRounds(p, k float64) float64 { return math.Round((1-math.Pow(1-p, k))*1e6) / 1e6 }

// OwnAfterRounds is what a layer has removed at a rate q of its own when those at
// the rate p have removed r: 1-(1-q)^k after k rounds, and k = log(1-r)/log(1-p)
// need not be whole.
func OwnAfterRounds(p, q, r float64) float64 {
	return AfterRounds(r, math.Log(1-q)/math.Log(1-p))
}

// OwnRates words the rates a round of layers that have their own, see
// Schedule.Own.
func OwnRates(rates map[string]float64) string {
	var words []string
	for layer, v := range rates {
		words = append(words, layer+" "+Number(v))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// amounts are those requested, ascending.
func (w *witness) amounts() []float64 {
	var amounts []float64
	for _, c := range w.cells {
		amounts = append(amounts, c.Requested)
	}
	slices.Sort(amounts)
	return slices.Compact(amounts)
}

// rateWords are those of a schedule's rates, of all layers and of their own.
var rateWords = regexp.MustCompile(`\biterative ([^ ,]+)((?:, [^ ,]+ [^ ,]+)*)`)

// stated is the schedule of which the plan's words speak, if the trials allow it
// and do not tell: rounds of 0.5 to a ratio of 0.3 are one, whatever the rate, and
// the rate of a layer that is not pruned is not in them.
func (w *witness) stated() (s Schedule, ok bool) {
	words := rateWords.FindStringSubmatch(w.name)
	if words == nil {
		return s, false
	}
	p, err := strconv.ParseFloat(words[1], 64)
	if err != nil || !(p > 0 && p < 1) || !comesTo(w.amounts(), p) {
		return s, false
	}
	rates := map[string]float64{}
	for own := range strings.SplitSeq(strings.TrimPrefix(words[2], ", "), ", ") {
		layer, rate, _ := strings.Cut(own, " ")
		q, err := strconv.ParseFloat(rate, 64)
		if err != nil || !slices.Contains(w.layers, layer) {
			break // what follows are settings of the retraining
		}
		rates[layer] = q
	}
	for _, c := range w.cells {
		level, ok := lastPruning(w.specs[c.Key])
		for i, layer := range level.Layers {
			if q, own := rates[layer]; own && (level.Scope != prune.PerLayer || level.Amounts[i] != OwnAfterRounds(p, q, c.Requested)) {
				return s, false
			}
		}
		if !ok {
			return s, false
		}
	}
	return Schedule{PerRound: p, Own: OwnRates(rates)}, true
}

// perRound returns the rates p that give the amounts of the rounds: 1-(1-p)^k is
// among them for every k up to the largest.
func (w *witness) perRound() []float64 {
	amounts := w.amounts()
	var fit []float64
	for _, p := range amounts[:len(amounts)-1] {
		if comesTo(amounts, p) {
			fit = append(fit, p)
		}
	}
	return fit
}

// comesTo reports whether 1-(1-p)^k is among ascending amounts for every k up to
// the largest of them.
func comesTo(amounts []float64, p float64) bool {
	for k := 1; AfterRounds(p, float64(k)) < amounts[len(amounts)-1]; k++ {
		if _, ok := slices.BinarySearch(amounts, AfterRounds(p, float64(k))); !ok {
			return false
		}
	}
	return true
}

// own words the rates of the layers that have another than p.
func (w *witness) own(p float64) string {
	rates := map[string]float64{}
	for _, c := range w.cells {
		levels := w.specs[c.Key].Levels
		if c.Requested != p || len(levels) == 0 { // p: the first round of those without one
			continue
		}
		round := levels[len(levels)-1].Prune
		for i, amount := range round.Amounts {
			if round.Scope == prune.PerLayer && i < len(round.Layers) && amount != p {
				rates[round.Layers[i]] = amount
			}
		}
	}
	return OwnRates(rates)
}

// lastPruning is the last pruning of a trial.
func lastPruning(s Spec) (prune.Config, bool) {
	for _, l := range slices.Backward(s.Levels) {
		if !l.Prune.Empty() {
			return l.Prune, true
		}
	}
	return prune.Config{}, false
}
