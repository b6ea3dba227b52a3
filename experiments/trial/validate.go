package trial

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// Validate reports the first thing that keeps the trial from being run or
// named: an unknown word, a number outside of its range, a layer that the
// network does not have. It does not look at the data.
func (s Spec) Validate() error {
	if s.Data.Name == "" || s.Data.Digest == "" {
		return fmt.Errorf("trial: the data set has no name or no digest")
	}
	if s.Data.Validation < 0 || s.Data.TrainSamples < 0 || s.Data.TestSamples < 0 || s.Data.Crop < 0 {
		return fmt.Errorf("trial: a negative number of images or pixels in %+v", s.Data)
	}
	if of := s.Data.ValidationOf; of != "" && (of != dataset.OfTest || s.Data.Validation == 0) {
		return fmt.Errorf("trial: %d validation images of %q; it can be \"\", the training set, or %s", s.Data.Validation, of, dataset.OfTest)
	}
	if s.Evaluate != Validation && s.Evaluate != Test {
		return fmt.Errorf("trial: evaluate is %q; it can be validation or test", s.Evaluate)
	}
	if s.Evaluate == Validation && s.Data.Validation == 0 {
		return fmt.Errorf("trial: evaluated on a validation split of no images")
	}
	costs, err := s.Net.Costs()
	if err != nil {
		return fmt.Errorf("trial: %w", err)
	}
	if s.Top != 0 {
		t, err := s.Net.Topology()
		if err != nil {
			return fmt.Errorf("trial: %w", err)
		}
		if k := t.Classes(); s.Top < 2 || s.Top >= k || s.Top == train.TopOf(0, k) {
			return fmt.Errorf("trial: of %d classes the first %d answers count; it can be 2 to %d, and 0 for what is the rule", k, s.Top, k-1)
		}
	}
	if s.Net.Source != "" {
		if err := s.given(); err != nil {
			return fmt.Errorf("trial: %w", err)
		}
	} else if err := training(s.Train, costs); err != nil {
		return fmt.Errorf("trial: first training: %w", err)
	}
	if s.Train.Start != "" || s.Train.Dropout == train.DropoutAdjusted {
		return fmt.Errorf("trial: first training: start and adjusted dropout are for retraining")
	}
	for i, l := range s.Levels {
		if err := l.validate(costs); err != nil {
			return fmt.Errorf("trial: level %d: %w", i+1, err)
		}
		if err := l.statistics(s.Net); err != nil {
			return fmt.Errorf("trial: level %d: statistics of batch normalisation: %w", i+1, err)
		}
		if l.Proxies && (i < len(s.Levels)-1 || l.Retrain != nil || l.Prune.Empty()) {
			return fmt.Errorf("trial: level %d: proxies are computed of a last pruning that is not retrained", i+1)
		}
	}
	return nil
}

// given checks a trial whose network was trained elsewhere: how is not known.
func (s Spec) given() error {
	if !reflect.DeepEqual(s.Train, train.Config{}) {
		return fmt.Errorf("the network comes from a file, so there is no first training, but it has settings")
	}
	for i, l := range s.Levels {
		if l.Retrain != nil && l.Retrain.Start == train.StartRewind {
			return fmt.Errorf("level %d: the network comes from a file, so the weights that it began with are not known: start cannot be rewind", i+1)
		}
	}
	return nil
}

func (l Level) validate(costs []nn.LayerCost) error {
	if err := pruning(l.Prune, costs); err != nil {
		return err
	}
	if l.Retrain == nil {
		if l.Prune.Empty() {
			return fmt.Errorf("it neither prunes nor retrains")
		}
		return nil
	}
	if err := training(*l.Retrain, costs); err != nil {
		return fmt.Errorf("retraining: %w", err)
	}
	if !slices.Contains([]train.Start{train.StartKeep, train.StartReinit, train.StartRewind}, l.Retrain.Start) {
		return fmt.Errorf("retraining: start is %q; it can be keep, reinit or rewind", l.Retrain.Start)
	}
	return nil
}

// statistics checks how a level estimates them anew.
func (l Level) statistics(c nn.Config) error {
	switch {
	case l.BatchNorm == nil:
		return nil
	case !slices.ContainsFunc(c.Layers, func(l nn.LayerConfig) bool { return l.Kind == nn.KindBatchNorm }):
		return fmt.Errorf("the network has none")
	case l.BatchNorm.Retraining && l.Retrain == nil:
		return fmt.Errorf("they are to be estimated after a retraining, and there is none")
	}
	return l.BatchNorm.Validate()
}

func training(c train.Config, costs []nn.LayerCost) error {
	if c.Epochs < 1 || c.Batch < 1 {
		return fmt.Errorf("%d epochs with a batch of %d; at least 1 is needed", c.Epochs, c.Batch)
	}
	if err := c.Optimizer.Validate(); err != nil {
		return err
	}
	if err := c.Schedule.Validate(); err != nil {
		return err
	}
	if err := c.Regularizer.Validate(); err != nil {
		return err
	}
	if !slices.Contains([]train.Dropout{train.DropoutSame, train.DropoutAdjusted, train.DropoutOff}, c.Dropout) {
		return fmt.Errorf("dropout is %q; it can be same, adjusted or off", c.Dropout)
	}
	if !slices.Contains([]train.BatchNorm{"", train.BatchNormFrozen}, c.BatchNorm) {
		return fmt.Errorf("batchnorm is %q; it can be frozen, or unsaid for train", c.BatchNorm)
	}
	if len(c.Frozen) == len(costs) {
		return fmt.Errorf("all layers are frozen; nothing would learn")
	}
	return inOrder(c.Frozen, costs)
}

func pruning(c prune.Config, costs []nn.LayerCost) error {
	if c.Empty() {
		if c.Criterion != "" || c.Scope != "" || c.Rule != "" || len(c.Amounts) > 0 {
			return fmt.Errorf("a pruning of no layers has settings, so that it is not named like others")
		}
		return nil
	}
	if err := inOrder(c.Layers, costs); err != nil {
		return err
	}
	if !slices.Contains(prune.Criteria(), c.Criterion) {
		return fmt.Errorf("unknown criterion %q", c.Criterion)
	}
	amounts := len(c.Layers)
	switch c.Scope {
	case prune.PerLayer:
	case prune.Global:
		amounts = 1
	default:
		return fmt.Errorf("unknown scope %q", c.Scope)
	}
	if len(c.Amounts) != amounts {
		return fmt.Errorf("%d amounts where %d are needed", len(c.Amounts), amounts)
	}
	for _, a := range c.Amounts {
		switch {
		case c.Rule == prune.ByRatio && !(a >= 0 && a < 1):
			return fmt.Errorf("ratio %v is outside [0, 1)", a)
		case !atLeast0(a):
			return fmt.Errorf("%s %v has to be finite and at least 0", c.Rule, a)
		}
	}
	switch c.Rule {
	case prune.ByRatio, prune.ByQuality, prune.ByThreshold:
		return nil
	}
	return fmt.Errorf("unknown rule %q", c.Rule)
}

// inOrder checks that the network has the layers, in this order.
func inOrder(layers []string, costs []nn.LayerCost) error {
	next := 0
	for _, name := range layers {
		at := slices.IndexFunc(costs, func(c nn.LayerCost) bool { return c.Name == name })
		if at < 0 {
			return fmt.Errorf("the network has no layer %q", name)
		}
		if at < next {
			return fmt.Errorf("layers %v are not in the network's order, each once", layers)
		}
		next = at + 1
	}
	return nil
}

func atLeast0(v float64) bool { return v >= 0 && !math.IsInf(v, 0) }
