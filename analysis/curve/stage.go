package curve

// Stages are the stages, in time's order.
func Stages() []Stage { return []Stage{Pruned, Retrained} }

// When words a stage.
func When(s Stage) string {
	if s == Pruned {
		return "right after pruning"
	}
	return "after retraining"
}

// BeforeAfter words a stage with regard to the retraining.
func BeforeAfter(s Stage) string {
	if s == Pruned {
		return "before"
	}
	return "after"
}

// AreaRange is the range of sparsity over which the loss is averaged at a stage.
// It was stated before any result was seen: the range decides the sign of
// differences.
func AreaRange(s Stage) (lo, hi float64) {
	if s == Pruned {
		return 0.5, 0.9
	}
	return 0.5, 0.95
}
