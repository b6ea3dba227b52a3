// Package saliency predicts what a pruning costs without measuring accuracy.
//
//  1. Gradients gives the first two moments of each weight's gradient; Taylor
//     and Fisher turn them into the predicted change of the loss.
//  2. Outputs compares the pruned network's answers and its layers' outputs
//     with the whole network's.
//
// Everything is computed on the images that the caller gives, which are never
// those of a test. Package saliency neither chooses what is pruned nor says
// whether a prediction is any good.
//
// Letters: w weights, R the set of weights that a pruning removes, L the
// cross-entropy of one image, g = dL/dw, E the mean over images.
package saliency
