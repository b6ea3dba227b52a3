package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Download fetches published files.
type Download struct {
	Client   *http.Client
	Progress func(file string, done, total int64) // called as bytes arrive; may be nil
}

// errDigest says that what was downloaded is not the published file.
var errDigest = errors.New("is another file")

// Get downloads the files of a data set into dir, a folder of the data set's
// name. What is there already with the published digest is left; a download
// that was broken off is continued. Each file appears under its name only when
// it is complete and its digest is right. When no mirror serves a file the
// error says so for each and where to put the file by hand.
func (d Download) Get(ctx context.Context, k Known, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a folder for %s: %w", k.Name, err)
	}
	for _, f := range k.Files {
		if err := d.file(ctx, k, f, dir); err != nil {
			return err
		}
	}
	return nil
}

func (d Download) file(ctx context.Context, k Known, f File, dir string) error {
	final := filepath.Join(dir, f.Name)
	switch sum, size, err := fileDigest(final); {
	case err == nil && sum == f.SHA256:
		d.progress(f.Name, f.Size, f.Size)
		return nil
	case err == nil:
		return fmt.Errorf("%s is there already, with %d bytes and SHA-256 %s instead of %d bytes and %s; remove or rename it", final, size, sum, f.Size, f.SHA256)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	var failed []string
	for _, mirror := range k.Mirrors {
		part := final + ".part"
		_, there := os.Stat(part)
		err := d.fetch(ctx, mirror+f.Name, f, part)
		if errors.Is(err, errDigest) && there == nil {
			// The beginning of an earlier download was bad; it is gone now.
			err = d.fetch(ctx, mirror+f.Name, f, part)
		}
		if err == nil {
			return publish(part, final)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("download of %s was stopped; the next one continues it: %w", f.Name, context.Cause(ctx))
		}
		var disk *os.PathError
		if errors.As(err, &disk) {
			return fmt.Errorf("download of %s: %w", f.Name, err)
		}
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err // the address stands before it anyway
		}
		failed = append(failed, fmt.Sprintf("  %s: %v", mirror+f.Name, err))
	}
	if info, err := os.Stat(final + ".part"); err == nil && info.Size() == 0 {
		os.Remove(final + ".part") // nothing to continue
	}
	return fmt.Errorf("%s could not be downloaded:\n%s\nGet it in another way (%d bytes, SHA-256 %s) and put it into %s",
		f.Name, strings.Join(failed, "\n"), f.Size, f.SHA256, dir)
}

// fetch downloads a file to part, going on where an earlier download ended.
func (d Download) fetch(ctx context.Context, address string, f File, part string) error {
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	at, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if at < f.Size {
		if err := d.body(ctx, address, f, out, at); err != nil {
			return err
		}
	}
	if err := out.Sync(); err != nil {
		return err
	}
	sum, size, err := fileDigest(part)
	if err != nil {
		return err
	}
	if sum != f.SHA256 {
		if err := os.Remove(part); err != nil {
			return err
		}
		return fmt.Errorf("%w: %d bytes with SHA-256 %s instead of %d with %s", errDigest, size, sum, f.Size, f.SHA256)
	}
	return nil
}

// body requests the file from byte at on and writes it to out.
func (d Download) body(ctx context.Context, address string, f File, out *os.File, at int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if at > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", at))
	}
	response, err := d.Client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusPartialContent && strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", at)):
	case response.StatusCode == http.StatusOK:
		at = 0
	default:
		return fmt.Errorf("the server answers %s", response.Status)
	}
	if offered := response.ContentLength; offered >= 0 && at+offered != f.Size {
		return fmt.Errorf("has %d bytes instead of %d", at+offered, f.Size)
	}
	if err := out.Truncate(at); err != nil {
		return err
	}
	if _, err := out.Seek(at, io.SeekStart); err != nil {
		return err
	}
	counted := &counter{out: out, at: at, report: func(n int64) { d.progress(f.Name, n, f.Size) }}
	// One byte more than there should be is enough to notice.
	if _, err := io.Copy(counted, io.LimitReader(response.Body, f.Size-at+1)); err != nil {
		return err
	}
	if counted.at < f.Size {
		return fmt.Errorf("ended after %d of %d bytes", counted.at, f.Size)
	}
	return nil
}

func (d Download) progress(file string, done, total int64) {
	if d.Progress != nil {
		d.Progress(file, done, total)
	}
}

// counter reports what has been written.
type counter struct {
	out    io.Writer
	at     int64
	report func(int64)
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.out.Write(b)
	c.at += int64(n)
	c.report(c.at)
	return n, err
}

// publish gives a complete file its name.
func publish(part, final string) error {
	if err := os.Rename(part, final); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(final))
	if err != nil {
		return err
	}
	defer dir.Close()
	// Not every file system can do this; the file is complete either way.
	_ = dir.Sync()
	return nil
}

// fileDigest returns the SHA-256 of a file, in hex, and its size.
func fileDigest(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
