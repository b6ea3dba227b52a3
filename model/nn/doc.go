// Package nn builds small feed-forward networks and runs them forward and
// backward, dense or pruned.
//
//  1. A Config describes a network; Build gives it weights from the streams of
//     a seed.
//  2. Forward takes a batch as features x N, the batch innermost, and returns
//     the logits, classes x N; Backward takes their gradient and leaves the
//     gradients of all weights in Param.Grad.
//  3. Keep puts a mask on the weights of a layer. At a density below
//     SparseBelow the layer then holds and computes the survivors only, so
//     that a step costs what is left; above it, removed weights stay as zeros.
//
// A network is a graph: a layer reads the one before it, or those that it names. Who
// reads whose output is asked of the Topology. Layers that depend on no dense one
// (convolutions, pooling) run on slices of kernel.Lanes samples, whose activations
// stay in cache; the others run on the whole batch. A batch normalisation in training
// needs the whole batch before it can run, forward and backward: it divides the layers
// on slices into regions (plan.go), each of which runs slice by slice. Otherwise it is
// computed along by the layer that it reads.
//
// Package nn knows no loss, no optimizer and no criterion for pruning.
//
// Letters: N samples of a batch, I inputs and O outputs of a layer, K inputs
// of one output (K = I, or channels x window of a convolution).
package nn
