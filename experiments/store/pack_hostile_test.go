package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// refusesPack checks that nothing is done with a pack but to say what is wrong
// with it and what to do. A trial stands beside it that is fit to be packed.
func refusesPack(t *testing.T, what string, content []byte, says string) {
	t.Helper()
	_, all := outcomes(5)
	single, k := sealedTexts(t, all[4:])[0], all[4].Key
	m := newMemory()
	s := Open("run", m)
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	put(t, s, "run", s.Dir.Pack(), content)
	put(t, s, s.Dir.Trials(), s.Dir.Trial(k), single)
	plan, _ := outcomes(3)
	for name, try := range map[string]func(*Store) error{
		"outcomes": func(s *Store) error { _, err := s.Outcomes(plan); return err },
		"check":    func(s *Store) error { _, err := s.Check(plan); return err },
		"pack":     func(s *Store) error { _, err := s.Pack(); return err },
		"unpack":   func(s *Store) error { _, err := s.Unpack(); return err },
	} {
		err := try(Open("run", m))
		if err == nil {
			t.Errorf("%s: %s takes it", what, name)
			continue
		}
		for _, part := range []string{"run/trials.jsonl.gz", says, "put back a copy"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %s does not say %q: %v", what, name, part, err)
			}
		}
	}
	if !bytes.Equal(m.names[s.Dir.Pack()].data, content) || !bytes.Equal(m.names[s.Dir.Trial(k)].data, single) || len(m.names) != 2 {
		t.Errorf("%s: the files are %v now", what, m.all(""))
	}
}

// Packs that are none, were made to harm, or were made for another program.
func TestHostilePacksAreRefused(t *testing.T) {
	_, all := outcomes(3)
	texts := sealedTexts(t, all)
	whole := zipped(t, texts...)
	key := string(all[1].Key)
	altered := func(from, to string) []byte {
		if len(from) != len(to) {
			t.Fatal(from, to)
		}
		return bytes.ReplaceAll(texts[1], []byte(from), []byte(to))
	}
	other := all[1]
	other.Key = all[0].Key
	plan, err := seal("plan", trial.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what    string
		content []byte
		says    string
	}{
		{"empty", nil, "it is empty"},
		{"no gzip", texts[0], "invalid header"},
		{"a pointer of Git LFS", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "invalid header"},
		{"cut", whole[:len(whole)/2], "unexpected EOF"},
		{"more behind it", append(bytes.Clone(whole), "more"...), "line 4"},
		{"no line feed at the end", zipped(t, texts[0], texts[1][:len(texts[1])-1]), "line 2: its end is missing"},
		{"an empty line", zipped(t, texts[0], []byte("\n")), "line 2: it does not begin like a trial"},
		{"a plan", zipped(t, texts[0], plan), "line 2: it does not begin like a trial"},
		{"any JSON", zipped(t, []byte("{}\n")), "line 1: it does not begin like a trial"},
		{"a path", zipped(t, texts[0], altered(key, "../../../../../../etc/passwd"+key[28:])), "is no key of a trial"},
		{"a key in capitals", zipped(t, altered(key, strings.ToUpper(key))), "is no key of a trial"},
		{"a trial twice", zipped(t, texts[0], texts[1], texts[0]), "line 3: it is trial " + all[0].Key.Short() + ", as line 1 is"},
		{"a count that was changed", zipped(t, texts[0], altered(`"correct":1`, `"correct":9`)), "line 2: its content does not have the digest"},
		{"a trial by the name of another", zipped(t, append(sealedTexts(t, []trial.Outcome{other}), texts[1:]...)...), "line 1: it holds the trial"},
	} {
		refusesPack(t, c.what, c.content, c.says)
	}
	for n := range whole {
		refusesPack(t, fmt.Sprintf("cut at %d", n), whole[:n], "is no whole pack")
	}
}

// A bit that flips is noticed, or it says nothing: of gzip's header the time and
// the system.
func TestFlippedBitsOfAPackAreNoticed(t *testing.T) {
	plan, all := outcomes(3)
	whole := zipped(t, sealedTexts(t, all)...)
	harmless := 0
	for i := range 8 * len(whole) {
		s := Open("run", newMemory())
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		put(t, s, "run", s.Dir.Pack(), b)
		got, err := s.Outcomes(plan)
		if err != nil {
			continue
		}
		harmless++
		for j, o := range got {
			if len(got) != len(all) || !SameResult(o, all[j]) || o.Key != all[j].Key {
				t.Fatalf("bit %d of byte %d is not noticed", i%8, i/8)
			}
		}
	}
	if harmless > 8*10 {
		t.Errorf("%d bits say nothing", harmless)
	}
}

// endless writes as many bytes as it is asked for, compressed.
func endless(t *testing.T, opening string, fill byte, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write([]byte(opening)); err != nil {
		t.Fatal(err)
	}
	part := bytes.Repeat([]byte{fill}, 1<<20)
	for range n >> 20 {
		if _, err := z.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A small file that would be a huge one takes no more memory than a pack may.
func TestPacksThatGrowAreBounded(t *testing.T) {
	_, all := outcomes(2)
	first := sealedTexts(t, all)[0]
	for _, c := range []struct {
		what, opening string
		limit         int64
		fill          byte
		most          uint64 // bytes allocated
	}{
		{"one line without an end", "", maxPack, ' ', 6 * maxOutcome}, // a slice that grows is copied
		{"a trial without an end", string(first[:len(first)-1]), maxPack, ' ', 6 * maxOutcome},
		{"many empty lines", "", maxPack, '\n', 1 << 20},
		{"more than a pack holds", string(first), 4 << 20, ' ', 32 << 20},
	} {
		content := endless(t, c.opening, c.fill, 96<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readPack(bytes.NewReader(content), c.limit)
		runtime.ReadMemStats(&after)
		if err == nil || strings.Contains(c.what, "without an end") && !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v", c.what, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > c.most {
			t.Errorf("%s: %d kB of %d kB were taken for %d", c.what, took>>10, c.most>>10, 96<<10)
		}
	}
}

// A pack that is spoilt while a trial runs does not take that trial with it.
func TestTrialIsKeptBesideASpoiltPack(t *testing.T) {
	s, m, _ := packedStore(t, 2)
	whole := m.names[s.Dir.Pack()]
	m.names[s.Dir.Pack()] = &inode{data: whole.data[:len(whole.data)/2]}
	_, all := outcomes(3)
	if err := s.Publish(all[2]); err == nil || !strings.Contains(err.Error(), "is no whole pack") {
		t.Errorf("published beside half a pack: %v", err)
	}
	m.names[s.Dir.Pack()] = whole
	for _, o := range all {
		if got, ok, err := s.Outcome(o.Key); err != nil || !ok || !SameResult(got, o) {
			t.Errorf("trial %s: %v, %v", o.Key.Short(), ok, err)
		}
	}
}

// All trials together take what a pack may, and no more.
func TestPackHoldsSoMuch(t *testing.T) {
	_, all := outcomes(3)
	texts := sealedTexts(t, all)
	content, n := zipped(t, texts...), int64(len(bytes.Join(texts, nil)))
	if p, err := readPack(bytes.NewReader(content), n); err != nil || len(p.texts) != 3 {
		t.Errorf("%d bytes: %v", n, err)
	}
	if _, err := readPack(bytes.NewReader(content), n-1); !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%d bytes where one fewer is allowed: %v", n, err)
	}
}

// Where a trial is in the pack and beside it, it is the same bytes, or nothing is
// read and nothing removed.
func TestTrialBesideThePackIsTheSameBytes(t *testing.T) {
	s, m, all := packedStore(t, 3)
	twin := all[1]
	twin.Provenance.Host = "elsewhere" // the same result by another run
	same, other := sealedTexts(t, all)[1], sealedTexts(t, []trial.Outcome{twin})[0]
	name := s.Dir.Trial(twin.Key)

	put(t, s, s.Dir.Trials(), name, other)
	pack := bytes.Clone(m.names[s.Dir.Pack()].data)
	for what, try := range map[string]func() error{
		"outcome": func() error { _, _, err := s.Outcome(twin.Key); return err },
		"pack":    func() error { _, err := s.Pack(); return err },
		"unpack":  func() error { _, err := s.Unpack(); return err },
	} {
		err := try()
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "line 2 of "+s.Dir.Pack()) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !bytes.Equal(m.names[name].data, other) || !bytes.Equal(m.names[s.Dir.Pack()].data, pack) {
		t.Error("something was changed")
	}

	m.names[name] = &inode{data: same}
	if o, ok, err := s.Outcome(twin.Key); err != nil || !ok || !SameResult(o, twin) {
		t.Errorf("the same bytes: %v, %v", ok, err)
	}
	if done, err := s.Pack(); err != nil || done.Moved != 0 || len(m.all("trials/")) > 0 {
		t.Errorf("the same bytes packed: %+v, %v, %v", done, err, m.all("trials/"))
	}

	put(t, s, s.Dir.Trials(), name, same[:100])
	if _, err := s.Pack(); err == nil || !strings.Contains(err.Error(), name+" is damaged") || len(m.all("trials/")) != 1 {
		t.Errorf("a damaged file packed: %v", err)
	}
	if _, err := s.Unpack(); err == nil || !strings.Contains(err.Error(), name+" is damaged") {
		t.Errorf("unpacked over a damaged file: %v", err)
	}
	if o, ok, err := s.Outcome(twin.Key); err != nil || !ok || !SameResult(o, twin) || len(m.all("corrupt/")) != 1 {
		t.Errorf("the file beside it is damaged: %v, %v", ok, err)
	}
}
