package cost

import (
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

	trials []trial.Spec
}

// outcomeBytes is about what an outcome takes on disk beside the bits of its
// evaluations: settings, layers, histograms, history.
const outcomeBytes = 8 << 10

// New measures the machine, with as many workers as are to run the trials, and adds
// these up.
func New(s *study.Study, trials []trial.Spec, workers int) (*Estimate, error) {
	e := &Estimate{Seconds: map[trial.Key]float64{}, trials: trials}
	train, eval := s.TrainSamples(), s.EvaluationSamples()
	starts := map[trial.Key]bool{}
	work := make([]trial.Work, len(trials))
	for i, spec := range trials {
		var err error
		if work[i], err = spec.Work(train, eval); err != nil {
			return nil, err
		}
		e.FLOP += work[i].FLOP
		e.Samples += work[i].Samples
	}
	measured := paces{workers: workers, long: measureTime(e.FLOP), known: map[string]Pace{}}
	for i, spec := range trials {
		p, err := measured.of(spec)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			e.Pace = p
		}
		w := work[i]
		if e.Seconds[spec.Key()], err = p.seconds(spec, w, train, eval); err != nil {
			return nil, err
		}
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
