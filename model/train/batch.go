package train

import (
	"context"
	"iter"
	"math/rand/v2"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
	"prunelab/model/nn"
)

// Batches turns images into matrices of features x N, normalised as a network
// reads them, N images at a time. Matrix and labels are the same storage for
// every batch: they hold until the next.
type Batches struct {
	set    *dataset.Set
	splits *dataset.Splits
	x      kernel.Mat
	labels []uint16
	index  []int32
	bytes  []uint8   // augmented images
	fixed  []float32 // N x rows of x, in place of the images; nil: none
}

// NewBatches returns the batches of size images of a set, which is a part of the
// splits.
func NewBatches(set *dataset.Set, d *dataset.Splits, size int) *Batches {
	return &Batches{
		set: set, splits: d,
		x:      kernel.NewMat(set.Shape.Features(), size),
		labels: make([]uint16, size),
		index:  make([]int32, size),
	}
}

// Shuffled yields one epoch: every image once, in the order that the stream order
// draws, augmented from the stream augment where the splits ask for it. Images
// that do not fill a batch are left out. It begins with batch first, from 0, and
// draws for those before all the same.
func (b *Batches) Shuffled(order, augment *rand.Rand, first int) iter.Seq2[kernel.Mat, []uint16] {
	return func(yield func(kernel.Mat, []uint16) bool) {
		n := len(b.labels)
		which := order.Perm(b.set.Len())
		for i := 0; (i+1)*n <= len(which); i++ {
			if i < first && !b.splits.Augments() {
				continue
			}
			x, labels := b.gather(which[i*n:(i+1)*n], augment)
			if i >= first && !yield(x, labels) {
				return
			}
		}
	}
}

// Each visits all images in order, a batch at a time, without augmentation;
// first is the number of the batch's first image.
func (b *Batches) Each(ctx context.Context, visit func(first int, x kernel.Mat, labels []uint16)) error {
	n, size := b.set.Len(), len(b.labels)
	which := make([]int, 0, size)
	for i := 0; i < n; i += size {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		which = which[:0]
		for j := i; j < min(n, i+size); j++ {
			which = append(which, j)
		}
		x, labels := b.gather(which, nil)
		visit(i, x, labels)
	}
	return nil
}

// maxFixed bounds the features of fixed layers, in values; each worker holds
// its own.
const maxFixed = 64 << 20

// fix puts what the first layers of the network emit, as far as they are fixed, in
// the place of the images: it is computed here, once. It returns how many layers
// these are; 0, with the images, when there are none or that is too much to hold.
func (b *Batches) fix(ctx context.Context, net *nn.Network) (int, error) {
	layers := net.Fixed()
	if layers == 0 {
		return 0, nil
	}
	images := NewBatches(b.set, b.splits, evaluationBatch)
	x, _ := images.gather([]int{0}, nil)
	rows := net.Features(x, layers).Rows
	if rows*b.set.Len() > maxFixed {
		return 0, nil
	}
	fixed := make([]float32, b.set.Len()*rows)
	err := images.Each(ctx, func(first int, x kernel.Mat, _ []uint16) {
		h := net.Features(x, layers)
		for k := range rows {
			for j, v := range h.Row(k) {
				fixed[(first+j)*rows+k] = v
			}
		}
	})
	if err != nil {
		return 0, err
	}
	b.fixed, b.x = fixed, kernel.NewMat(rows, len(b.labels))
	return layers, nil
}

// gatherFixed fills the columns of x from fixed features.
func (b *Batches) gatherFixed(x kernel.Mat, which []int) {
	for j, i := range which {
		for k, v := range b.fixed[i*x.Rows : (i+1)*x.Rows] {
			x.Data[k*x.Stride+j] = v
		}
	}
}

// gather returns the images of the given numbers, normalised, and their
// labels; with augmentation when the data asks for it and a stream is given.
func (b *Batches) gather(which []int, augment *rand.Rand) (kernel.Mat, []uint16) {
	features := b.set.Shape.Features()
	x := b.x
	if len(which) != x.Cols {
		x = kernel.Mat{Rows: x.Rows, Cols: len(which), Stride: kernel.Pad(len(which)), Data: x.Data[:x.Rows*kernel.Pad(len(which))]}
	}
	labels, index := b.labels[:len(which)], b.index[:len(which)]
	for j, i := range which {
		labels[j] = b.set.Labels[i]
		index[j] = int32(i)
	}
	if b.fixed != nil {
		b.gatherFixed(x, which)
		return x, labels
	}
	images := b.set.Images
	if augment != nil && b.splits.Augments() {
		if b.bytes == nil {
			b.bytes = make([]uint8, len(b.labels)*features)
		}
		for j, i := range which {
			b.splits.Augment(b.bytes[j*features:(j+1)*features], images[i*features:(i+1)*features], augment)
			index[j] = int32(j)
		}
		images = b.bytes
	}
	kernel.GatherTranspose(x, images, index, features, b.set.Shape.H*b.set.Shape.W, b.splits.Scale, b.splits.Shift)
	return x, labels
}
