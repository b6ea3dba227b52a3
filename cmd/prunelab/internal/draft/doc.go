// Package draft writes a study from four answers: which network, on which data, which
// question, and how long it may take.
//
//  1. An Answers is a question about a network and data (answers.go).
//  2. Sizes of a study for it, from a first look to what one would publish, differ in
//     seeds, ratios, epochs and images (size.go).
//  3. The text of each is a study like any other (text.go).
//  4. Fit takes the largest whose plan fits the time on the machine at hand, and says
//     what was chosen, why, and what it does not decide (fit.go).
//
// It trains nothing and writes no file.
package draft
