// Package rng derives every random number of prunelab from named streams.
//
// A stream is named by a seed and a list of words that say what it is for:
//
//  1. the seed and the words are hashed with SHA-256, each word with its length;
//  2. the hash seeds a ChaCha8 generator.
//
// Two draws with different purposes are therefore independent, however close
// their seeds are, and no generator state ever has to be saved: what epoch 7
// needs comes from Stream(seed, "order", "7"). Nothing here is global.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Stream returns the generator named by the seed and the purpose. The same
// name gives the same numbers on every machine.
func Stream(seed uint64, purpose ...string) *rand.Rand {
	h := sha256.New()
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], seed)
	h.Write(n[:])
	for _, p := range purpose {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	var key [32]byte
	h.Sum(key[:0])
	return rand.New(rand.NewChaCha8(key))
}
