//go:build linux || darwin

package store

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe in the place of a pack is refused, and nobody waits for who writes to it.
func TestPipeIsNoPack(t *testing.T) {
	s, _ := open(t)
	if err := syscall.Mkfifo(s.Dir.Pack(), 0o644); err != nil {
		t.Skip(err)
	}
	_, all := outcomes(1)
	said := make(chan error, 1)
	go func() { _, _, err := s.Outcome(all[0].Key); said <- err }()
	select {
	case err := <-said:
		if err == nil || !strings.Contains(err.Error(), s.Dir.Pack()) || !strings.Contains(err.Error(), "not a regular file") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits")
	}
}
