package cost

import (
	"maps"
	"slices"
	"time"

	"prunelab/experiments/study"
	"prunelab/experiments/trial"
)

// Estimate says what some trials of a study will take.
type Estimate struct {
	Seconds map[trial.Key]float64 // on one core
	FLOP    float64
	Samples int   // trained
	Disk    int64 // bytes
	Pace    Pace  // of the first trial's network
}

// outcomeBytes is about what an outcome takes on disk beside the bits of its
// evaluations: settings, layers, histograms, history.
const outcomeBytes = 8 << 10

// New measures the machine and adds up the trials.
func New(s *study.Study, trials []trial.Spec) (*Estimate, error) {
	e := &Estimate{Seconds: map[trial.Key]float64{}}
	train, eval := s.TrainSamples(), s.EvaluationSamples()
	starts := map[trial.Key]bool{}
	known := paces{}
	for i, spec := range trials {
		p, err := known.of(spec)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			e.Pace = p
		}
		w, err := spec.Work(train, eval)
		if err != nil {
			return nil, err
		}
		if e.Seconds[spec.Key()], err = p.seconds(spec, w, train, eval); err != nil {
			return nil, err
		}
		e.FLOP += w.FLOP
		e.Samples += w.Samples
		e.Disk += outcomeBytes + 3*int64(eval)/8*4/3 // the bits of up to three scores, as base64
		// Networks are kept where others start from them, or all are.
		keeps := spec.StartKey()
		if s.Keep {
			keeps = spec.Key()
		}
		if keeps != "" && !starts[keeps] {
			starts[keeps] = true
			costs, err := spec.Net.Costs()
			if err != nil {
				return nil, err
			}
			for _, c := range costs {
				e.Disk += 4 * int64(c.Weights)
			}
		}
	}
	return e, nil
}

// Total is the time of all trials on so many cores at once.
func (e *Estimate) Total(workers int) time.Duration {
	var sum float64
	for _, k := range slices.Sorted(maps.Keys(e.Seconds)) { // in a fixed order, so that sums repeat
		sum += e.Seconds[k]
	}
	return time.Duration(sum / float64(workers) * float64(time.Second))
}
