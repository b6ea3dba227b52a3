package trial

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Key identifies a trial by its content: the SHA-256 of the Spec's canonical
// JSON (fields in the order of their declaration, zero values of optional
// fields left out), in hex.
type Key string

// Short is the beginning of a key, for people.
func (k Key) Short() string {
	if len(k) > 12 {
		return string(k[:12])
	}
	return string(k)
}

// Key returns the key of the trial.
func (s Spec) Key() Key { return KeyOf(s.Text()) }

// KeyOf returns the key of the trial whose Spec has the canonical JSON text.
func KeyOf(text string) Key {
	sum := sha256.Sum256([]byte(text))
	return Key(hex.EncodeToString(sum[:]))
}

// Text is the Spec's canonical JSON.
func (s Spec) Text() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("trial: a spec that is not JSON: " + err.Error()) // NaN in a field: a caller's bug, specs are validated
	}
	return string(b)
}

// BaseKey is the key of the dense network that the trial begins with.
func (s Spec) BaseKey() Key { return s.Base().Key() }

// StartKey is the key of the trial whose network this one starts from: the
// same without its last level. A trial without levels starts from nothing.
func (s Spec) StartKey() Key {
	if len(s.Levels) == 0 {
		return ""
	}
	return s.Start().Key()
}

// Retraining counts the epochs of all its retrainings.
func (s Spec) Retraining() int {
	epochs := 0
	for _, l := range s.Levels {
		if l.Retrain != nil {
			epochs += l.Retrain.Epochs
		}
	}
	return epochs
}

// Base is the trial without levels.
func (s Spec) Base() Spec {
	s.Levels = nil
	return s
}

// Replicates reports whether another seed is another experiment. A network that
// comes from a file is the same for every seed until it is retrained or weights
// are drawn.
func (s Spec) Replicates() bool {
	if s.Net.Source == "" {
		return true
	}
	return slices.ContainsFunc(s.Levels, func(l Level) bool { return l.Retrain != nil || l.Prune.Criterion.Draws() })
}

// Start is the trial without its last level.
func (s Spec) Start() Spec {
	s.Levels = s.Levels[: len(s.Levels)-1 : len(s.Levels)-1]
	return s
}

// Fixed counts the points of a plan that are the same for every seed, see Replicates, and
// how many different ones they are.
func (p Plan) Fixed() (points, different int) {
	specs := map[Key]Spec{}
	for _, s := range p.Trials {
		specs[s.Key()] = s
	}
	seen := map[Cell]bool{}
	for _, c := range p.Cells {
		s, ok := specs[c.Key]
		if c.Role != Point || !ok || s.Replicates() {
			continue
		}
		points++
		if c.Seed, c.Key = 0, ""; !seen[c] {
			seen[c] = true
			different++
		}
	}
	return points, different
}
