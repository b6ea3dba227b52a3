// Package stats says how sure one can be of a number that was measured with a
// few seeds.
//
//  1. Every network is trained with several seeds; a seed is one replicate.
//  2. Two settings are compared by the differences of their pairs, a pair
//     sharing its seed: Compare.
//  3. The test is the exact sign-flip test, the interval Student's t. The
//     bootstrap beside it is descriptive: with fewer than twenty seeds it
//     covers less than it claims.
//  4. The claims of one study are a family and are corrected together by Holm's
//     method, those of many studies side by side by Benjamini and Hochberg's. A
//     comparison that finds nothing says what it could have found.
//  5. What is drawn over the amounts of pruning, accuracies and their losses, is
//     estimated on the scale of log odds, with intervals that hold together:
//     AccuracyBand, LossBand.
//  6. Images are a sample as well: Crossed is over seeds and images. One network that
//     is the same for every seed has images alone: Wilson, Agreement.Difference,
//     ImageMean, ImageBand.
//
// All functions are deterministic: where random numbers are needed, they come
// from a stream seeded with a hash of the data. Data that is not finite is an
// error; a level outside (0, 1) is a caller's bug and panics. The package knows
// nothing of networks.
package stats
