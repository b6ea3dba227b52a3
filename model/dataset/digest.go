package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// newSet returns a set of n blank images.
func newSet(shape Shape, classes, n int) *Set {
	return &Set{Shape: shape, Classes: classes, Images: make([]uint8, n*shape.Features()), Labels: make([]uint16, n)}
}

// contentDigest is the SHA-256, in hex, over shape, classes, numbers of images,
// and the labels and images of both parts, a byte a label and two, the lower
// first, where there are more than 256 classes. The container does not enter.
func contentDigest(train, test *Set) string {
	h := sha256.New()
	fmt.Fprintf(h, "prunelab data set 1\nshape %v classes %d train %d test %d\n", train.Shape, train.Classes, train.Len(), test.Len())
	for _, s := range []*Set{train, test} {
		h.Write(labelBytes(s))
		h.Write(s.Images)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func labelBytes(s *Set) []byte {
	var b []byte
	for _, l := range s.Labels {
		b = append(b, byte(l))
		if s.Classes > 1<<8 {
			b = append(b, byte(l>>8))
		}
	}
	return b
}
