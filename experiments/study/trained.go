package study

import (
	"slices"

	"prunelab/model/nn"
	"prunelab/model/prune"

	"prunelab/experiments/trial"
)

// Take gives a study whose network comes from a file that network, which read
// returns for the file as the study names it. Without such a file nothing is
// read. Until then there is no plan, as the content of the network is part of
// every trial.
//
// Pruning counts the weights that the network has lost already, so a ratio
// below that is a fault.
func (s *Study) Take(read func(file string, c nn.Config) (*nn.Network, error)) error {
	if s.File == "" {
		return nil
	}
	net, err := read(s.File, s.Net)
	if err != nil {
		return Faults{s.fileAt.fault("%v", err)}
	}
	for _, w := range s.Sweeps {
		for _, t := range w.Targets {
			if err := s.below(w, t, net); err != nil {
				return err
			}
		}
	}
	if f := s.seedsDiffer(); f != nil {
		return Faults{*f}
	}
	s.Trained = net
	s.Net.Source = net.Digest()
	for i := range s.Arms {
		s.Arms[i].Net.Source = s.Net.Source
	}
	return nil
}

// below reports the first amount of a sweep that asks for fewer weights to be
// removed than the network has lost.
func (s *Study) below(w Sweep, t Target, net *nn.Network) error {
	if w.Rule != prune.ByRatio {
		return nil
	}
	fault := func(ratio float64, gone, size int, what string) error {
		if prune.Count(ratio, size) >= gone {
			return nil
		}
		return Faults{w.at.fault("a ratio of %s removes fewer weights of %s than the network in %s has lost already, %.4g %%; ratios count those too: give larger ones, or network: {zeros: keep}, in a scan --keep-zeros, takes its zeros for weights like others",
			trial.Number(ratio), what, s.File, 100*float64(gone)/float64(size))}
	}
	amounts := w.Amounts
	if w.Iterative != nil {
		amounts = w.Iterative.rounds(w.Amounts)
	}
	for _, amount := range amounts {
		gone, size := 0, 0
		for i, name := range t.Layers {
			p := net.Affine(name).W
			lost := p.Size() - p.Left()
			gone, size = gone+lost, size+p.Size()
			ratio := amount
			switch {
			case w.Given != nil:
				ratio = w.Given[i]
			case w.Iterative != nil:
				ratio = w.Iterative.ratio(name, amount)
			}
			if w.Scope == prune.PerLayer {
				if err := fault(ratio, lost, p.Size(), name); err != nil {
					return err
				}
			}
		}
		if w.Scope == prune.Global {
			if err := fault(amount, gone, size, t.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// seedsDiffer reports several seeds in a study where all of them give the same
// numbers: nothing is drawn.
func (s *Study) seedsDiffer() *Fault {
	draws := func(w Sweep) bool { return w.Retrain || w.Criterion.Draws() }
	if len(s.Seeds) < 2 || slices.ContainsFunc(s.Sweeps, draws) {
		return nil
	}
	f := s.fileAt.fault("with a network from a file and no retraining all %d seeds give the same numbers; say seeds: 1", len(s.Seeds))
	return &f
}
