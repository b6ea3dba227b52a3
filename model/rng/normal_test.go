package rng_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"prunelab/model/rng"
)

// What was published was drawn so.
func TestNormalIsThatOfAMD64(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("elsewhere math/rand/v2 draws others")
	}
	ours, theirs := rng.Stream(1, "normal"), rng.Stream(1, "normal")
	far := 0
	for i := range 1_000_000 {
		x, want := rng.Normal(ours), theirs.NormFloat64()
		if x != want {
			t.Fatalf("draw %d is %v, want %v", i, x, want)
		}
		if x > 3.45 || x < -3.45 {
			far++
		}
	}
	if far < 100 {
		t.Errorf("%d draws from the tail", far)
	}
}

func TestNormalEverywhere(t *testing.T) {
	r, h := rng.Stream(2, "normal"), sha256.New()
	for range 100_000 {
		_ = binary.Write(h, binary.LittleEndian, rng.Normal(r))
	}
	if got := fmt.Sprintf("%x", h.Sum(nil))[:16]; got != "f5fd2147780423f6" {
		t.Errorf("digest %s, was f5fd2147780423f6", got)
	}
}
