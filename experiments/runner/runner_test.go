package runner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"prunelab/experiments/runner"
	"prunelab/experiments/trial"
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/optim"
	"prunelab/model/prune"
	"prunelab/model/regularizer"
	"prunelab/model/rng"
	"prunelab/model/train"
)

// memory is a Store without files. It fails to publish when full.
type memory struct {
	mu       sync.Mutex
	outcomes map[trial.Key]trial.Outcome
	failed   map[trial.Key]trial.Outcome
	networks map[trial.Key][]byte
	trained  []byte
	claims   map[string]bool
	saved    map[trial.Key][][]byte // checkpoints
	full     error
}

func newMemory() *memory {
	return &memory{outcomes: map[trial.Key]trial.Outcome{}, failed: map[trial.Key]trial.Outcome{}, networks: map[trial.Key][]byte{}, claims: map[string]bool{}, saved: map[trial.Key][][]byte{}}
}

func (m *memory) Outcome(k trial.Key) (trial.Outcome, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.outcomes[k]
	return o, ok, nil
}

func (m *memory) Publish(o trial.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full != nil {
		return m.full
	}
	m.outcomes[o.Key] = o
	return nil
}

func (m *memory) Fail(o trial.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed[o.Key] = o
	return nil
}

func (m *memory) HasNetwork(k trial.Key) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.networks[k] != nil, nil
}

func (m *memory) LoadNetwork(k trial.Key, read func(io.Reader) error) (bool, error) {
	m.mu.Lock()
	b := m.networks[k]
	m.mu.Unlock()
	if b == nil {
		return false, nil
	}
	return true, read(bytes.NewReader(b))
}

func (m *memory) SaveNetwork(k trial.Key, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.networks[k] = b.Bytes()
	return nil
}

func (m *memory) LoadTrained(read func(io.Reader) error) error {
	return read(bytes.NewReader(m.trained))
}

func (m *memory) DropNetwork(k trial.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.networks, k)
	return nil
}

func (m *memory) LoadCheckpoint(k trial.Key, read func(io.Reader) error) (bool, error) {
	m.mu.Lock()
	saved := m.saved[k]
	m.mu.Unlock()
	if len(saved) == 0 {
		return false, nil
	}
	return true, read(bytes.NewReader(saved[len(saved)-1]))
}

func (m *memory) SaveCheckpoint(k trial.Key, _ int, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full != nil {
		return m.full
	}
	m.saved[k] = append(m.saved[k], b.Bytes())
	return nil
}

func (m *memory) DropCheckpoints(k trial.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.saved, k)
	return nil
}

func (m *memory) Claim(job string) (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claims[job] {
		return nil, nil
	}
	m.claims[job] = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.claims, job)
		return nil
	}, nil
}

// results is everything that is compared, as text.
func (m *memory) results(t *testing.T) map[trial.Key]string {
	t.Helper()
	all := map[trial.Key]string{}
	for k, o := range m.outcomes {
		b, err := json.Marshal([]any{o.Spec, o.Status, o.Error, o.Result})
		if err != nil {
			t.Fatal(err)
		}
		all[k] = string(b)
	}
	return all
}

// silent is a Progress that nobody watches.
type silent struct{ published func(trial.Outcome) }

func (silent) Started(runner.Job)  {}
func (silent) Finished(runner.Job) {}
func (s silent) Published(o trial.Outcome) {
	if s.published != nil {
		s.published(o)
	}
}

var shape = dataset.Shape{C: 1, H: 6, W: 6}

// data are noisy images of three classes.
func data(dataset.Config) (*dataset.Splits, error) {
	r := rng.Stream(1, "images")
	set := func(n int) *dataset.Set {
		s := &dataset.Set{Shape: shape, Classes: 3}
		for i := range n {
			s.Labels = append(s.Labels, uint16(i%3))
			for p := range shape.Features() {
				v := 100 + 40*r.NormFloat64()
				if p%3 == i%3 {
					v += 40
				}
				s.Images = append(s.Images, uint8(min(255, max(0, v))))
			}
		}
		return s
	}
	return &dataset.Splits{Train: set(200), Valid: set(90), Test: set(60), Scale: []float32{1. / 40}, Shift: []float32{-2.5}}, nil
}

var recipe = train.Config{
	Epochs: 2, Batch: 20, Dropout: train.DropoutSame,
	Optimizer:   optim.Config{Method: optim.SGD, LR: 0.05, Momentum: 0.9},
	Schedule:    optim.Schedule{Kind: optim.Constant},
	Regularizer: regularizer.Config{L2: 1e-3},
}

func base(seed uint64) trial.Spec {
	return trial.Spec{
		Schema: trial.Schema, Data: dataset.Config{Name: "noise", Validation: 90}, Train: recipe, Evaluate: trial.Validation, Seed: seed,
		Net: nn.Config{Input: shape, Init: nn.InitHe, Layers: []nn.LayerConfig{
			{Kind: nn.KindConv, Units: 3, Kernel: 3, Stride: 1, Name: "conv1"}, {Kind: nn.KindReLU},
			{Kind: nn.KindDropout, Rate: 0.5}, {Kind: nn.KindDense, Units: 10, Name: "fc1"}, {Kind: nn.KindReLU}, {Kind: nn.KindDense, Units: 3, Name: "fc2"}}},
	}
}

func level(ratio float64, retrain *train.Config, layers ...string) trial.Level {
	l := trial.Level{Retrain: retrain}
	if len(layers) > 0 {
		l.Prune = prune.Config{Layers: layers, Criterion: prune.Magnitude, Scope: prune.PerLayer, Rule: prune.ByRatio}
		for range layers {
			l.Prune.Amounts = append(l.Prune.Amounts, ratio)
		}
	}
	return l
}

// plan has two seeds with a scan, one-shot points with their control, and two
// iterated rounds.
func plan() trial.Plan {
	retrain := recipe
	retrain.Dropout, retrain.Epochs = train.DropoutAdjusted, 1
	p := trial.Plan{Schema: trial.Schema}
	for seed := uint64(1); seed <= 2; seed++ {
		p.Trials = append(p.Trials, base(seed))
		for _, levels := range [][]trial.Level{
			{level(0, &retrain)},
			{level(0.5, nil, "fc1")}, {level(0.9, nil, "fc1")}, {level(0.5, nil, "conv1")}, {level(0.8, nil, "conv1", "fc1", "fc2")},
			{level(0.5, &retrain, "conv1", "fc1", "fc2")},
			{level(0.9, &retrain, "conv1", "fc1", "fc2")},
			{level(0.5, &retrain, "conv1", "fc1", "fc2"), level(0.9, &retrain, "conv1", "fc1", "fc2")},
		} {
			s := base(seed)
			s.Levels = levels
			p.Trials = append(p.Trials, s)
		}
	}
	return p
}

func run(t *testing.T, p trial.Plan, m *memory, c runner.Config) runner.Summary {
	t.Helper()
	if c.Progress == nil {
		c.Progress = silent{}
	}
	s, err := runner.Run(context.Background(), p, data, m, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestResultsDoNotDependOnWorkersOrOrder(t *testing.T) {
	var want map[trial.Key]string
	for _, c := range []runner.Config{
		{Workers: 1}, {Workers: 2}, {Workers: 8},
		{Workers: 3, Order: func(jobs []runner.Job) { slices.Reverse(jobs) }},
		{Workers: 2, Order: func(jobs []runner.Job) {
			rng.Stream(1, "shuffle").Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
		}},
	} {
		m := newMemory()
		s := run(t, plan(), m, c)
		if s != (runner.Summary{Trials: 18, Done: 18}) {
			t.Errorf("%d workers: %+v", c.Workers, s)
		}
		got := m.results(t)
		if want == nil {
			want = got
		}
		for k, r := range want {
			if got[k] != r {
				t.Errorf("%d workers: trial %s differs:\n%s\n%s", c.Workers, k.Short(), got[k], r)
			}
		}
	}
}

func TestWhatIsThereIsNotRunAgain(t *testing.T) {
	m := newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	published := 0
	s := run(t, plan(), m, runner.Config{Workers: 2, Progress: silent{func(trial.Outcome) { published++ }}})
	if published != 0 || s != (runner.Summary{Trials: 18, Reused: 18}) {
		t.Errorf("the second run published %d: %+v", published, s)
	}
}

// Where results are found by layer and ratio alone, a network of the same
// layers' names is given those of another.
func TestResultsOfAnotherNetworkAreNotReused(t *testing.T) {
	m := newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	for what, change := range map[string]func(*trial.Spec){
		"width":   func(s *trial.Spec) { s.Net.Layers = slices.Clone(s.Net.Layers); s.Net.Layers[3].Units = 9 },
		"data":    func(s *trial.Spec) { s.Data.Digest = "other images" },
		"penalty": func(s *trial.Spec) { s.Train.Regularizer = regularizer.Config{L1: 1e-4} },
		"split":   func(s *trial.Spec) { s.Evaluate = trial.Test },
	} {
		p := plan()
		p.Trials = p.Trials[:5] // the dense network, a control and a scan
		for i := range p.Trials {
			change(&p.Trials[i])
		}
		if s := run(t, p, m, runner.Config{Workers: 2}); s.Reused != 0 || s.Done != 5 {
			t.Errorf("another %s: %+v", what, s)
		}
	}
}

// A run that stops anywhere and is started again ends with the same results,
// also when the networks that others start from are gone.
func TestInterruptedRunsResume(t *testing.T) {
	whole := newMemory()
	run(t, plan(), whole, runner.Config{Workers: 1})
	want := whole.results(t)
	for _, forget := range []bool{false, true} {
		for stopAfter := 1; stopAfter < 18; stopAfter += 3 {
			m := newMemory()
			ctx, cancel := context.WithCancel(context.Background())
			n := 0
			_, err := runner.Run(ctx, plan(), data, m, runner.Config{Workers: 1, Progress: silent{func(trial.Outcome) {
				if n++; n == stopAfter {
					cancel()
				}
			}}})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("stopped after %d: error %v", stopAfter, err)
			}
			if len(m.outcomes) < stopAfter || len(m.outcomes) == 18 {
				t.Fatalf("stopped after %d: %d outcomes are there", stopAfter, len(m.outcomes))
			}
			if forget {
				clear(m.networks)
			}
			run(t, plan(), m, runner.Config{Workers: 2})
			for k, r := range m.results(t) {
				if want[k] != r {
					t.Errorf("stopped after %d: trial %s differs", stopAfter, k.Short())
				}
			}
			if len(m.outcomes) != 18 {
				t.Errorf("stopped after %d: %d of 18 outcomes at the end", stopAfter, len(m.outcomes))
			}
		}
	}
}

func TestResultsAreWhole(t *testing.T) {
	m := newMemory()
	run(t, plan(), m, runner.Config{Workers: 2})
	for _, o := range m.outcomes {
		r := o.Result
		n := len(o.Spec.Levels)
		if o.Status != trial.Done || r.Start == nil || len(r.Weights) != 64 || len(r.Layers) != 3 {
			t.Fatalf("%+v", o)
		}
		if (n > 0) != (r.Pruned != nil) || (n > 0 && o.Spec.Levels[n-1].Retrain != nil) != (r.Retrained != nil) {
			t.Errorf("%d levels: pruned %v, retrained %v", n, r.Pruned, r.Retrained)
		}
		if n == 0 {
			continue
		}
		start := m.outcomes[o.Spec.StartKey()].Result
		if want := cmpOr(start.Retrained, start.Start); r.Start.Correct != want.Correct {
			t.Errorf("starts with %d right, the trial before it ended with %d", r.Start.Correct, want.Correct)
		}
		pruned := o.Spec.Levels[n-1].Prune
		for i, l := range r.Layers {
			want := 0
			if at := slices.Index(pruned.Layers, l.Name); at >= 0 {
				want = int(math.Round(pruned.Amounts[at] * float64(l.Size)))
			}
			if l.Requested != want || l.Removed != want {
				t.Errorf("%s: requested %d, removed %d, want %d", l.Name, l.Requested, l.Removed, want)
			}
			if l.Removed < start.Layers[i].Removed {
				t.Errorf("%s: fewer weights are removed than before", l.Name)
			}
			total := 0
			for _, c := range l.After.Counts {
				total += c
			}
			if total != l.Size-l.Removed {
				t.Errorf("%s: the histogram holds %d of %d survivors", l.Name, total, l.Size-l.Removed)
			}
		}
		if r.Retrained != nil {
			rate := *r.Layers[1].Dropout
			if want := 0.5 * math.Sqrt(1-float64(r.Layers[1].Removed)/float64(r.Layers[1].Size)); math.Abs(rate-want) > 1e-12 {
				t.Errorf("dropout before fc1 is %v, want %v", rate, want)
			}
		}
	}
}

func cmpOr(a, b *train.Evaluation) *train.Evaluation {
	if a != nil {
		return a
	}
	return b
}

func TestDivergenceIsAnOutcome(t *testing.T) {
	p := plan()
	bad := base(9)
	bad.Train.Optimizer.LR = 1e9
	pruned := bad
	pruned.Levels = []trial.Level{level(0.5, &recipe, "fc1")}
	p.Trials = append(p.Trials, bad, pruned)
	m := newMemory()
	s := run(t, p, m, runner.Config{Workers: 2})
	if s != (runner.Summary{Trials: 20, Done: 20, Diverged: 2}) {
		t.Errorf("%+v", s)
	}
	for _, spec := range []trial.Spec{bad, pruned} {
		o := m.outcomes[spec.Key()]
		if o.Status != trial.Diverged || !strings.Contains(o.Error, "epoch 1") || o.Result.Start != nil || o.Result.Retrained != nil {
			t.Errorf("%+v", o)
		}
	}
	if s := run(t, p, m, runner.Config{Workers: 2}); s != (runner.Summary{Trials: 20, Reused: 20, Diverged: 2}) {
		t.Errorf("again: %+v", s)
	}
}

func TestAPanicEndsOneTrial(t *testing.T) {
	p := plan()
	bad := base(9)
	bad.Train.Schedule.Kind = "neither" // studies are validated; a Spec made by hand is not
	after := bad
	after.Levels = []trial.Level{level(0.5, &recipe, "fc1")}
	p.Trials = append(p.Trials, bad, after)
	m := newMemory()
	s := run(t, p, m, runner.Config{Workers: 2})
	if s != (runner.Summary{Trials: 20, Done: 18, Failed: 2}) {
		t.Errorf("%+v", s)
	}
	if o := m.failed[bad.Key()]; o.Status != trial.Failed || !strings.Contains(o.Error, "unknown schedule") || !strings.Contains(o.Error, "fit.go") {
		t.Errorf("%+v", o)
	}
	if o := m.failed[after.Key()]; !strings.Contains(o.Error, bad.Key().Short()) {
		t.Errorf("%+v", o)
	}
}

func TestAStoreThatFailsStopsTheRun(t *testing.T) {
	m := newMemory()
	m.full = errors.New("disk full")
	_, err := runner.Run(context.Background(), plan(), data, m, runner.Config{Workers: 2, Progress: silent{}})
	if !errors.Is(err, m.full) {
		t.Errorf("error %v", err)
	}
}
