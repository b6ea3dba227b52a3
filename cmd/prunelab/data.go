package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"prunelab/model/dataset"
)

type dataCmd struct {
	Show dataShowCmd `cmd:"" default:"withargs" help:"List the data sets, or describe one."`
	Get  dataGetCmd  `cmd:"" help:"Download a data set as it was published."`
}

func (*dataCmd) Help() string {
	return `MNIST is in the program; other data sets are looked for in the folders that
--data and PRUNELAB_DATA name, in your cache folder and where the system keeps
such files.

  prunelab data                       what is known and where it was found
  prunelab data cifar-10 --data ~/ml  files, digests, and where it was found
  prunelab data idx:folder            what a folder of IDX files holds
  prunelab data get cifar-10          download it to your cache folder`
}

type dataShowCmd struct {
	Name string `arg:"" optional:"" help:"A data set: mnist, fashion-mnist, cifar-10, idx:DIR or images:DIR."`
	dataFlags
}

func (c *dataShowCmd) Run(s *session) error {
	source := c.source()
	if c.Name != "" {
		return s.describe(c.Name, source)
	}
	for _, k := range dataset.Published() {
		fmt.Fprintf(s.stdout, "%-15s %s: %d + %d images of %v, %d classes; ", k.Name, k.Title, k.Train, k.Test, k.Shape, k.Classes)
		info, err := dataset.Identify(k.Name, dataset.Reading{}, source)
		if err != nil {
			first, _, _ := strings.Cut(err.Error(), ". ")
			fmt.Fprintln(s.stdout, first)
			continue
		}
		fmt.Fprintf(s.stdout, "found: %s\n", info.Path)
		for _, w := range info.Warnings {
			fmt.Fprintf(s.stdout, "%-15s warning: %s\n", "", w)
		}
	}
	fmt.Fprintf(s.stdout, `%-15s a folder with four IDX files, named as those of MNIST
%-15s a folder with train/CLASS/*.png and test/CLASS/*.png (or .jpg)

prunelab data NAME describes one, prunelab data get NAME downloads it.
`, "idx:DIR", "images:DIR")
	return nil
}

// describe prints all that is known of one data set.
func (s *session) describe(name string, source dataset.Source) error {
	kind, _, err := dataset.ParseName(name)
	if err != nil {
		return usageError{err}
	}
	if k, ok := dataset.Lookup(kind); ok {
		fmt.Fprintf(s.stdout, "%s: %s\norigin   %s\nlicence  %s\nfiles as published\n", k.Name, k.Title, k.Origin, k.Licence)
		for _, f := range k.Files {
			fmt.Fprintf(s.stdout, "  %s  %d bytes\n  SHA-256 %s\n", f.Name, f.Size, f.SHA256)
		}
		fmt.Fprintln(s.stdout, "from")
		for _, m := range k.Mirrors {
			fmt.Fprintf(s.stdout, "  %s\n", m)
		}
	}
	info, err := dataset.Identify(name, dataset.Reading{}, source)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "images   %d for training, %d for testing, %v, %d classes\nfound    %s\ncontent  SHA-256 %s\n",
		info.Train, info.Test, info.Shape, info.Classes, info.Path, info.Digest)
	for _, w := range info.Warnings {
		fmt.Fprintf(s.stdout, "warning  %s\n", w)
	}
	for _, n := range info.Notes {
		fmt.Fprintf(s.stdout, "note     %s\n", n)
	}
	return nil
}

type dataGetCmd struct {
	Name string `arg:"" help:"mnist, fashion-mnist or cifar-10."`
	To   string `placeholder:"DIR" type:"path" help:"Folder for data sets (default: your cache folder, which is searched). Name it later with --data."`
}

func (*dataGetCmd) Help() string {
	return `The files come from the addresses that prunelab data NAME shows; their digests
are checked. A download that was broken off is continued. Without a network, put
the files by hand where the error says.

  prunelab data get cifar-10
  prunelab data get fashion-mnist --to data`
}

func (c *dataGetCmd) Run(s *session) error {
	k, ok := dataset.Lookup(c.Name)
	if !ok {
		var names []string
		for _, k := range dataset.Published() {
			names = append(names, k.Name)
		}
		return usageError{fmt.Errorf("%q is no data set that can be downloaded; these are: %s", c.Name, strings.Join(names, ", "))}
	}
	dir := c.To
	if dir == "" {
		cache, err := dataset.CacheDir()
		if err != nil {
			return fmt.Errorf("%w; name one with --to", err)
		}
		dir = cache
	}
	dir = filepath.Join(dir, k.Name)
	show := newTransfer(s.stderr)
	d := dataset.Download{
		Client:   &http.Client{Transport: transport()},
		Progress: show.update,
	}
	err := d.Get(s.ctx, k, dir)
	show.close()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s is in %s\n", k.Name, dir)
	return nil
}

// transport gives up on a server that does not answer, never on one that is
// slow.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = 30 * time.Second
	return t
}
