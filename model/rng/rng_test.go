package rng_test

import (
	"fmt"
	"testing"

	"prunelab/model/rng"
)

// The first numbers of a stream are part of every stored result: a change
// here makes all of them unrepeatable.
func TestStreamIsPinned(t *testing.T) {
	r := rng.Stream(1, "init", "fc1")
	got := [3]uint64{r.Uint64(), r.Uint64(), r.Uint64()}
	want := [3]uint64{0x40d52531104f198c, 0x8b0678974ab47ecc, 0xec3067d4c88f4bdb}
	if got != want {
		t.Errorf("Stream(1, init, fc1) begins %#x, want %#x", got, want)
	}
}

func TestNamesSeparateStreams(t *testing.T) {
	seen := map[uint64]string{}
	for name, r := range map[string]interface{ Uint64() uint64 }{
		"1 a b":    rng.Stream(1, "a", "b"),
		"1 ab":     rng.Stream(1, "ab"),
		"1 b a":    rng.Stream(1, "b", "a"),
		"2 a b":    rng.Stream(2, "a", "b"),
		"1":        rng.Stream(1),
		"1 empty":  rng.Stream(1, ""),
		"1 a b ''": rng.Stream(1, "a", "b", ""),
	} {
		v := r.Uint64()
		if other, dup := seen[v]; dup {
			t.Errorf("streams %q and %q begin alike", name, other)
		}
		seen[v] = name
	}
}

// Seeds do not overlap in later epochs, as they do where an epoch's generator is
// seeded by the sum of both.
func TestSeedsAndEpochsDoNotOverlap(t *testing.T) {
	seen := map[uint64]string{}
	for seed := range uint64(20) {
		for epoch := range 20 {
			what := fmt.Sprintf("seed %d, epoch %d", seed, epoch)
			v := rng.Stream(seed, "train", "order", fmt.Sprint(epoch)).Uint64()
			if other, dup := seen[v]; dup {
				t.Errorf("%s has the order of %s", what, other)
			}
			seen[v] = what
		}
	}
}
