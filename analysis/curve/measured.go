package curve

// What lies between measured points is read off straight lines, what lies beyond them
// is not read. The unpruned network is a measured point, without a loss, and one rule
// says how far a line from it goes:
//
//   - It is drawn to a first ratio of Near at most (Joined): nearly all of what is known
//     of pruning says that little happens on the way. To one beyond, none is: the curve
//     begins there.
//   - No sparsity within a budget is read off it (Within): below the least that was
//     measured it is only known to be below.
//   - A ratio is recommended there only where the layer was pruned at ratios between,
//     if without retraining, so that how much this disturbs it was measured
//     (recommend.Profile).

// Near is the largest first ratio to which a line from the unpruned network goes.
const Near = 0.5

// Joined reports whether a line goes from the unpruned network to a first ratio.
func Joined(first float64) bool { return first <= Near }
