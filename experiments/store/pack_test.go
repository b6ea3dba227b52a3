package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// sealedTexts are trials as their files have them.
func sealedTexts(t testing.TB, all []trial.Outcome) [][]byte {
	t.Helper()
	var texts [][]byte
	for _, o := range all {
		text, err := seal("outcome", o)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// zipped compresses lines, whatever they are.
func zipped(t testing.TB, lines ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writePack(&b, lines); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packedStore is a store of so many trials, all of them packed.
func packedStore(t testing.TB, n int) (*Store, *memory, []trial.Outcome) {
	t.Helper()
	m := newMemory()
	s := Open("run", m)
	plan, all := outcomes(n)
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := s.Pin(plan, study(plan)); err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Pack(); err != nil {
		t.Fatal(err)
	}
	return s, m, all
}

// What a pack is needs no program: it is what zcat shows, the files as they were.
func TestPackIsTheFilesInOne(t *testing.T) {
	s, m, all := packedStore(t, 3)
	if left := m.all("trials/"); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
	z, err := gzip.NewReader(bytes.NewReader(m.names[s.Dir.Pack()].data))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	if want := bytes.Join(sealedTexts(t, all), nil); !bytes.Equal(text.Bytes(), want) { // their seeds ascend
		t.Errorf("it says\n%s\nthe files said\n%s", text.Bytes(), want)
	}
}

// The bytes of a pack depend on its trials, not on the order in which they came
// or on how often they were packed, and the order puts those of a seed together.
func TestSameTrialsGiveTheSamePack(t *testing.T) {
	_, m, all := packedStore(t, 4)
	want := m.names["run/trials.jsonl.gz"].data
	for _, order := range [][]int{{3, 2, 1, 0}, {1, 3, 0, 2}} {
		m := newMemory()
		s := Open("run", m)
		if err := s.Prepare(); err != nil {
			t.Fatal(err)
		}
		for _, i := range order {
			if err := s.Publish(all[i]); err != nil {
				t.Fatal(err)
			}
			if done, err := s.Pack(); err != nil || done.Moved != 1 {
				t.Fatalf("%+v, %v", done, err)
			}
		}
		if !bytes.Equal(m.names[s.Dir.Pack()].data, want) {
			t.Errorf("packed one by one in the order %v, the bytes are others", order)
		}
		done, err := s.Pack()
		if err != nil || done.Moved != 0 || done.Trials != 4 || done.Size != int64(len(want)) {
			t.Errorf("again: %+v, %v", done, err)
		}
	}
	var members []member
	for _, seed := range []uint64{2, 1} {
		for _, schema := range []int{1, 2} {
			spec := trial.Spec{Schema: schema, Seed: seed}
			members = append(members, member{spec.Key(), spec, fmt.Append(nil, seed, schema)})
		}
	}
	if got := string(bytes.Join(arrange(members), []byte{','})); got != "1 1,1 2,2 1,2 2" {
		t.Errorf("arranged as %s", got)
	}
}

// Whatever of a folder is asked for, it answers from the pack as from the files.
func TestPackedFolderReadsAsBefore(t *testing.T) {
	s, m, all := packedStore(t, 3)
	plan, err := s.Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, Open("run", m), Inspect("run", m, func(name string, why error) { t.Errorf("%s: %v", name, why) })} {
		got, err := s.Outcomes(plan)
		if err != nil || !slices.EqualFunc(got, all, SameResult) {
			t.Fatalf("%d outcomes, %v", len(got), err)
		}
		if left, err := s.Unfinished(plan); err != nil || len(left) > 0 {
			t.Errorf("%d unfinished, %v", len(left), err)
		}
		c, err := s.Check(plan)
		if err != nil || c.Trials != 3 || len(c.Strange) > 0 {
			t.Errorf("checked %+v, %v", c, err)
		}
		c, err = s.Check(trial.Plan{})
		if want := []string{"run/trials.jsonl.gz, line 1", "run/trials.jsonl.gz, line 2", "run/trials.jsonl.gz, line 3"}; err != nil || !slices.Equal(slices.Sorted(slices.Values(c.Strange)), want) {
			t.Errorf("strange are %v, %v", c.Strange, err)
		}
		if where := s.Where(all[1].Key); where != "run/trials.jsonl.gz, line 2" {
			t.Errorf("it is in %s", where)
		}
	}
	again := all[0]
	again.Timing.Seconds = 3
	if err := s.Publish(again); err != nil {
		t.Errorf("the same result again: %v", err)
	}
	again.Status = trial.Diverged
	if err := s.Publish(again); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "the first is in run/trials.jsonl.gz, line 1") {
		t.Errorf("another result: %v", err)
	}
	if left := m.all("trials/"); len(left) > 0 {
		t.Errorf("files beside the pack: %v", left)
	}
	for _, o := range all {
		if err := s.SaveCheckpoint(o.Key, 1, func(w io.Writer) error { _, err := w.Write([]byte("x")); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Prepare(); err != nil || len(m.all("checkpoints/")) > 0 {
		t.Errorf("checkpoints of packed trials are left: %v, %v", m.all("checkpoints/"), err)
	}
}

// Packing and unpacking on a disk, by stores that know nothing of each other.
func TestPackOnDisk(t *testing.T) {
	s, told := open(t)
	_, more := outcomes(6)
	all := more[:5]
	for _, o := range all {
		if err := s.Publish(o); err != nil {
			t.Fatal(err)
		}
	}
	before := map[string]string{}
	names, err := filepath.Glob(filepath.Join(s.Dir.Trials(), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = string(text)
	}
	readable := func(when string) {
		t.Helper()
		for _, o := range all {
			if got, ok, err := s.Outcome(o.Key); err != nil || !ok || !SameResult(got, o) {
				t.Errorf("%s: trial %s: %v, %v", when, o.Key.Short(), ok, err)
			}
		}
	}
	other := Open(string(s.Dir), Disk{})
	readable("at first")
	if done, err := other.Pack(); err != nil || done.Trials != 5 || done.Moved != 5 || done.Size == 0 {
		t.Fatalf("packed %+v, %v", done, err)
	}
	readable("packed by another")
	if names, _ := filepath.Glob(filepath.Join(s.Dir.Trials(), "*")); len(names) > 0 {
		t.Errorf("left %v", names)
	}
	all = more
	if err := other.Publish(all[5]); err != nil {
		t.Fatal(err)
	}
	if done, err := other.Pack(); err != nil || done.Trials != 6 || done.Moved != 1 {
		t.Fatalf("packed %+v, %v", done, err)
	}
	readable("packed again")
	if done, err := other.Unpack(); err != nil || done.Trials != 6 || done.Moved != 6 {
		t.Fatalf("unpacked %+v, %v", done, err)
	}
	readable("unpacked by another")
	for name, text := range before {
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("%s: %v, %q, was %q", name, err, got, text)
		}
	}
	if _, err := os.Stat(s.Dir.Pack()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the pack is there: %v", err)
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}
