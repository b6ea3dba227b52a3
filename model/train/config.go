package train

import (
	"prunelab/model/optim"
	"prunelab/model/regularizer"
)

// Dropout says what rate the dropout layers have.
type Dropout string

// The rules. Adjusted is for retraining: D_r = D_o*sqrt(C_ir/C_io) with the
// connections of the layer that consumes the dropped units before (C_io) and
// after (C_ir) pruning (Han et al. 2015, section 3.2).
const (
	DropoutSame     Dropout = "same"
	DropoutAdjusted Dropout = "adjusted"
	DropoutOff      Dropout = "off"
)

// Start says where a retraining begins.
type Start string

// The starts: the survivors keep their values, take fresh random ones, or
// those they began the first training with.
const (
	StartKeep   Start = "keep"
	StartReinit Start = "reinit"
	StartRewind Start = "rewind"
)

// BatchNorm says which statistics batch normalisation takes in training.
type BatchNorm string

// The rules: those of the batch, which the running ones follow, or the running ones,
// which then stay.
const (
	BatchNormTrain  BatchNorm = "train"
	BatchNormFrozen BatchNorm = "frozen"
)

// Config is one training or retraining.
type Config struct {
	Epochs      int                `json:"epochs"`
	Batch       int                `json:"batch"` // the last partial batch of an epoch is dropped
	Optimizer   optim.Config       `json:"optimizer"`
	Schedule    optim.Schedule     `json:"schedule"`
	Regularizer regularizer.Config `json:"regularizer"`
	Dropout     Dropout            `json:"dropout"`
	BatchNorm   BatchNorm          `json:"batchnorm,omitempty"` // none: train
	Start       Start              `json:"start,omitempty"`     // retraining only
	Frozen      []string           `json:"frozen,omitempty"`    // layers that do not move, biases included
}

// Epoch is what one epoch of training left behind.
type Epoch struct {
	Epoch    int     `json:"epoch"`    // from 1
	Loss     float64 `json:"loss"`     // mean over the epoch's samples, before each step, without penalty
	Accuracy float64 `json:"accuracy"` // likewise
	LR       float64 `json:"lr"`       // at the epoch's last step
}

// History is the course of one training.
type History []Epoch

// Evaluation is how a network does on a number of samples.
type Evaluation struct {
	N       int     `json:"n"`
	Correct int     `json:"correct"`
	Loss    float64 `json:"loss"`           // mean cross-entropy, natural logarithm
	Bits    []byte  `json:"bits,omitempty"` // bit i (lowest first): sample i was classified correctly
	Top     *Top    `json:"top,omitempty"`  // where more than the first answer counts, see TopOf; nil: it does not, or was not recorded
}

// Top is how many samples have the right class among the first K answers.
type Top struct {
	K       int `json:"k"`
	Correct int `json:"correct"`
}

// ManyClasses is from how many classes on the first five answers are counted unasked.
const ManyClasses = 20

// TopOf is how many answers count of a network of so many classes, where so many are
// asked for; 0: the first alone.
func TopOf(asked, classes int) int {
	if asked == 0 && classes >= ManyClasses {
		return 5
	}
	return asked
}

// Accuracy is the fraction of samples classified correctly.
func (e Evaluation) Accuracy() float64 { return float64(e.Correct) / float64(e.N) }
