package main

import (
	"net"
	"os"
	"strings"
	"testing"
)

// The address that is printed is one that a browser opens.
func TestWhereAServerIsReached(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skip(err)
	}
	for asked, want := range map[string]string{"127.0.0.1": "127.0.0.1:80", "localhost": "localhost:80", "::1": "[::1]:80", "0.0.0.0": name + ":80", "": name + ":80", "::": name + ":80"} {
		if got := reached(asked, &net.TCPAddr{IP: net.IPv6unspecified, Port: 80}); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

// A command that is asked to stop says what it does then, and speaks of batches where
// there are any.
func TestWhatStopsIsSaid(t *testing.T) {
	for args, want := range map[string]string{"run x": "stopping after the batch at hand", "serve x": "stopping; runs go on", "figure x": "stopping", "": "stopping"} {
		if got := stopping(strings.Fields(args)); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
