package nn

import "prunelab/model/dataset"

// Kind is the type of a layer.
type Kind string

// The layers that a network can have.
const (
	KindDense   Kind = "dense"
	KindConv    Kind = "conv"
	KindReLU    Kind = "relu"
	KindDropout Kind = "dropout"
	KindMaxPool Kind = "maxpool"
	KindAvgPool Kind = "avgpool"
	KindFlatten Kind = "flatten"
)

// Config describes a network completely: what it reads, its layers in order
// and how its weights begin. The name that a study uses for it is not part.
type Config struct {
	Input  dataset.Shape `json:"input"`
	Layers []LayerConfig `json:"layers"`
	Init   Init          `json:"init"`
	Source string        `json:"source,omitempty"` // Digest of a network trained elsewhere, which takes the place of the first training; Init then serves fresh weights in retraining only
}

// LayerConfig is one layer; which fields count depends on Kind.
type LayerConfig struct {
	Kind    Kind    `json:"kind"`
	Name    string  `json:"name,omitempty"`    // conv1, conv2, ..., fc1, ...: layers with weights
	Units   int     `json:"units,omitempty"`   // dense: outputs; conv: filters
	Kernel  int     `json:"kernel,omitempty"`  // conv, pools: side of the window
	Stride  int     `json:"stride,omitempty"`  // conv, pools
	Padding int     `json:"padding,omitempty"` // conv: zeros on each side
	Rate    float64 `json:"rate,omitempty"`    // dropout: probability of dropping a value
}

// Init is a rule for the first weights.
type Init string

// The rules: He et al. 2015 (normal, fan-in), Glorot and Bengio 2010
// (uniform), and PyTorch's default (uniform in 1/sqrt(fan-in), biases too).
const (
	InitHe     Init = "he"
	InitGlorot Init = "glorot"
	InitTorch  Init = "torch"
)

// LayerCost is what one layer with weights needs for one sample, dense.
type LayerCost struct {
	Name    string
	Kind    Kind // dense or conv
	Weights int  // without biases
	Biases  int
	MACs    int // multiply-adds of the forward pass
	Outputs int // values it emits
}
