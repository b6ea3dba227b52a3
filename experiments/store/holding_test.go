package store

import (
	"os"
	"testing"
)

// Holdings name the owner of every job that is claimed, its latest generation
// alone, and whether its process is gone.
func TestHoldings(t *testing.T) {
	s := Open(t.TempDir(), Disk{})
	if h, err := s.Holdings(); err != nil || len(h) != 0 {
		t.Fatalf("before anything is there: %v, %v", h, err)
	}
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	gone := s.owner
	gone.pid = 1 << 30 // more than any process id
	for _, generation := range []int{1, 2} {
		if err := os.WriteFile(s.Dir.Claim("a", generation), []byte(gone.text(7)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	release, err := s.Claim("scan-b")
	if err != nil || release == nil {
		t.Fatalf("the claim was not taken: %v", err)
	}
	h, err := s.Holdings()
	if err != nil {
		t.Fatal(err)
	}
	want := []Holding{
		{Job: "a", Generation: 2, Host: s.owner.host, PID: gone.pid, Beats: 7, Dead: s.owner.machine != ""},
		{Job: "scan-b", Generation: 1, Host: s.owner.host, PID: os.Getpid()},
	}
	if len(h) != 2 || h[0] != want[0] || h[1] != want[1] {
		t.Errorf("holdings %+v, want %+v", h, want)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if h, err := s.Holdings(); err != nil || len(h) != 1 {
		t.Errorf("after the release: %v, %v", h, err)
	}
}
