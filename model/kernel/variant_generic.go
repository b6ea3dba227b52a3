//go:build noasm || !amd64

package kernel

// compiled lists the variants of this build, the widest last.
var compiled = []*variant{generic}
