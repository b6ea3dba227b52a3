package study

// Claims are the claims that a study may name as primary, in the order in which a
// study that names none takes them. What each says is in package finding.
var Claims = []string{
	"l1-better-before", "l2-better-after", "l1-then-l2-no-better",
	"conv-more-sensitive-before", "conv-more-sensitive-after",
	"conv1-most-sensitive-before", "conv1-most-sensitive-after",
	"local-better-than-uniform", "local-better-than-global",
	"dropout-adjusted-beats-same", "dropout-adjusted-beats-off",
	"iterative-better", "lossless-rate", "half-free", "keeping-better", "magnitude-beats-random",
}
