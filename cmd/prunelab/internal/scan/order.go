package scan

import (
	"fmt"
	"strings"

	"prunelab/model/dataset"
)

// Order is another order of the classes, in which a network's answers would mostly be right.
type Order struct {
	Outputs []int // the label of each output
	Right   int   // of Images
	Images  int
}

// Reordered finds such an order from the counts of answers, [label][answer]: each class is
// mostly taken for one other, no two for the same, and so more than half of the images are.
// ok is false where there is none but that of the labels.
func Reordered(counts [][]int) (o Order, ok bool) {
	o.Outputs = make([]int, len(counts))
	for k := range o.Outputs {
		o.Outputs[k] = -1
	}
	for label, answers := range counts {
		best := -1
		for answer, n := range answers {
			o.Images += n
			if n > 0 && (best < 0 || n > answers[best]) {
				best = answer
			}
		}
		if best < 0 || best >= len(o.Outputs) || o.Outputs[best] >= 0 {
			return o, false
		}
		o.Outputs[best] = label
		o.Right += answers[best]
		ok = ok || best != label
	}
	return o, ok && 2*o.Right > o.Images
}

// listed is how many outputs are listed.
const listed = 20

// Advice says what the answers look like, and what to do.
func (o Order) Advice(set *dataset.Set) string {
	var names []string
	for _, label := range o.Outputs[:min(listed, len(o.Outputs))] {
		name := fmt.Sprint(label)
		if label < len(set.Names) {
			name = set.Names[label]
		}
		names = append(names, name)
	}
	if more := len(o.Outputs) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	do := "labels are numbers here: give the images as images:DIR, in a folder for each class, and --classes FILE with a folder's name on each line in this order"
	if set.Names != nil {
		do = "--classes FILE, with a folder's name on each line in this order, says so"
	}
	return fmt.Sprintf("it looks as if the classes had another order: each of them is mostly taken for one other, and %d of %d images would be classified correctly if the outputs, from the first on, were %s; if that is the order where the network comes from, %s",
		o.Right, o.Images, strings.Join(names, ", "), do)
}
