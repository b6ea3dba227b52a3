package trial

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"

	"prunelab/model/dataset"
	"prunelab/model/nn"
	"prunelab/model/train"
)

// Status says how a trial ended.
type Status string

// The ends of a trial. Diverged is a result (the loss was not finite); failed
// is a bug or a panic.
const (
	Done     Status = "done"
	Diverged Status = "diverged"
	Failed   Status = "failed"
)

// Outcome is what running a trial left. Result is deterministic; Timing and
// Provenance are not and never reach a table or figure.
type Outcome struct {
	Key        Key        `json:"key"`
	Spec       Spec       `json:"spec"`
	Status     Status     `json:"status"`
	Error      string     `json:"error,omitempty"` // of a trial that failed or diverged: what happened, where
	Result     Result     `json:"result"`
	Timing     Timing     `json:"timing"`
	Provenance Provenance `json:"provenance"`
}

// Result is what a trial measured. Scores that were not measured are nil:
// Pruned of a dense network, Retrained without retraining, and everything
// after the point where a trial diverged.
type Result struct {
	Start     *train.Evaluation `json:"start,omitempty"`     // the network before this level; of a trial without levels: the dense network
	Pruned    *train.Evaluation `json:"pruned,omitempty"`    // right after pruning, before retraining
	Retrained *train.Evaluation `json:"retrained,omitempty"` // after retraining, final epoch
	Layers    []LayerResult     `json:"layers"`              // layers with weights, in the network's order
	Proxies   *Proxies          `json:"proxies,omitempty"`   // where the trial asks for them
	History   train.History     `json:"history,omitempty"`   // of the last training or retraining
	Weights   string            `json:"weights"`             // SHA-256 of the final weights
	Scored    *Scored           `json:"scored,omitempty"`    // of a network from a file, as it came: the classes of the images that it is scored on; nil: not recorded
	Warnings  []string          `json:"warnings,omitempty"`
}

// Scored are the classes of the images that networks are scored on, in the order of the
// bits of an Evaluation.
type Scored struct {
	Labels []byte   `json:"labels"`          // two bytes an image, the lower one first
	Names  []string `json:"names,omitempty"` // of the classes; nil: they have numbers
}

// NewScored are those of a set.
func NewScored(set *dataset.Set) *Scored {
	s := &Scored{Names: set.Names}
	for _, label := range set.Labels {
		s.Labels = binary.LittleEndian.AppendUint16(s.Labels, label)
	}
	return s
}

// Len is the number of images.
func (s *Scored) Len() int { return len(s.Labels) / 2 }

// Class is the class of an image.
func (s *Scored) Class(image int) int { return int(binary.LittleEndian.Uint16(s.Labels[2*image:])) }

// LayerResult is what happened to one layer.
type LayerResult struct {
	Name      string     `json:"name"`
	Kind      nn.Kind    `json:"kind"`
	Size      int        `json:"size"`                // weights without biases
	Requested int        `json:"requested"`           // weights to be removed in all, as the rule counts them
	Removed   int        `json:"removed"`             // weights removed in all
	Zeros     int        `json:"zeros"`               // survivors that are exactly zero at the end
	MACs      int        `json:"macs"`                // multiply-adds a sample, with the removed weights skipped
	DenseMACs int        `json:"dense_macs"`          // multiply-adds a sample of the dense layer
	Std       float64    `json:"std"`                 // of the weights this level pruned from, survivors of earlier levels only
	Threshold *float64   `json:"threshold,omitempty"` // largest |w| removed by this level
	NormStart float64    `json:"norm_start"`          // ||w||_2 before this level
	NormKept  float64    `json:"norm_kept"`           // ||w||_2 of the survivors right after pruning
	NormEnd   float64    `json:"norm_end"`            // ||w||_2 at the end
	L1Start   float64    `json:"l1_start"`            // sum of |w| before this level
	L1End     float64    `json:"l1_end"`              // sum of |w| at the end
	DeadIn    int        `json:"dead_in"`             // units whose inputs are all removed
	DeadOut   int        `json:"dead_out"`            // units whose outputs are all removed
	DeadLeft  *int       `json:"dead_left,omitempty"` // where there are dead units: weights left here that prune.RemoveDead takes out without changing what the network computes; nil: none, or not recorded
	Active    *float64   `json:"active,omitempty"`    // after training or retraining: fraction of its outputs, as the next layer reads them, that are not zero on the evaluated split
	Reads     *float64   `json:"reads,omitempty"`     // likewise the fraction of its inputs; recorded where layers are no chain, in the place of Active
	Dropout   *float64   `json:"dropout,omitempty"`   // rate before this layer in retraining
	Before    *Histogram `json:"before,omitempty"`    // of the weights before this level
	After     *Histogram `json:"after,omitempty"`     // of the survivors at the end
	Kept      []byte     `json:"kept,omitempty"`      // which weights are left at the positions of prune.Sampled, see prune.Sample; nil: all, or not recorded
}

// Histogram counts values in equal bins over [Lo, Hi]; values outside count in
// the outermost bins.
type Histogram struct {
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	Counts []int   `json:"counts"`
	Beyond *[2]int `json:"beyond,omitempty"` // of these, below Lo and above Hi; nil: none by construction, or not recorded
}

// Same reports whether two results of one trial agree in all that both record:
// programs before this one recorded none of Kept, DeadLeft, Beyond, Scored and Top.
func (r Result) Same(o Result) bool {
	if len(r.Layers) != len(o.Layers) {
		return false
	}
	if r.Scored == nil || o.Scored == nil {
		r.Scored, o.Scored = nil, nil
	}
	r.Start, o.Start = sameTop(r.Start, o.Start)
	r.Pruned, o.Pruned = sameTop(r.Pruned, o.Pruned)
	r.Retrained, o.Retrained = sameTop(r.Retrained, o.Retrained)
	r.Layers, o.Layers = slices.Clone(r.Layers), slices.Clone(o.Layers)
	for i := range r.Layers {
		a, b := &r.Layers[i], &o.Layers[i]
		if a.Kept == nil || b.Kept == nil {
			a.Kept, b.Kept = nil, nil
		}
		if a.DeadLeft == nil || b.DeadLeft == nil {
			a.DeadLeft, b.DeadLeft = nil, nil
		}
		a.Before, b.Before = alike(a.Before, b.Before)
		a.After, b.After = alike(a.After, b.After)
	}
	x, errX := json.Marshal(r)
	y, errY := json.Marshal(o)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// sameTop leaves Top out of evaluations of which one does not record it.
func sameTop(a, b *train.Evaluation) (*train.Evaluation, *train.Evaluation) {
	if a == nil || b == nil || a.Top != nil && b.Top != nil {
		return a, b
	}
	x, y := *a, *b
	x.Top, y.Top = nil, nil
	return &x, &y
}

// alike leaves Beyond out of histograms of which one does not record it.
func alike(a, b *Histogram) (*Histogram, *Histogram) {
	if a == nil || b == nil || a.Beyond != nil && b.Beyond != nil {
		return a, b
	}
	x, y := *a, *b
	x.Beyond, y.Beyond = nil, nil
	return &x, &y
}

// Timing is how long the parts took.
type Timing struct {
	Seconds float64 `json:"seconds"` // all of the trial, without the networks it started from
	Samples int     `json:"samples"` // trained in that time
}

// Provenance is where and with what a trial ran.
type Provenance struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Kernel   string `json:"kernel"` // variant of model/kernel
	Platform string `json:"platform"`
	CPU      string `json:"cpu,omitempty"`
	Host     string `json:"host,omitempty"`
	Started  string `json:"started"` // RFC 3339, UTC
}

// Unstamped is the version of a build that does not know its commit.
const Unstamped = "(devel)"

// Stamped reports whether a version says which commit it was built from.
func Stamped(version string) bool {
	return version != "" && version != "unknown" && version != Unstamped
}
