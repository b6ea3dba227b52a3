package weights

import (
	"fmt"
	"strconv"
	"strings"

	"prunelab/model/nn"
	"prunelab/model/sparse"
)

// Bits are the bits of a code of a relative index, by kind of layer; 0 takes
// for each layer those that make it smallest.
type Bits struct{ Conv, Dense int }

// ParseBits reads "best", a number, or one for each kind, as "conv=8,fc=5".
func ParseBits(text string) (Bits, error) {
	fault := fmt.Errorf("bits of a code are best, a number from 1 to %d, or one for each type of layer, as conv=8,fc=5; not %q", sparse.MaxCodeBits, text)
	number := func(s string) (int, error) {
		k, err := strconv.Atoi(s)
		if err != nil || k < 1 || k > sparse.MaxCodeBits {
			return 0, fault
		}
		return k, nil
	}
	var b Bits
	if text == "best" {
		return b, nil
	}
	if k, err := number(text); err == nil {
		return Bits{k, k}, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		kind, value, _ := strings.Cut(part, "=")
		k, err := number(value)
		if err != nil {
			return b, err
		}
		switch {
		case kind == "conv" && b.Conv == 0:
			b.Conv = k
		case kind == "fc" && b.Dense == 0:
			b.Dense = k
		default:
			return b, fault
		}
	}
	return b, nil
}

// of is the number of bits for a layer.
func (b Bits) of(kind nn.Kind, m sparse.CSR) int {
	k := b.Dense
	if kind == nn.KindConv {
		k = b.Conv
	}
	if k == 0 {
		k = m.BestCode(32)
	}
	return k
}
