package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"prunelab/experiments/trial"
)

// sealed gives a content the digest that it should have, so that a fuzzer comes
// past that.
func sealed(kind string, body []byte) []byte {
	sum := sha256.Sum256(body)
	return []byte(opening + hex.EncodeToString(sum[:]) + middle(kind) + string(body) + ending)
}

// killers are contents that made readers of JSON take much memory or give up.
func killers(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("null"))
	f.Add(bytes.Repeat([]byte("["), 20_000))
	f.Add(bytes.Repeat([]byte(`{"a":`), 20_000))
	f.Add([]byte("1e999999999"))
	f.Add([]byte(strings.Repeat("9", 100_000)))
	f.Add([]byte(`{"trials":[null,{}],"cells":[{"key":"../../x"}]}`))
	f.Add([]byte(`{"plan":null,"study":"\ud800"}`))
}

// body is a value as seal writes it.
func body(f *testing.F, value any) []byte {
	f.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// put writes a file of the memory, with its folder.
func put(t *testing.T, s *Store, dir, name string, text []byte) {
	t.Helper()
	if err := s.fs.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	file, err := s.fs.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file is either believed, and then it says the same when it is written
// again, or put aside.
func FuzzOutcome(f *testing.F) {
	killers(f)
	_, all := outcomes(1)
	f.Add(body(f, all[0]))
	f.Add([]byte(opening))
	f.Fuzz(func(t *testing.T, content []byte) {
		s := Open("run", newMemory())
		k := all[0].Key
		for _, text := range [][]byte{content, sealed("outcome", content)} {
			put(t, s, s.Dir.Trials(), s.Dir.Trial(k), text)
			o, ok, err := s.Outcome(k)
			if err != nil {
				t.Fatal(err)
			}
			aside, _ := s.fs.ReadDir(s.Dir.Corrupt())
			if left, _ := s.published(); ok == (len(aside) > 0) || ok != left[k] {
				t.Fatalf("believed: %v, put aside: %v", ok, aside)
			}
			if !ok {
				s = Open("run", newMemory())
				continue
			}
			again, err := seal("outcome", o)
			if err != nil {
				t.Fatal(err)
			}
			var p trial.Outcome
			if err := unseal("outcome", again, &p); err != nil || !SameResult(o, p) {
				t.Fatalf("does not survive: %v", err)
			}
		}
	})
}

// A pack is refused with a word on what to do, or it holds trials that say the same
// when they are unpacked and packed again. Contents are tried as they are,
// compressed, and as trials with their digests; a trial stands beside them.
func FuzzPack(f *testing.F) {
	killers(f)
	_, all := outcomes(3)
	texts := sealedTexts(f, all)
	whole := zipped(f, texts[:2]...)
	f.Add(whole)
	f.Add(whole[:len(whole)-9])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Add(bytes.Join(texts[:2], nil))
	f.Add(bytes.Repeat(texts[0], 2))
	f.Add(body(f, all[1]))
	f.Add([]byte(`{"key":"` + strings.Repeat("../", 21) + `a","spec":{}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, pack := range [][]byte{content, zipped(t, content), zipped(t, sealed("outcome", content))} {
			m := newMemory()
			s := Open("run", m)
			if err := s.Prepare(); err != nil {
				t.Fatal(err)
			}
			put(t, s, "run", s.Dir.Pack(), pack)
			put(t, s, s.Dir.Trials(), s.Dir.Trial(all[2].Key), texts[2])
			done, err := s.Pack()
			if err != nil {
				if !strings.Contains(err.Error(), "run/trials.jsonl.gz") || !strings.Contains(err.Error(), "put back a copy") && !strings.Contains(err.Error(), "with the file moved out of the folder") {
					t.Fatalf("it does not say what to do: %v", err)
				}
				if !bytes.Equal(m.names[s.Dir.Pack()].data, pack) || len(m.names) != 2 {
					t.Fatalf("refused, and yet the files are %v", m.all(""))
				}
				continue
			}
			have, err := s.published()
			if err != nil || len(have) != done.Trials || !have[all[2].Key] {
				t.Fatalf("%d trials of %+v, %v", len(have), done, err)
			}
			again := bytes.Clone(m.names[s.Dir.Pack()].data)
			if _, err := s.Unpack(); err != nil {
				t.Fatal(err)
			}
			if files := m.all(""); len(files) != done.Trials || len(m.all("run/trials/")) != done.Trials {
				t.Fatalf("%+v unpacked: %v", done, files)
			}
			if _, err := s.Pack(); err != nil || !bytes.Equal(m.names[s.Dir.Pack()].data, again) && done.Moved > 0 {
				t.Fatalf("packed again: %v, or it is another", err)
			}
		}
	})
}

// The same of a plan and of what extends it.
func FuzzPlan(f *testing.F) {
	killers(f)
	plan, _ := outcomes(3)
	f.Add(body(f, plan))
	f.Add(body(f, edition{Plan: plan, Study: "name: fuzz\n"}))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range []struct {
			kind string
			name string
		}{{"plan", Dir("run").Plan()}, {"extension", Dir("run").Extension(2)}, {"plan", Dir("run").Extension(2)}} {
			s := Open("run", newMemory())
			put(t, s, "run", c.name, sealed(c.kind, content))
			p, err := s.Plan()
			aside, _ := s.fs.ReadDir(s.Dir.Corrupt())
			if (err == nil) == (len(aside) > 0) {
				t.Fatalf("%s: %v, put aside: %v", c.name, err, aside)
			}
			if err != nil {
				continue
			}
			if _, err := s.Outcomes(p); err != nil {
				t.Fatal(err)
			}
			if err := s.Pin(p, nil); err != nil {
				t.Fatal(err)
			}
			if q, err := s.Plan(); err != nil || !p.Same(q) {
				t.Fatalf("%s: another plan after it was pinned again, %v", c.name, err)
			}
		}
	})
}

// Whatever stands in a claim, somebody is told of it or the job is taken; it
// never ends a run.
func FuzzClaim(f *testing.F) {
	f.Add([]byte(""), "1")
	f.Add([]byte(self().text(3)), "1")
	f.Add([]byte("pid -1\npid 99999999999999999999\nmachine \nbeat -5\n"), "2")
	f.Add([]byte("worker\nbeat 000000000000000000000000009\n\nbeat 1"), "999999999999999999999")
	f.Add(bytes.Repeat([]byte("pid 1\n"), maxClaim), "-1")
	f.Add([]byte("machine "+machine()+"\npid 4611686018427387904\n"), "9223372036854775807")
	f.Add([]byte("0"), "010000000")
	f.Add([]byte("machine "+machine()+"\npid 4611686018427387904\n"), strconv.Itoa(maxGeneration))
	f.Fuzz(func(t *testing.T, text []byte, generation string) {
		if strings.ContainsAny(generation, "/\x00") {
			return // no name of a file
		}
		s := Open("run", newMemory())
		put(t, s, s.Dir.Claims(), s.Dir.Claims()+"/job."+generation, text)
		held, err := s.Holdings()
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range held {
			if h.Beats < 0 || h.Job == "" {
				t.Fatalf("a claim like no other: %+v", h)
			}
		}
		release, err := s.Claim("job")
		if err != nil && generation != strconv.Itoa(maxGeneration) {
			t.Fatal(err)
		}
		if release != nil {
			if err := release(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
