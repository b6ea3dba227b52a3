package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// published returns a data set of one file of the given content, served at the
// mirrors.
func published(b []byte, mirrors ...string) Known {
	sum := sha256.Sum256(b)
	return Known{Name: "toy", Files: []File{{Name: "toy.bin", Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}}, Mirrors: mirrors}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func TestGet(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 5000)
	var requests, resumed atomic.Int32
	good := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("Range") != "" {
			resumed.Add(1)
		}
		http.ServeContent(w, r, "toy.bin", time.Time{}, bytes.NewReader(want))
	})
	gone := serve(t, http.NotFound)
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>")) })
	k := published(want, gone, other, good)
	dir := filepath.Join(t.TempDir(), "a", "toy")
	final, part := filepath.Join(dir, "toy.bin"), filepath.Join(dir, "toy.bin.part")
	var last int64
	d := Download{Client: http.DefaultClient, Progress: func(_ string, done, total int64) {
		if total != int64(len(want)) {
			t.Errorf("total %d", total)
		}
		last = done
	}}
	check := func(what string, requested, continued int32) {
		t.Helper()
		requests.Store(0)
		resumed.Store(0)
		if err := d.Get(context.Background(), k, dir); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got, err := os.ReadFile(final); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
		if _, err := os.Stat(part); err == nil {
			t.Errorf("%s: the partial file is still there", what)
		}
		if last != int64(len(want)) {
			t.Errorf("%s: the last progress was %d of %d", what, last, len(want))
		}
		if requests.Load() != requested || resumed.Load() != continued {
			t.Errorf("%s: %d requests, %d of them for the rest; want %d and %d", what, requests.Load(), resumed.Load(), requested, continued)
		}
	}
	check("from the third mirror", 1, 0)
	check("already there", 0, 0)

	k.Mirrors = []string{good}
	os.Remove(final)
	os.WriteFile(part, want[:12345], 0o644)
	check("continued", 1, 1)
	os.Remove(final)
	os.WriteFile(part, bytes.Repeat([]byte("x"), 12345), 0o644)
	check("continued after a bad beginning", 2, 1)
	os.Remove(final)
	os.WriteFile(part, bytes.Repeat([]byte("x"), len(want)+7), 0o644)
	check("after a partial file that is too long", 1, 0)
	os.Remove(final)
	os.WriteFile(part, want, 0o644)
	check("complete, but not renamed", 0, 0)

	os.WriteFile(final, []byte("mine"), 0o644)
	if err := d.Get(context.Background(), k, dir); err == nil || !strings.Contains(err.Error(), "4 bytes") {
		t.Errorf("a file of the user's that is there: %v", err)
	}
}

func TestGetIgnoresRange(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 5000)
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(want) })
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "toy.bin.part"), want[:777], 0o644)
	if err := (Download{Client: http.DefaultClient}).Get(context.Background(), published(want, plain), dir); err != nil {
		t.Error(err)
	}
}

func TestGetFails(t *testing.T) {
	want := []byte("0123456789")
	cut := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.Write(want[:4])
	})
	endless := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	dir := t.TempDir()
	k := published(want, "http://127.0.0.1:1/", endless, cut)
	err := (Download{Client: http.DefaultClient}).Get(context.Background(), k, dir)
	if err == nil {
		t.Fatal("no error")
	}
	for _, s := range append(k.Mirrors, dir, k.Files[0].SHA256, "10 bytes", "another file") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the error does not say %q:\n%v", s, err)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "toy.bin.part")); string(b) != "0123" {
		t.Errorf("what was received is not kept for the next time: %q", b)
	}
	if _, err := os.Stat(filepath.Join(dir, "toy.bin")); err == nil {
		t.Error("an incomplete file has the final name")
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (Download{Client: http.DefaultClient}).Get(ctx, k, dir); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "continues") {
		t.Errorf("stopped: %v", err)
	}
	if err := (Download{Client: http.DefaultClient}).Get(context.Background(), k, filepath.Join(dir, "toy.bin.part")); err == nil {
		t.Error("a file in place of the folder was no error")
	}
}
