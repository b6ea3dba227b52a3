package cost

import (
	"testing"
	"time"

	"prunelab/experiments/study"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/train"
)

const small = `name: small
data: {name: mnist, validation: 100}
network: [flatten, {dense: 16}, relu, {dense: 10}]
seeds: 2
train: {epochs: 2, batch: 20, optimizer: {sgd: {lr: 0.1}}}
retrain: {epochs: 1}
sweeps:
  - {targets: [all], ratios: [0.5, 0.9]}
  - {targets: [each], ratios: [0.5, 0.9], retrain: false}
`

func plan(t *testing.T) (*study.Study, trial.Plan) {
	t.Helper()
	lookup := func(string, dataset.Reading) (dataset.Info, error) {
		return dataset.Info{Name: "mnist", Shape: dataset.Shape{C: 1, H: 28, W: 28}, Classes: 10, Train: 500, Test: 100, Digest: "none"}, nil
	}
	s, err := study.Parse("small.yaml", []byte(small), nil, study.Lookup{Data: lookup})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan("generic")
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

// The time left follows from the finished trials of the same kind whose work is
// most alike.
func TestLeft(t *testing.T) {
	_, p := plan(t)
	var done []trial.Outcome
	left := 0.0
	for _, s := range p.Trials {
		w, err := s.Work(400, 100)
		if err != nil {
			t.Fatal(err)
		}
		o := trial.Outcome{Key: s.Key(), Spec: s, Status: trial.Done}
		o.Result.Start = &train.Evaluation{N: 100}
		o.Timing.Samples = w.Samples
		o.Timing.Seconds = map[kind]float64{trainsDense: 100, retrains: 10, prunesOnly: 1}[kindOf(s)]
		if s.Seed == 1 {
			done = append(done, o)
		} else {
			left += o.Timing.Seconds
		}
	}
	if _, ok := Left(p, nil); ok {
		t.Error("an estimate of nothing")
	}
	got, ok := Left(p, done)
	if want := time.Duration(left * float64(time.Second)); !ok || (got-want).Abs() > want/100 {
		t.Errorf("%v left, want %v", got, want)
	}
	// Where no trial of a kind is finished, others tell: a dense network of
	// 100 s is left, and retrainings of half as many epochs, of all weights, of
	// half and of a tenth of them.
	if got, ok := Left(p, done[:1]); !ok || got < 150*time.Second || got > 300*time.Second {
		t.Errorf("from a dense network alone: %v", got)
	}
}

// A trial of the same kind tells more than one of another kind with as much work.
func TestKindsComeFirst(t *testing.T) {
	past := []pastTrial{{retrains, 100, 1000}, {prunesOnly, 1, 1}, {prunesOnly, 4, 12}}
	if got := secondsPerFLOP(past, prunesOnly, 100); got != 3 {
		t.Errorf("%v s a FLOP, want 3", got)
	}
	if got := secondsPerFLOP(past, trainsDense, 100); got != 10 {
		t.Errorf("%v s a FLOP of no known kind, want 10", got)
	}
}

func TestEstimate(t *testing.T) {
	s, p := plan(t)
	e, err := New(s, p.Trials, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Seconds) != len(p.Trials) || e.Samples == 0 || e.FLOP == 0 || e.Pace.Speed(1) <= 0 {
		t.Errorf("%d trials estimated of %d: %+v", len(e.Seconds), len(p.Trials), e)
	}
	for k, seconds := range e.Seconds {
		if seconds <= 0 {
			t.Errorf("trial %s takes %v s", k.Short(), seconds)
		}
	}
	all := 0.0
	for _, seconds := range e.Seconds {
		all += seconds
	}
	whole := time.Duration(all * float64(time.Second))
	if one := e.Total(1); (one - whole).Abs() > time.Microsecond {
		t.Errorf("%v on one core, all trials take %v", one, whole)
	}
	// Two seeds do not depend on each other.
	if two := e.Total(2); two < whole/2-time.Microsecond || two > whole*3/4 {
		t.Errorf("%v on two cores, %v on one", two, whole)
	}
	// Both dense networks are kept, each once.
	const network = 4 * (784*16 + 16*10)
	outcomes := int64(len(p.Trials)) * (outcomeBytes + 3*100/8*4/3)
	if e.Disk != outcomes+2*network {
		t.Errorf("%d bytes, want %d", e.Disk, outcomes+2*network)
	}
}
