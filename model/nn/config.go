package nn

import "prunelab/model/dataset"

// Kind is the type of a layer.
type Kind string

// The layers that a network can have.
const (
	KindDense         Kind = "dense"
	KindConv          Kind = "conv"
	KindReLU          Kind = "relu"
	KindReLU6         Kind = "relu6"     // min(max(0, x), 6)
	KindLeakyReLU     Kind = "leakyrelu" // x where it is positive, Slope x elsewhere
	KindDropout       Kind = "dropout"
	KindMaxPool       Kind = "maxpool"
	KindAvgPool       Kind = "avgpool"
	KindGlobalAvgPool Kind = "globalavgpool" // the mean of each channel
	KindFlatten       Kind = "flatten"
	KindBatchNorm     Kind = "batchnorm"
	KindAdd           Kind = "add"         // the sum of several outputs of one shape
	KindConcat        Kind = "concat"      // the channels of several outputs, one after the other
	KindPad           Kind = "pad"         // zeros around each plane
	KindPadChannels   Kind = "padchannels" // channels of zeros before and after
	KindSubsample     Kind = "subsample"   // every Stride-th pixel of every Stride-th row, the first one included
)

// Config describes a network completely: what it reads, its layers and how its
// weights begin. The name that a study uses for it is not part.
type Config struct {
	Input  dataset.Shape `json:"input"`
	Layers []LayerConfig `json:"layers"` // each after those that it reads; the last one emits the classes
	Init   Init          `json:"init"`
	Source string        `json:"source,omitempty"` // Digest of a network trained elsewhere, which takes the place of the first training; Init then serves fresh weights in retraining only
}

// InputName is the network's input in LayerConfig.Inputs.
const InputName = "input"

// LayerConfig is one layer; which fields count depends on Kind.
type LayerConfig struct {
	Kind   Kind     `json:"kind"`
	Name   string   `json:"name,omitempty"`   // conv1, conv2, ..., fc1, ...: layers with weights, and those that Inputs name
	Inputs []string `json:"inputs,omitempty"` // what it reads; none: the layer before it

	Units       int  `json:"units,omitempty"`        // dense: outputs; conv: filters
	Kernel      int  `json:"kernel,omitempty"`       // conv, pools: side of the window
	KernelWidth int  `json:"kernel_width,omitempty"` // conv: width of the window where it is not Kernel, its height
	Stride      int  `json:"stride,omitempty"`       // conv, pools, subsample
	Padding     int  `json:"padding,omitempty"`      // conv: zeros on each side; pools: cells on each side that no maximum and no mean counts
	Groups      int  `json:"groups,omitempty"`       // conv: the channels and the filters fall into so many parts, each reading its own; 0: one
	NoBias      bool `json:"no_bias,omitempty"`      // dense, conv

	Ceil         bool `json:"ceil,omitempty"`          // pools: windows may reach beyond the padding, as long as they begin before it
	CountPadding bool `json:"count_padding,omitempty"` // avgpool: padding counts as zeros

	Rate     float64 `json:"rate,omitempty"`     // dropout: probability of dropping a value
	Slope    float64 `json:"slope,omitempty"`    // leakyrelu
	Epsilon  float64 `json:"epsilon,omitempty"`  // batchnorm: added to the variance
	Momentum float64 `json:"momentum,omitempty"` // batchnorm: part of a batch in the running statistics
	Plain    bool    `json:"plain,omitempty"`    // batchnorm: without scale and shift

	Top    int `json:"top,omitempty"` // pad: rows and columns of zeros
	Bottom int `json:"bottom,omitempty"`
	Left   int `json:"left,omitempty"`
	Right  int `json:"right,omitempty"`
	Before int `json:"before,omitempty"` // padchannels
	After  int `json:"after,omitempty"`
}

// Init is a rule for the first weights.
type Init string

// The rules: He et al. 2015 (normal, fan-in), Glorot and Bengio 2010
// (uniform), and PyTorch's default (uniform in 1/sqrt(fan-in), biases too).
// Batch normalisation begins with scale 1 and shift 0 under each.
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
	Units   int  // outputs, or filters: rows of the weights
	Biases  int  // one for each unit, or none
	MACs    int  // multiply-adds of the forward pass
	Outputs int  // values it emits
	First   bool // no layer that learns comes before: nothing needs the gradient of its inputs
}

// Validate reports the first thing that keeps the network from being built,
// naming the layer and the sizes that do not fit.
func (c Config) Validate() error {
	_, err := c.Topology()
	return err
}

// Costs returns what each layer with weights needs, in order.
func (c Config) Costs() ([]LayerCost, error) {
	t, err := c.Topology()
	if err != nil {
		return nil, err
	}
	return t.Costs(), nil
}
