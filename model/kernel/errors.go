package kernel

// What a caller can do wrong.
const (
	badShape  = "kernel: shapes do not match"
	badLength = "kernel: lengths do not match"
	badConv   = "kernel: not a convolution"
	badPool   = "kernel: not a pooling"
	badCSR    = "kernel: not a CSR pattern"
	badStep   = "kernel: steps count from 1"
	badLabel  = "kernel: label is not a class"
	badIndex  = "kernel: index out of range"
)
