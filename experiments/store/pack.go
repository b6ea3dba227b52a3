package store

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"

	"prunelab/experiments/trial"
)

// pack is finished trials in one file: the files that they were, each of which is
// a line of JSON, one after the other and compressed by gzip (RFC 1952), so that
// zcat and every language's standard library read it. Neighbours are alike, see
// arrange, as the window of gzip reaches over three trials of 5,000 images.
type pack struct {
	texts [][]byte          // each as seal wrote it, line feed included
	at    map[trial.Key]int // where in texts
	size  int64             // bytes of the file
}

// text is a trial's file, nil when the pack does not have the trial. A nil pack
// has none.
func (p *pack) text(k trial.Key) []byte {
	if p == nil {
		return nil
	}
	if n, ok := p.at[k]; ok {
		return p.texts[n]
	}
	return nil
}

// keys lists the trials that the pack has, in its order.
func (p *pack) keys() []trial.Key {
	if p == nil {
		return nil
	}
	all := make([]trial.Key, len(p.texts))
	for k, n := range p.at {
		all[n] = k
	}
	return all
}

// readPack reads a pack that takes at most limit bytes when it is unpacked. Of
// the trials it looks at no more than their keys: their digests are compared
// when they are read.
func readPack(r io.Reader, limit int64) (*pack, error) {
	file := &counted{r: r}
	z, err := gzip.NewReader(file)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewReaderSize(z, 64<<10)
	p := &pack{at: map[trial.Key]int{}}
	for n := 1; ; n++ {
		text, err := line(lines, min(limit, maxOutcome))
		if err == io.EOF && len(text) == 0 {
			p.size = file.n
			return p, nil
		}
		if err == io.EOF {
			err = errors.New("its end is missing")
		}
		if err == nil {
			limit -= int64(len(text))
			err = p.add(text)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// line reads up to a line feed, which is part of it.
func line(r *bufio.Reader, limit int64) (text []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if int64(len(text))+int64(len(part)) > limit {
			return nil, fmt.Errorf("%w of %d bytes", ErrTooLong, limit)
		}
		text = append(text, part...)
		if err != bufio.ErrBufferFull {
			return text, err
		}
	}
}

// add appends a trial's file.
func (p *pack) add(text []byte) error {
	k, err := keyOf(text)
	if err != nil {
		return err
	}
	if n, ok := p.at[k]; ok {
		return fmt.Errorf("it is trial %s, as line %d is", k.Short(), n+1)
	}
	p.at[k] = len(p.texts)
	p.texts = append(p.texts, text)
	return nil
}

// keyOf is the key that a trial's file begins with. It is fit for the name of a
// file.
func keyOf(text []byte) (trial.Key, error) {
	const digits = 64
	rest, ok := bytes.CutPrefix(text, []byte(opening))
	if ok && len(rest) > digits {
		rest, ok = bytes.CutPrefix(rest[digits:], []byte(middle("outcome")+`{"key":"`))
	}
	if !ok || len(rest) <= digits || rest[digits] != '"' {
		return "", errors.New("it does not begin like a trial of this program")
	}
	if k := trial.Key(rest[:digits]); isKey(k) {
		return k, nil
	}
	return "", fmt.Errorf("%q is no key of a trial", rest[:digits])
}

// isKey reports whether this is a SHA-256 in hex.
func isKey(k trial.Key) bool {
	for _, c := range []byte(k) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return len(k) == 64
}

// member is a trial that is going to be in a pack.
type member struct {
	key  trial.Key
	spec trial.Spec
	text []byte
}

// arrange returns the texts of trials in the order of a pack, which depends on
// nothing but the trials: by seed, then by their Specs as JSON. Of a seed and a
// training there is one network, and what prunes it slightly more is right about
// nearly the same images. In this order the published trials take 6.4 MB, by key
// 10.5 MB.
func arrange(trials []member) [][]byte {
	specs := map[trial.Key]string{}
	for _, m := range trials {
		specs[m.key] = m.spec.Text()
	}
	slices.SortFunc(trials, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.spec.Seed, b.spec.Seed), cmp.Compare(specs[a.key], specs[b.key]))
	})
	texts := make([][]byte, len(trials))
	for i, m := range trials {
		texts[i] = m.text
	}
	return texts
}

// writePack writes the texts of trials as a pack. The bytes depend on them alone:
// the header of gzip has no name and no time.
func writePack(w io.Writer, texts [][]byte) error {
	b := bufio.NewWriter(w) // gzip writes in small pieces
	z, err := gzip.NewWriterLevel(b, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := z.Write(text); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return b.Flush()
}
