package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A claim that has not been beaten for the lease, on the clock of whoever
// looks, may be succeeded. Beats come several times a lease, so that a busy
// machine does not lose its claims.
const (
	defaultLease  = 60 * time.Second
	beatsPerLease = 6
)

// maxGeneration is more often than a job is ever succeeded.
const maxGeneration = 1 << 16

// BeatEvery is the time from one beat of a claim to the next.
const BeatEvery = defaultLease / beatsPerLease

// owner is who works here.
type owner struct {
	id      string // of this store, its own
	host    string
	machine string // what distinguishes this start of this machine, in hex; "": not known
	pid     int
}

func self() owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return owner{id: random(), host: strings.Join(strings.Fields(host), "-"), machine: machine(), pid: os.Getpid()}
}

// machine identifies the running system and the name space of its process
// ids, where Linux tells.
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(string(boot)) + "/" + space))
	return hex.EncodeToString(sum[:8])
}

// text is what a claim's file says. Its length does not depend on the beat.
func (o owner) text(beat int) string {
	return fmt.Sprintf("worker %s\nhost %s\nmachine %s\npid %d\nbeat %012d\n", o.id, o.host, o.machine, o.pid, beat)
}

// readClaim is the inverse of text; what cannot be read is left empty.
func readClaim(text []byte) owner {
	var o owner
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "worker":
			o.id = value
		case "host":
			o.host = value
		case "machine":
			o.machine = value
		case "pid":
			o.pid, _ = strconv.Atoi(value)
		}
	}
	return o
}

// readBeat is the number of beats that a claim's file tells of.
func readBeat(text []byte) int {
	_, rest, _ := strings.Cut(string(text), "\nbeat ")
	n, _ := strconv.Atoi(strings.TrimSpace(rest))
	return max(0, n)
}

// dead reports whether the owner is known to be gone: a process of this very
// machine that does not exist.
func (o owner) dead() bool {
	return o.machine != "" && o.machine == machine() && o.pid > 0 && !alive(o.pid)
}

// sighting is a claim of somebody else as it was last seen.
type sighting struct {
	text  string
	since time.Time
}

// claim is the right to work on a job.
type claim struct {
	store      *Store
	job        string
	generation int
	file       File
	stop       chan struct{}
	done       sync.WaitGroup
}

// Claim takes a job for this process until release is called. Release is nil
// when somebody else is at it.
func (s *Store) Claim(job string) (release func() error, err error) {
	c, err := s.claim(job)
	if c == nil || err != nil {
		return nil, err
	}
	return c.release, nil
}

func (s *Store) claim(job string) (*claim, error) {
	generation, err := s.highest(job)
	if err != nil {
		return nil, err
	}
	if generation > 0 {
		name := s.Dir.Claim(job, generation)
		text, err := s.fs.ReadFile(name, maxClaim)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrTooLong) {
			return nil, s.failed("read", name, err)
		}
		if err == nil && !s.expired(name, string(text)) {
			return nil, nil
		}
	}
	if generation == maxGeneration {
		return nil, fmt.Errorf("%s: no job is succeeded that often; remove the file", s.Dir.Claim(job, generation))
	}
	c := &claim{store: s, job: job, generation: generation + 1, stop: make(chan struct{})}
	name := s.Dir.Claim(job, c.generation)
	taken, err := c.take(name)
	if err != nil {
		return nil, s.failed("claim", name, err)
	}
	if !taken {
		return nil, nil
	}
	c.done.Add(1)
	go c.beat(s.lease / beatsPerLease)
	return c, nil
}

// take makes the claim's file, whole from the first moment on: a claim that
// does not say whose it is could only be waited for.
func (c *claim) take(name string) (bool, error) {
	s := c.store
	aside := s.aside(s.Dir.Claims())
	f, err := s.fs.Create(aside)
	if err != nil {
		return false, err
	}
	if _, err = f.Write([]byte(s.owner.text(0))); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = s.fs.Link(aside, name)
	}
	removal := s.fs.Remove(aside)
	switch {
	case err == nil && removal == nil:
		c.file = f
		return true, nil
	case err == nil:
		s.fs.Remove(name)
		err = removal
	case errors.Is(err, fs.ErrExist):
		err = nil // somebody was faster
	}
	f.Close()
	return false, err
}

// expired reports whether the owner of a claim is dead or has not been heard
// of for the lease.
func (s *Store) expired(name, text string) bool {
	if readClaim([]byte(text)).dead() {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.seen[name]
	if !ok || last.text != text {
		s.seen[name] = sighting{text, time.Now()}
		return false
	}
	return time.Since(last.since) >= s.lease // on the monotonic clock
}

// highest is the generation that owns the job, 0 when nobody does.
func (s *Store) highest(job string) (int, error) {
	names, err := s.fs.ReadDir(s.Dir.Claims())
	if err != nil {
		return 0, s.failed("list", s.Dir.Claims(), err)
	}
	top := 0
	for _, name := range names {
		if of, n, ok := claimed(name); ok && of == job {
			top = max(top, n)
		}
	}
	return top, nil
}

// claimed tells which job a file of the folder claims, and in which generation.
// A number that no claim comes by is none: who releases a claim goes through
// all that were before it.
func claimed(name string) (job string, generation int, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || temporary(name) {
		return "", 0, false
	}
	n, err := strconv.Atoi(name[dot+1:])
	return name[:dot], n, err == nil && 0 < n && n <= maxGeneration && strconv.Itoa(n) == name[dot+1:]
}

// beat shows that the owner is alive, until the claim is released. A beat that
// cannot be written is left out: at worst somebody else repeats the work.
func (c *claim) beat(every time.Duration) {
	defer c.done.Done()
	t := time.NewTicker(every)
	defer t.Stop()
	for n := 1; ; n++ {
		select {
		case <-c.stop:
			return
		case <-t.C:
			if _, err := c.file.WriteAt([]byte(c.store.owner.text(n)), 0); err == nil {
				c.file.Sync() // on a shared disk nobody else sees it before
			}
		}
	}
}

// release gives the job back, with the generations that were succeeded, which
// go first: while the highest is there nobody can take the name of a lower one.
func (c *claim) release() error {
	close(c.stop)
	c.done.Wait()
	err := c.file.Close()
	if c.own() { // else succeeded in the meantime
		for g := 1; g <= c.generation; g++ {
			if removal := c.store.fs.Remove(c.store.Dir.Claim(c.job, g)); removal != nil && !errors.Is(removal, fs.ErrNotExist) {
				err = errors.Join(err, removal)
			}
		}
	}
	if err != nil {
		return c.store.failed("release", c.store.Dir.Claim(c.job, c.generation), err)
	}
	return nil
}

// own reports whether the file is still this claim's: the name may have been
// given to another since.
func (c *claim) own() bool {
	text, err := c.store.fs.ReadFile(c.store.Dir.Claim(c.job, c.generation), maxClaim)
	return err == nil && readClaim(text).id == c.store.owner.id
}
