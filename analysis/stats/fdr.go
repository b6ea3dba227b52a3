package stats

// BenjaminiHochberg returns the adjusted p values of Benjamini and Hochberg
// (1995): the i-th smallest of m is multiplied by m/i, made monotone from the
// largest down. Where those at most q are called found, at most the part q of
// what was found is false, on average, for tests that are independent or that
// tend to err together (Benjamini and Yekutieli 2001). The order is kept.
//
// It is for claims of many studies side by side, those left out beforehand whose
// seeds cannot decide a single claim. A family-wise correction finds nothing
// there: with ten seeds the smallest p is 2/1024, of which forty make 0.08 by Holm's
// method, and by Tarone's where all studies have as many seeds. What n allows does
// not depend on the data, so that leaving claims out for it is no choice by result;
// p of few seeds, which have few values, make the rate smaller than q (the rates
// are simulated in TestSimulationAcrossStudies).
func BenjaminiHochberg(p []float64) []float64 {
	order := ascending(p)
	adjusted := make([]float64, len(p))
	smallest := 1.0
	for i := len(order) - 1; i >= 0; i-- {
		smallest = min(smallest, p[order[i]]*(float64(len(p))/float64(i+1))) // the factor is at least 1, so that no rounding leads below p
		adjusted[order[i]] = smallest
	}
	return adjusted
}
