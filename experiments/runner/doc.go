// Package runner runs the trials of a plan.
//
//  1. What the store has is skipped. The others become jobs: the trial whose
//     network others start from, a scan (all prunings without retraining of
//     one network), or a single trial.
//  2. A pool of goroutines takes jobs whose start is there, each job on one
//     goroutine. Each start is computed once and its network kept in the store,
//     between rounds of pruning only while something starts from it.
//  3. A job is claimed first, so that several processes share a plan; what
//     another one is at is looked at again later.
//  4. A long training keeps checkpoints in the store, by the work done, and
//     goes on from the last one when it was stopped.
//  5. Every outcome is published as soon as it is there.
//
// A trial's result depends on its Spec alone: not on the number of goroutines,
// their order, or on whether the run was interrupted. Running never
// aggregates.
package runner
