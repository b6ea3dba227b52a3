package main

import (
	"fmt"

	"prunelab/experiments/runner"
	"prunelab/experiments/trial"
	"prunelab/model/kernel"
)

type runCmd struct {
	studyFlags
	outFlag
	crewFlags
	Extend bool `help:"Add the trials that the study has and the results folder has not: more seeds, ratios, sweeps or arms. What is there stays; any other difference is refused."`
}

func (*runCmd) Help() string {
	return `What is in the results folder already is not run again, so a run that was
stopped goes on when it is started again. SIGTERM, SIGUSR1 and the first Ctrl-C
stop after the batch at hand, and long trainings go on from there; the second
Ctrl-C stops at once. Nothing loses a finished trial. Several studies are run one
after the other; what goes wrong with one does not keep the others from being run.

A network that was trained elsewhere is pruned with network: {file: NAME}, NAME relative
to the study's file, an ONNX model; or with network: {file: NAME, layers: [...]}, which
describes the layers of a file of safetensors or of torch.save with LAYER.weight and LAYER.bias as PyTorch has them, in F16, BF16, F32 or F64. A prefix of
all names, as module., is found, and layers with other names are where their shapes
tell; what was taken for what is said. What it was trained on has to be normalised here as
there: data: {normalise: {mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26]}} gives
(byte/255 - mean)/std, per channel; train, unless said otherwise, takes those of the
training images, 0..1 gives byte/255 and 0..255 the byte. There is no first training
then; train says what retraining inherits. Exact zeros, more than chance makes, are
taken for weights that were removed; network: {file: NAME, zeros: keep, ...} takes
them for weights like others. Where a layer is called fc, conv or all, targets:
[{layer: fc}] is that layer.

Statistics of batch normalisation are those of the network before pruning;
batchnorm: {images: 1280, batch: 128} on a sweep estimates them anew after
pruning, as the average over batches of training images, and with
retraining: true once more after retraining. A second sweep without it measures
them as saved.

A relative path in a study, of data or of a network, is relative to the study's file.

  prunelab run                                   the built-in studies quick and quick-lenet-5
  prunelab run my-study.yaml --set seeds=3       a study file, with fewer seeds
  prunelab run my-study.yaml --set train.epochs=2 --set arms[0].train.l2=1e-4
  prunelab run layers-cifar-quick --data ~/ml    data sets of your own
  prunelab run quick --arms L2,L1                two of its arms; nothing of the others
  prunelab run quick --out /tmp/q --workers 1    results in /tmp/q
  prunelab run quick my-study.yaml --out /tmp/s  results in /tmp/s/quick and /tmp/s/my-study
  prunelab run my-study.yaml --set seeds=5 --extend   two more seeds in the folder of three`
}

// Run runs the studies one after the other. The exit code is that of the study
// that ended worst.
func (c *runCmd) Run(s *session) error {
	crew, err := c.crew()
	if err != nil {
		return err
	}
	studies, err := c.load(s)
	if err != nil {
		return err
	}
	dirs, err := c.dirs(studies)
	if err != nil {
		return err
	}
	if len(studies) == 1 {
		return c.ofPart(s.run(studies[0], dirs[0], crew, c.Extend), dirs[0])
	}
	worst := exitOK
	for i, one := range studies {
		err := c.ofPart(s.run(one, dirs[i], crew, c.Extend), dirs[i])
		if interrupted(err) {
			return err
		}
		if err != nil {
			err = fmt.Errorf("study %s: %w", one.Name, err)
		}
		if code := s.finish(err); worst == exitOK || worst == exitIncomplete && code != exitOK {
			worst = code
		}
	}
	if worst != exitOK {
		return exit(worst)
	}
	return nil
}

// run runs what is left of a study and renders what there is.
func (s *session) run(one loaded, dir string, crew runner.Config, extend bool) error {
	// A folder may ask for other kernels; the next study does not inherit them.
	variant := kernel.Variant()
	defer func() { _ = kernel.Use(variant) }() // it was in use
	st := s.open(dir)
	plan, known, left, err := s.prepare(one, st, extend)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		known = nil // not for as long as they train
		if err := s.train(one, plan, left, st, crew); err != nil {
			return err
		}
	}
	now, err := st.Plan()
	if err != nil {
		return err
	}
	n := len(now.Trials) - len(plan.Trials)
	if n > 0 {
		s.notice(fmt.Sprintf("%s was extended by %s meanwhile", st.Dir, trial.Counted(n, "trial")))
	}
	if n > 0 || len(left) > 0 {
		if known, err = st.Outcomes(now); err != nil {
			return err
		}
	}
	return s.render(st, now, known, len(left) > 0)
}
