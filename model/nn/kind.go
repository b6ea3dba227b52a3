package nn

import (
	"fmt"
	"math"
	"slices"

	"prunelab/model/dataset"
)

// kind is what sets one kind of layer apart. It stands in the file of its layer.
type kind struct {
	name     Kind
	example  string                       // of a layer in a study; "": its name
	settings func(*LayerConfig) []Setting // nil: it has none
	unsaid   LayerConfig                  // what its settings are when a study leaves them unsaid
	settle   func(*LayerConfig)           // settings that follow others, once they are read; nil: none
	words    func(LayerConfig) string     // nil: its name

	fanIn  func(l LayerConfig, in dataset.Shape) int // weights of a unit; nil: it has none
	learns bool                                      // it has parameters
	joins  bool                                      // it reads several outputs
	planes bool                                      // it needs planes, which end at a dense layer

	emits    func(l LayerConfig, ins []dataset.Shape) (dataset.Shape, error) // nil: the shape that it reads
	build    func(n *Network, i int, p node) Layer                           // layer i of a network
	places   func(t *Topology, n node, from way) []int                       // where channels of what it reads come out; nil: where they went in
	constant func(l LayerConfig, c float32) (float32, bool)                  // see LayerConfig.Constant; nil: c
}

// kinds are all of them, in the order in which messages list them.
var kinds []kind

func init() { // not where it is declared: a kind's functions read it
	kinds = []kind{
		conv, dense, relu, relu6, leakyReLU, dropout, maxPool, avgPool, globalAvgPool, flatten,
		batchNorm, add, concat, pad, padChannels, subsample,
	}
}

// Kinds lists the kinds of layers.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i, k := range kinds {
		all[i] = k.name
	}
	return all
}

// kind returns what sets the layer's kind apart, and nothing of one that there is not.
func (l LayerConfig) kind() kind {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == l.Kind })
	if i < 0 {
		return kind{}
	}
	return kinds[i]
}

// Unsaid is a layer of the kind with the settings that it has when a study says none.
func (k Kind) Unsaid() LayerConfig {
	l := LayerConfig{Kind: k}.kind().unsaid
	l.Kind = k
	return l
}

// Example is a layer of the kind as a study writes it.
func (k Kind) Example() string {
	if e := (LayerConfig{Kind: k}).kind().example; e != "" {
		return e
	}
	return string(k)
}

// Setting is a setting of a layer as studies write it.
type Setting struct {
	Key    string
	Value  any  // where it is kept: *int, *float64, *bool or, names of layers, *[]string
	Not    bool // of a *bool: its opposite is kept
	Needed bool // a study has to say it
	Alone  bool // it may stand for the settings, as in {dense: 300}
	Always bool // it is printed even where it is what it is unsaid

	Least, Most int      // of an *int
	Within      Interval // of a *float64
	Rounded     bool     // of a *float64: to the digits that count in a Spec
	Also        []*int   // of an *int: what else it is for where it stands alone, and is then at least 1
}

// Interval is where a number lies: between Lo and Hi, each of which is part of it unless it
// is open there.
type Interval struct {
	Lo, Hi         float64
	OpenLo, OpenHi bool
}

// Bounds of what a study says, so that a slip of the pen does not ask for more memory than
// there is.
const (
	mostUnits  = 1 << 16
	mostKernel = 1 << 8
)

var (
	fraction = Interval{Lo: 0, Hi: 1, OpenHi: true}
	positive = Interval{Lo: 0, Hi: math.Inf(1), OpenLo: true, OpenHi: true}
	share    = Interval{Lo: 0, Hi: 1, OpenLo: true}
)

// Has reports whether v lies in the interval.
func (i Interval) Has(v float64) bool {
	return (v > i.Lo || v == i.Lo && !i.OpenLo) && (v < i.Hi || v == i.Hi && !i.OpenHi)
}

func (i Interval) String() string {
	left, right := "[", "]"
	if i.OpenLo {
		left = "("
	}
	if i.OpenHi {
		right = ")"
	}
	return fmt.Sprintf("%s%v, %v%s", left, i.Lo, i.Hi, right)
}

// Outside is the fault of a number that does not lie in the interval.
func (i Interval) Outside() string {
	if math.IsInf(i.Hi, 1) && i.OpenLo {
		return fmt.Sprintf("has to be greater than %v", i.Lo)
	}
	return "is outside " + i.String()
}

// Settings are those of the layer's kind, kept in l.
func (l *LayerConfig) Settings() []Setting {
	if of := l.kind().settings; of != nil {
		return of(l)
	}
	return nil
}

// Settle completes a layer whose settings have been read.
func (l *LayerConfig) Settle() {
	if settle := l.kind().settle; settle != nil {
		settle(l)
	}
}

// String words the layer: conv1 20@5×5.
func (l LayerConfig) String() string {
	if words := l.kind().words; words != nil {
		return words(l)
	}
	return string(l.Kind)
}

// Constant is what a value that is always c, in all of a channel's cells, is behind the
// layer; false where it is not one value, or depends on others or on the statistics of a
// batch.
func (l LayerConfig) Constant(c float32) (float32, bool) {
	if constant := l.kind().constant; constant != nil {
		return constant(l, c)
	}
	return c, true
}

// HasWeights reports whether the layer is a linear map, dense or a convolution.
func (l LayerConfig) HasWeights() bool { return l.kind().fanIn != nil }

// Learns reports whether the layer has parameters: a linear map or a batch
// normalisation. Such a layer has a name.
func (l LayerConfig) Learns() bool { return l.kind().learns }

// Joins reports whether the layer reads several outputs.
func (l LayerConfig) Joins() bool { return l.kind().joins }

// Emits returns the shape of the layer's output for inputs of the given shapes;
// flat says that a dense layer came before.
func (l LayerConfig) Emits(ins []dataset.Shape, flat bool) (dataset.Shape, error) {
	in, k := ins[0], l.kind()
	switch {
	case k.name == "":
		return in, fmt.Errorf("unknown kind of layer")
	case k.joins && len(ins) < 2:
		return in, fmt.Errorf("it reads one output; inputs names the layers that it joins")
	case !k.joins && len(ins) > 1:
		return in, fmt.Errorf("it reads %d outputs; only add and concat join several", len(ins))
	case k.planes && flat:
		return in, fmt.Errorf("comes after a dense layer; images end there")
	}
	unsaid := l.Kind.Unsaid()
	usual := unsaid.Settings()
	for i, s := range l.Settings() {
		switch v := s.Value.(type) {
		case *int:
			if *v < s.Least && (s.Needed || *v != *usual[i].Value.(*int)) {
				return in, fmt.Errorf("%s %d, at least %d is needed", s.Key, *v, s.Least)
			}
		case *float64:
			if !s.Within.Has(*v) {
				return in, fmt.Errorf("%s %v %s", s.Key, *v, s.Within.Outside())
			}
		}
	}
	if k.emits == nil {
		return in, nil
	}
	return k.emits(l, ins)
}
