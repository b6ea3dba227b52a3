package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Environment names the variable that forces a variant by name.
const Environment = "PRUNELAB_KERNEL"

// variant is one implementation of all kernels.
type variant uint8

const (
	generic variant = iota
	avx2
	avx512
)

var variantNames = [...]string{generic: "generic", avx2: "avx2", avx512: "avx512"}

func (v variant) String() string { return variantNames[v] }

// current is the variant that calls and new layers use; broken is what kept
// the environment from choosing it.
var current, broken = choose(os.Getenv(Environment))

// choose returns the variant of the given name, or the widest that this
// machine runs if there is no name or no such variant.
func choose(name string) (variant, error) {
	best := available[len(available)-1]
	if name == "" {
		return best, nil
	}
	v, err := lookup(name)
	if err != nil {
		return best, fmt.Errorf("%s: %w", Environment, err)
	}
	return v, nil
}

func lookup(name string) (variant, error) {
	i := slices.Index(variantNames[:], name)
	if i < 0 {
		return generic, fmt.Errorf("kernel: unknown variant %q, want one of %s", name, strings.Join(Variants(), ", "))
	}
	if !slices.Contains(available, variant(i)) {
		return generic, fmt.Errorf("kernel: this machine or build does not run variant %q, only %s", name, strings.Join(Variants(), ", "))
	}
	return variant(i), nil
}

// Variant returns the name of the variant in use: generic, avx2 or avx512.
func Variant() string { return current.String() }

// Variants returns the names of the variants that this machine runs, the
// widest last.
func Variants() []string {
	names := make([]string, len(available))
	for i, v := range available {
		names[i] = v.String()
	}
	return names
}

// Use makes the named variant the one in use. Layers made before keep theirs.
// It must not be called while another goroutine is in this package.
func Use(name string) error {
	v, err := lookup(name)
	if err != nil {
		return err
	}
	current, broken = v, nil
	return nil
}

// Check reports whether the environment asked for a variant that cannot run.
// Programs call it at their start.
func Check() error { return broken }
