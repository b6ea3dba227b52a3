// Package kernel holds the float32 arithmetic of training: linear maps, dense
// and sparse, and everything between them.
//
// Activations lie with the batch innermost (see [Mat]), so that one weight is a
// scalar that multiplies a contiguous run of samples. All linear maps follow
// from that:
//
//  1. A dense layer sums over all its inputs, by the GEMM micro-kernel; a sparse
//     layer over a list of them, by SpMM: the same inner loop, a shorter list. What
//     a sparse layer costs is in proportion to the weights that it has.
//  2. A convolution reads its input in place through a list of offsets, one for
//     each weight of a filter and the same for all output positions (an implicit
//     GEMM: no im2col). The sparse convolution is again the shorter list.
//  3. The gradient of a weight is the inner product of two runs, in a sparse layer
//     at the survivors only (SDDMM). The gradient of an input sums over the weights
//     by columns, in a sparse convolution as a transposed convolution.
//  4. Where many gradients of outputs are zero, below a ReLU or a max pooling, dense
//     layers and convolutions compute the other gradients from the rest of them, to
//     the same bits (zero-skipping).
//
// [Dense], [Conv], [SparseDense] and [SparseConv] are the linear maps. They own
// their scratch memory, serve one goroutine each and allocate nothing once they
// have seen a batch. The remaining functions are the parts between two linear
// maps, the loss and the steps of the optimizers.
//
// There are three variants of every kernel: generic Go, AVX2 with FMA, and
// AVX-512; variant.go says what another one has to implement. The widest that the
// machine runs is chosen at start; the environment variable PRUNELAB_KERNEL or
// [Use] force another. The results of one variant are the same bits on every run
// and every machine, those of two variants agree within rounding. What a linear map
// gives for a sample does not depend on the rest of the batch. The package starts
// no goroutines.
//
// It knows nothing of layers with parameters, of masks or of training.
package kernel
