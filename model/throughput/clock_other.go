//go:build !unix

package throughput

import "time"

// used is the time that has passed: processor time is not at hand.
func used() time.Duration { return passed() }
