package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"prunelab/model/dataset"
	"prunelab/plots"
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
  prunelab data my-study.yaml         what a study's networks see: classes in each split
  prunelab data my-study.yaml --show -o sheet.png   and a picture of it, with labels
  prunelab data get cifar-10          download it to your cache folder`
}

type dataShowCmd struct {
	Name       string `arg:"" optional:"" help:"A data set: mnist, fashion-mnist, cifar-10, idx:DIR, images:DIR or cifar:DIR; or a study, built in or a file: its data set, read and split as it says."`
	Show       bool   `help:"Draw a contact sheet: images of each class with their labels, as a network sees them."`
	Output     string `short:"o" placeholder:"FILE" help:"The contact sheet, a PNG (default: sheet.png)."`
	Resize     int    `placeholder:"PIXELS" help:"Of images:DIR: scale so that the shorter side is that and keep the middle square, as resize in a study."`
	Background string `enum:"black,white," default:"" help:"Of images:DIR: what lies behind transparent pixels, black or white, as in a study."`
	dataFlags
}

func (c *dataShowCmd) Run(s *session) error {
	source := c.source()
	switch {
	case c.Name != "":
		return c.one(s, source)
	case c.Show || c.Output != "":
		return usageError{errors.New("a contact sheet is of one data set; name it, as prunelab data images:photos --show")}
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
		for _, w := range info.Told() {
			fmt.Fprintf(s.stdout, "%-15s warning: %s\n", "", w)
		}
	}
	fmt.Fprintf(s.stdout, `%-15s a folder with four IDX files, named as those of MNIST
%-15s a folder with train/CLASS/*.png and test/CLASS/*.png (or .jpg)
%-15s a folder with data_batch_*.bin and test_batch.bin, as CIFAR-10's, or train.bin and test.bin, as CIFAR-100's

prunelab data NAME describes one, prunelab data get NAME downloads it.
`, "idx:DIR", "images:DIR", "cifar:DIR")
	return nil
}

// one describes one data set, or that of a study, and draws it.
func (c *dataShowCmd) one(s *session, source dataset.Source) error {
	as := dataset.Reading{Resize: c.Resize, Background: c.Background}
	kind, folder, err := dataset.ParseName(c.Name)
	config, title := dataset.Config{Name: kind, Reading: as}, c.Name
	switch {
	case as != (dataset.Reading{}) && kind != dataset.Images:
		return usageError{errors.New("--resize and --background are for images:DIR; a study says them in data")}
	case as.Resize < 0 || as.Resize > dataset.MaxResized:
		return usageError{fmt.Errorf("--resize %d: 1 to %d pixels are possible", as.Resize, dataset.MaxResized)}
	case err == nil:
		if err := s.describe(c.Name, as, source); err != nil || !c.Show && c.Output == "" {
			return err
		}
		source.Folder = folder
	default:
		if _, _, missing := studyFile(c.Name); missing != nil {
			return usageError{fmt.Errorf("%w; nor is there a study of that name", err)}
		}
		one, err := loadStudy(s, c.Name, nil, c.dataFlags)
		if err != nil {
			return err
		}
		config, source, title = one.Data, one.source, one.Source
		for _, n := range one.found.Notes {
			fmt.Fprintf(s.stdout, "note     %s\n", n)
		}
	}
	d, err := dataset.Load(config, source)
	if err != nil {
		return err
	}
	s.splits(d)
	if !c.Show && c.Output == "" {
		return nil
	}
	sheet, err := plots.ContactSheet(d.Train, fmt.Sprintf("%s: %d training images of %v", title, d.Train.Len(), d.Train.Shape))
	if err != nil {
		return err
	}
	names := append([]string{title}, d.Train.Names...)
	undrawn, err := plots.Undrawn(names...)
	if err != nil {
		s.notice("warning: " + err.Error())
	}
	if len(undrawn) > 0 {
		s.notice(fmt.Sprintf("warning: no font was found for %s, in whose place the sheet shows □; install one that has them, as Noto Sans CJK, or name its file with %s=FILE", string(undrawn), plots.FontVariable))
	}
	name := cmp.Or(c.Output, "sheet.png")
	err = createAll(newFile{name, func(w io.Writer) error {
		_, err := w.Write(sheet)
		return err
	}})
	if err == nil {
		fmt.Fprintf(s.stdout, "drawn    %s\n", name)
	}
	return err
}

// maxListedClasses bounds the classes that are listed one by one.
const maxListedClasses = 100

// splits prints how many images of each class the parts have.
func (s *session) splits(d *dataset.Splits) {
	counts := make([][]int, 3)
	for i, part := range []*dataset.Set{d.Train, d.Valid, d.Test} {
		counts[i] = make([]int, part.Classes)
		for _, l := range part.Labels {
			counts[i][l]++
		}
	}
	fmt.Fprintf(s.stdout, "images of %v\n%10s %10s %10s  class\n%10d %10d %10d  all %d\n", d.Train.Shape, "training", "validation", "test", d.Train.Len(), d.Valid.Len(), d.Test.Len(), d.Train.Classes)
	for k := range min(d.Train.Classes, maxListedClasses) {
		fmt.Fprintf(s.stdout, "%10d %10d %10d  %s\n", counts[0][k], counts[1][k], counts[2][k], d.Train.Class(k))
	}
	if more := d.Train.Classes - maxListedClasses; more > 0 {
		fmt.Fprintf(s.stdout, "%34d more\n", more)
	}
	for _, gap := range d.Gaps() {
		s.notice("warning: " + gap)
	}
}

// describe prints all that is known of one data set.
func (s *session) describe(name string, as dataset.Reading, source dataset.Source) error {
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
	info, err := dataset.Identify(name, as, source)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "images   %d for training, %d for testing, %v, %d classes\nfound    %s\ncontent  SHA-256 %s\n",
		info.Train, info.Test, info.Shape, info.Classes, info.Path, info.Digest)
	for _, w := range info.Told() {
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
