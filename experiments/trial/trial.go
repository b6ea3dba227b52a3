// Package trial defines the unit of an experiment as plain data.
//
//  1. A Spec says everything that determines a trial's result.
//  2. Its Key is the hash of that, so equal trials are one trial.
//  3. An Outcome is what running it gave.
//  4. A Plan says which trials a study needs and what each means there.
//
// Nothing here runs, reads files or aggregates.
package trial

import (
	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/prune"
	"prunelab/model/train"
)

// Schema is the version of the numerics: it rises when any bit of a result
// changes for the same Spec and variant of the kernels. CONTRIBUTING.md says what
// may change bits without that.
const Schema = 1

// Split is the part of the data on which a trial is scored.
type Split string

// The splits.
const (
	Validation Split = "validation"
	Test       Split = "test"
)

// Spec determines a trial: a network is trained, then for each level pruned
// and retrained. No field has a default. Where the network was trained
// elsewhere (Net.Source), Train is empty.
type Spec struct {
	Schema   int            `json:"schema"`
	Data     dataset.Config `json:"data"`
	Net      nn.Config      `json:"net"`
	Train    train.Config   `json:"train"`
	Levels   []Level        `json:"levels,omitempty"`
	Evaluate Split          `json:"evaluate"`
	Top      int            `json:"top,omitempty"` // how many of a network's answers count beside the first; 0: by train.TopOf
	Seed     uint64         `json:"seed"`
}

// Level is one pruning and the retraining after it, which may be absent. A
// level that prunes nothing but retrains is the control.
type Level struct {
	Prune   prune.Config  `json:"prune"`
	Retrain *train.Config `json:"retrain,omitempty"`
	Proxies bool          `json:"proxies,omitempty"` // of a pruning without retraining: predict too what it costs, see Proxies
	// BatchNorm estimates statistics of batch normalisation anew after the pruning,
	// also one of nothing; nil: they stay as saved.
	BatchNorm *train.Reestimation `json:"batchnorm,omitempty"`
}
