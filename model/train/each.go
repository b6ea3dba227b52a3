package train

import (
	"context"

	"prunelab/model/dataset"
	"prunelab/model/kernel"
)

// Each visits all images of the set in order, size at a time, normalised as the
// network reads them and without augmentation. x is features x N and holds, as
// labels does, until visit returns; first is the number of its first image.
func Each(ctx context.Context, set *dataset.Set, d *dataset.Splits, size int, visit func(first int, x kernel.Mat, labels []uint8)) error {
	return newBatches(set, d, size).each(ctx, visit)
}
