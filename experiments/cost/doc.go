// Package cost estimates what trials will take: work, time and disk.
//
//  1. Before anything has run, New trains the network of each trial on noise
//     for a moment, dense and pruned, on as many cores as there will be workers
//     (pace.go), and takes the trials at that pace (estimate.go), each behind what
//     it starts from (schedule.go).
//  2. Of a run that has finished trials, Left takes the others at the speed of
//     the finished ones that are most alike (left.go).
//
// Nothing of it enters a result.
package cost
