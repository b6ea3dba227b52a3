//go:build hard

package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"prunelab/model/rng"
)

// Packing, packing into a pack and unpacking are killed at random moments, one
// after the other in the same folder. Whatever the moment, every trial is in its
// file or in the pack, byte for byte, and the program finds all; what comes to its
// end leaves nothing behind, and renders what the files did.
func TestKillsWhilePacking(t *testing.T) {
	const seed = 1
	b := newBench(t)
	want, _ := b.undisturbed(t)
	all := b.trials(t, "whole")
	took := map[bool]time.Duration{}
	for _, undo := range []bool{false, true} {
		began := time.Now()
		output(t, b.pack("whole", undo), exitOK)
		took[undo] = time.Since(began)
	}
	same(t, b.trials(t, "whole"), all)

	r := rng.Stream(seed, "kill", "pack")
	kills, between, folders := 0, 0, 0
	for n := count(t, 400, 40); kills < n; folders++ {
		out := fmt.Sprintf("packed-%d", folders)
		if err := os.CopyFS(b.path(out), os.DirFS(b.path("whole"))); err != nil {
			t.Fatal(err)
		}
		// Of some trials a pack is there already.
		later := slices.Sorted(maps.Keys(all))[:r.IntN(len(all))]
		for _, name := range later {
			if err := os.Remove(b.path(out, "trials", name)); err != nil {
				t.Fatal(err)
			}
		}
		output(t, b.pack(out, false), exitOK)
		for _, name := range later {
			if err := os.WriteFile(b.path(out, "trials", name), []byte(all[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, undo := range []bool{false, true, false} {
			// What a kill leaves can make the next one longer than it took at rest: each gets
			// more time than the one before, so that one comes to its end.
			for whole, room := false, 1.1; !whole; room += 0.1 {
				c := b.pack(out, undo)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(room * r.Float64() * float64(took[undo])))
				if err := c.Process.Kill(); err != nil && err != os.ErrProcessDone {
					t.Fatal(err)
				}
				whole = c.Wait() == nil
				files, packed := b.trials(t, out), b.packed(t, out)
				if !whole {
					kills++
					if len(files) > 0 && len(packed) > 0 && len(files) != len(later) {
						between++
					}
				}
				for name, text := range all {
					file, single := files[name]
					line, inPack := packed[name]
					if !single && !inPack || single && file != text || inPack && line != text {
						t.Fatalf("kill %d, undo %v: trial %s was lost or altered: in a file %v, in the pack %v", kills, undo, name, single, inPack)
					}
				}
				if len(files)+len(packed) > 2*len(all) {
					t.Fatalf("kill %d: %d files and %d packed trials of %d", kills, len(files), len(packed), len(all))
				}
			}
			if files, packed := b.trials(t, out), b.packed(t, out); undo && len(packed) > 0 || !undo && len(files) > 0 {
				t.Fatalf("undo %v came to its end and left %d files and %d packed trials", undo, len(files), len(packed))
			}
		}
		output(t, b.command("report", out), exitOK)
		b.complete(t, out, want)
	}
	t.Logf("seed %d: %d kills, %d of them with trials in files and in a pack; %d folders of %d trials, none lost", seed, kills, between, folders, len(all))
	if between == 0 {
		t.Error("no kill was in the middle")
	}
}

// pack packs a folder, or unpacks it.
func (b *bench) pack(out string, undo bool) *exec.Cmd {
	return b.command("pack", out, fmt.Sprintf("--undo=%v", undo))
}

// packed reads the trials of a folder's pack, as other programs do, by the names
// that their files had.
func (b *bench) packed(t *testing.T, out string) map[string]string {
	t.Helper()
	files := map[string]string{}
	f, err := os.Open(b.path(out, "trials.jsonl.gz"))
	if os.IsNotExist(err) {
		return files
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewReader(z); ; {
		text, err := lines.ReadString('\n')
		if err == io.EOF && text == "" {
			return files
		}
		var trial struct{ Outcome struct{ Key string } }
		if err == nil {
			err = json.Unmarshal([]byte(text), &trial)
		}
		if err != nil {
			t.Fatal(err)
		}
		files[trial.Outcome.Key+".json"] = text
	}
}
