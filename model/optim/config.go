package optim

// Method is an optimizer.
type Method string

// The optimizers.
const (
	SGD  Method = "sgd"
	Adam Method = "adam"
)

// Config is an optimizer with its settings.
type Config struct {
	Method   Method  `json:"method"`
	LR       float64 `json:"lr"`
	Momentum float64 `json:"momentum,omitempty"` // sgd: v = momentum*v + g, w = w - lr*v
	Beta1    float64 `json:"beta1,omitempty"`    // adam
	Beta2    float64 `json:"beta2,omitempty"`    // adam
	Epsilon  float64 `json:"epsilon,omitempty"`  // adam
}

// ScheduleKind is the course of the learning rate over training.
type ScheduleKind string

// The schedules.
const (
	Constant ScheduleKind = "constant"
	Steps    ScheduleKind = "steps"   // times Factor at each fraction of the steps in At
	Inverse  ScheduleKind = "inverse" // (1 + Gamma*t)^-Power at step t, Caffe's "inv"
	Cosine   ScheduleKind = "cosine"  // (1 + cos(pi u))/2, u from From at the first step to 1 after the last: Loshchilov and Hutter 2017, without restarts
)

// Schedule says which part of the learning rate holds at which step.
type Schedule struct {
	Kind   ScheduleKind `json:"kind"`
	At     []float64    `json:"at,omitempty"`
	Factor float64      `json:"factor,omitempty"`
	Gamma  float64      `json:"gamma,omitempty"`
	Power  float64      `json:"power,omitempty"`
	From   float64      `json:"from,omitempty"` // in [0, 1)
}
