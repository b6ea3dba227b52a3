package sparse

// What a caller can do wrong.
const (
	badVector   = "sparse: length of a vector does not fit the matrix"
	badK        = "sparse: bits of a code are not 1 to 16"
	badDensity  = "sparse: density is not in [0, 1]"
	badMask     = "sparse: the mask removes a weight that is not zero"
	badRelative = "sparse: not a relative index"
)
