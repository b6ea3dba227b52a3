package draft

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"prunelab/cmd/prunelab/internal/state"
)

// Draft is a study that fits.
type Draft struct {
	Text  string
	Takes time.Duration // as predicted
	Said  []string      // what was chosen, why, and what that does not decide
}

// spare is the share of the time that a plan leaves: predictions are about right, and a
// machine has other things to do.
const spare = 0.2

// Fit takes the largest study whose plan fits the time; takes predicts how long the one
// of a text is. It fails where the smallest does not fit.
func Fit(a Answers, takes func(text string) (time.Duration, error)) (Draft, error) {
	if err := a.Check(); err != nil {
		return Draft{}, err
	}
	sizes := a.sizes()
	limit := time.Duration(float64(a.Time) * (1 - spare))
	known := map[int]time.Duration{}
	var failed error
	long := func(i int) time.Duration {
		if d, is := known[i]; is || failed != nil {
			return d
		}
		d, err := takes(a.text(sizes[i], nil))
		if err != nil {
			failed = err
		}
		known[i] = d
		return d
	}
	beyond := sort.Search(len(sizes), func(i int) bool { return long(i) > limit }) // the first that does not fit
	if failed != nil {
		return Draft{}, failed
	}
	if beyond == 0 {
		return Draft{}, fmt.Errorf("the smallest study, %d seeds of %d epochs, takes about %s here, and %s of %s are planned for; give it more time, or take a smaller network",
			sizes[0].seeds, sizes[0].effort.train, state.Duration(long(0)), state.Duration(limit), state.Duration(a.Time))
	}
	z := sizes[beyond-1]
	d := Draft{Takes: long(beyond - 1)}
	d.Said = a.said(z, d.Takes)
	if need := a.needed(); z.seeds < need {
		for i, o := range sizes {
			if o.seeds == need {
				d.Said = slices.Insert(d.Said, 1, fmt.Sprintf("%d seeds would take about %s.", need, state.Duration(long(i))))
				break
			}
		}
	}
	if failed != nil {
		return Draft{}, failed
	}
	d.Text = a.text(z, d.Said)
	return d, nil
}

// said is what was chosen and why.
func (a Answers) said(z size, takes time.Duration) []string {
	need, claims := a.needed(), a.claims()
	seeds := fmt.Sprintf("%d seeds: ", z.seeds)
	switch {
	case a.File != "":
		seeds += "they repeat the retraining alone, of one network, so that no claim gets a verdict, whatever the number."
	case len(claims) == 0 && z.seeds < need:
		seeds += fmt.Sprintf("fewer than the %d from which on curves have intervals; no claim is tested.", need)
	case len(claims) == 0:
		seeds += "curves have intervals; no claim is tested, as those of the paper about layers are of convolutions."
	case z.seeds < need:
		seeds += fmt.Sprintf("fewer than the %d that a verdict on %s needs, so that this study decides nothing.", need, strings.Join(claims, " and "))
	default:
		seeds += fmt.Sprintf("a verdict on %s needs %d.", strings.Join(claims, " and "), need)
	}
	retrained, pruned := a.ratios(z)
	ratios := fmt.Sprintf("%d ratios, %s, with and without retraining", len(retrained), numbers(retrained))
	if len(pruned) > 0 {
		ratios = fmt.Sprintf("%d ratios for each layer without retraining, %d of them with it: %s", len(pruned), len(retrained), numbers(retrained))
	}
	images := "all training images"
	if z.effort.images < a.Info.Train-a.validation() {
		images = fmt.Sprintf("%d of the training images", z.effort.images)
	}
	epochs := fmt.Sprintf("%d epochs of training and %d of each retraining on %s: ", z.effort.train, z.effort.retrain, images)
	if a.File != "" {
		epochs = fmt.Sprintf("%d epochs of each retraining on %s: ", z.effort.retrain, images)
	}
	switch {
	case z.effort == efforts[0]:
		epochs += "the least, a look at what to expect and not for conclusions."
	case z.effort == efforts[len(efforts)-1]:
		epochs += "as in the built-in studies."
	default:
		epochs += "what the time allows; less than the built-in studies have."
	}
	tuned := fmt.Sprintf("Rates and strengths are those of %s; nobody has tuned them for this study.", a.recipe().from)
	if a.File != "" {
		tuned = "The rate of the retraining is a guess. Images are normalised by the training images; where the network had others, say so in data, as normalise: {mean: [0.49], std: [0.25]}."
	}
	return []string{seeds, ratios + ".", epochs, tuned,
		fmt.Sprintf("Cost: about %s on %d workers of this machine, predicted, of %s.", state.Duration(takes), a.Workers, state.Duration(a.Time)),
		"Command: prunelab run " + a.Out}
}
