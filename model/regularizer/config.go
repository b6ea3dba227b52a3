package regularizer

// Config is a penalty on the weights (never on biases). L2 adds L2*w to the
// gradient, that is L2/2*||w||^2 to the loss; L1 adds L1*sign(w), with
// sign(0) = 0, or, when Proximal, shrinks by soft thresholding after the step.
// Both may be zero: no regularization.
type Config struct {
	L1       float64 `json:"l1,omitempty"`
	L2       float64 `json:"l2,omitempty"`
	Proximal bool    `json:"proximal,omitempty"`
}
