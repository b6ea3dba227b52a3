package dataset

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// listed is how many of many are named.
const listed = 5

// oddities say what a user's data have that a network cannot learn from, or that
// makes its accuracy say less.
func oddities(train, test *Set) []string {
	var odd []string
	known, what := train, "training"
	if train.Len() == 0 {
		known, what = test, "test"
	}
	add := func(format string, args ...any) { odd = append(odd, fmt.Sprintf(format, args...)) }
	if none := absent(known); len(none) > 0 {
		hint := ""
		if slices.Equal(none, []int{0}) {
			hint = "; labels that begin with 1 waste an output of the network, so subtract 1 from each"
		}
		add("no %s image has the label %s, of 0 to %d%s", what, named(train, none), train.Classes-1, hint)
	}
	if train.Classes == 1 {
		add("all images are of one class, so that any network is right about all of them")
	}
	for c := range train.Shape.C {
		counts := histogram(known, c)
		if used := slices.IndexFunc(counts[:], func(n int64) bool { return n > 0 }); counts[used] == int64(known.Len()*train.Shape.H*train.Shape.W) {
			add("channel %d of %d is %d at every pixel of every %s image: nothing can be learnt from it", c+1, train.Shape.C, used, what)
		}
	}
	seed := maphash.MakeSeed()
	there := map[uint64]bool{}
	copies := func(s *Set, remember bool) (n int) {
		for i := range s.Len() {
			h := maphash.Bytes(seed, s.Image(i))
			if there[h] {
				n++
			}
			if remember {
				there[h] = true
			}
		}
		return n
	}
	if n := copies(train, true); n > 0 {
		add("%d of the %d training images are the same, pixel by pixel, as another one", n, train.Len())
	}
	if n := copies(test, false); n > 0 {
		add("%d of the %d test images are the same, pixel by pixel, as a training image: accuracy on them says nothing of others", n, test.Len())
	}
	return odd
}

// absent lists the classes that no image of the set has.
func absent(s *Set) []int {
	there := make([]bool, s.Classes)
	for _, l := range s.Labels {
		there[l] = true
	}
	var none []int
	for c, ok := range there {
		if !ok {
			none = append(none, c)
		}
	}
	return none
}

// named lists classes, the first of many.
func named(s *Set, classes []int) string {
	var words []string
	for _, c := range classes[:min(len(classes), listed)] {
		words = append(words, s.Class(c))
	}
	if more := len(classes) - listed; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// Gaps say which classes of the data set have no image in a part that is not
// empty.
func (d *Splits) Gaps() []string {
	var gaps []string
	for _, part := range []struct {
		name string
		set  *Set
	}{{"training", d.Train}, {"validation", d.Valid}, {"test", d.Test}} {
		none := slices.DeleteFunc(absent(part.set), func(class int) bool {
			_, known := slices.BinarySearch(d.never, class)
			return known
		})
		if part.set.Len() > 0 && len(none) > 0 {
			gaps = append(gaps, fmt.Sprintf("the %s split, %d images, has none of %d of the %d classes: %s", part.name, part.set.Len(), len(none), part.set.Classes-len(d.never), named(part.set, none)))
		}
	}
	return gaps
}
