package weights

import (
	"fmt"

	"prunelab/model/nn"
	"prunelab/model/sparse"
)

// LayerSize is what the weights of a layer, without biases, take in each
// format, as float32 and int32.
type LayerSize struct {
	Name       string
	Kind       nn.Kind
	Rows, Cols int
	Left       int           // weights that are left
	Zeros      int           // of these, exactly zero
	Sizes      []sparse.Size // in the order of sparse.Formats
	BreakEven  []float64     // likewise: the density up to which a format is smaller than the dense matrix
	K          int           // bits of a code of the relative index
	Fillers    int           // that it really has
	Expected   float64       // fillers, were the weights left at random places
}

// Density is the fraction of weights that are left.
func (s LayerSize) Density() float64 { return float64(s.Left) / float64(s.Rows*s.Cols) }

// Sizes returns what each layer takes, under the mask that it really has.
func Sizes(net *nn.Network, b Bits) ([]LayerSize, error) {
	var all []LayerSize
	for _, a := range net.Affines() {
		m, err := a.CSR()
		if err != nil {
			return nil, err
		}
		s := LayerSize{Name: a.Name, Kind: a.Kind, Rows: m.Rows, Cols: m.Cols, Left: m.Stored(), K: b.of(a.Kind, m)}
		for _, v := range m.Val {
			if v == 0 {
				s.Zeros++
			}
		}
		s.Fillers = m.Fillers(s.K)
		if s.Left > 0 {
			s.Expected = float64(s.Left) * sparse.ExpectedFillers(s.Density(), s.K)
		}
		w := sparse.FileWidths(s.K)
		if s.Sizes, err = sparse.Sizes(m, w); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		for _, f := range sparse.Formats() {
			at, err := sparse.BreakEven(f, m.Rows, m.Cols, w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Name, err)
			}
			s.BreakEven = append(s.BreakEven, at)
		}
		all = append(all, s)
	}
	return all, nil
}
