package dataset

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"prunelab/model/rng"
)

// Info says what a data set is and where it was found.
type Info struct {
	Name        string // as in Config: without a folder
	Shape       Shape
	Classes     int
	Names       []string // of the classes; nil: they have numbers
	Train, Test int      // images
	Digest      string   // SHA-256 over the decoded content, hex; see Config
	Path        string   // where it was found
	Warnings    []string // what a user should know of this copy; mostly none
	Passed      []string // what lay where it was looked for and is something else
	Notes       []string // how files were understood that leave it open
}

// Told is all that whoever sits at this machine is warned of.
func (f Info) Told() []string { return slices.Concat(f.Passed, f.Warnings) }

// Kept are the warnings as they go into files that others read: without where on this
// machine the copy lies.
func (f Info) Kept() []string {
	var out []string
	for _, w := range f.Warnings {
		out = append(out, strings.ReplaceAll(w, f.Path, path.Base(filepath.ToSlash(f.Path))))
	}
	return out
}

// Identify finds a data set, by the name that a user writes ("mnist",
// "idx:DIR"). Files that are as published are recognised by their digests and
// not decoded. The error of a data set that is not found says where it was
// looked for and what to do.
func Identify(name string, r Reading, from Source) (Info, error) {
	f, err := from.find(name, r, true)
	return f.Info, err
}

// Load reads the data set and cuts it as the config says:
//
//   - Valid: Validation images of the training set, drawn without replacement by
//     the stream (SplitSeed, "split", Name), in the order of the file;
//   - Train: the others in the order of the file, the first TrainSamples;
//   - Test: the first TestSamples of the test set.
//
// With Stratified each part has the classes in proportion, as nearly as whole
// images can:
//
//   - that stream puts all training images in an order whose every beginning has
//     them so, see stratify; Valid are its first Validation images, Train the next
//     TrainSamples;
//   - Test are the first TestSamples of such an order of the test images, by the
//     stream (SplitSeed, "split", Name, "test");
//
// and the images of a part are in the order of the file. A larger TrainSamples
// adds images and takes none away.
//
// With ValidationOf the test set instead, Valid are Validation images of that, drawn
// without replacement by the stream (SplitSeed, "split", Name, "validation of test"),
// Stratified the first of an order of these with the classes in proportion; Test is of
// the others, and Train of all training images.
//
// Of their images the chosen Channels are kept.
//
// Scale and Shift come from Train alone or from Normalise. It fails when the
// content does not have the digest of the config (one without a digest takes any)
// or is smaller than the parts. For a data set of the user's own the source names
// the folder.
func Load(c Config, from Source) (*Splits, error) {
	f, err := from.find(c.Name, c.Reading, false)
	if err != nil {
		return nil, err
	}
	if c.Digest != "" && c.Digest != f.Digest {
		return nil, fmt.Errorf("data set %s in %s has the content digest %s, the study was planned with %s; give it the data it was planned with, or start a new results folder",
			c.Name, f.Path, f.Digest, c.Digest)
	}
	return split(c, f.train, f.test)
}

// SayNormalise is what to do where no training images tell how images are normalised.
const SayNormalise = "say what the network reads: normalise: {mean: ..., std: ...}, 0..1 or 0..255 (--mean and --std, or --scale)"

// split cuts the two sets, which it takes over.
func split(c Config, train, test *Set) (*Splits, error) {
	n := train.Len()
	switch {
	case c.ValidationOf != "" && c.ValidationOf != OfTest:
		return nil, fmt.Errorf("data set %s: validation images are of the training or of the test set, not of %q", c.Name, c.ValidationOf)
	case n == 0 && c.Validation > 0 && c.ValidationOf == "":
		return nil, fmt.Errorf("data set %s: there are no training images to cut %d for validation from; validation_of: test takes them from the test images", c.Name, c.Validation)
	case n == 0 && c.Normalise == "":
		return nil, fmt.Errorf("data set %s: there are no training images whose mean and standard deviation images could be normalised by; %s", c.Name, SayNormalise)
	case c.Validation < 0 || n > 0 && c.Trains(n) <= 0:
		return nil, fmt.Errorf("data set %s: %d validation images cannot be cut from %d training images", c.Name, c.Validation, n)
	case c.Tests(test.Len()) <= 0 && c.ValidationOf != "":
		return nil, fmt.Errorf("data set %s: %d validation images cannot be cut from %d test images", c.Name, c.Validation, test.Len())
	case c.TrainSamples < 0 || c.TrainSamples > c.Trains(n):
		return nil, fmt.Errorf("data set %s: %d training images are wanted, %d are left beside %d for validation", c.Name, c.TrainSamples, c.Trains(n), n-c.Trains(n))
	case c.TestSamples < 0 || c.TestSamples > c.Tests(test.Len()):
		return nil, fmt.Errorf("data set %s: %d test images are wanted, there are %d", c.Name, c.TestSamples, c.Tests(test.Len()))
	case c.Crop < 0 || c.Crop > min(train.Shape.H, train.Shape.W):
		return nil, fmt.Errorf("data set %s: a random crop with %d pixels of padding does not suit images of %v", c.Name, c.Crop, train.Shape)
	}
	d := &Splits{Crop: c.Crop, Flip: c.Flip, never: absent(train)}
	if n == 0 {
		d.never = absent(test)
	}
	if c.ValidationOf == OfTest {
		order := rng.Stream(c.SplitSeed, "split", c.Name, "validation of test").Perm(test.Len())
		if c.Stratified {
			order = stratify(test, order)
		}
		d.Valid = test.take(order[:c.Validation])
	}
	cut := n - c.Trains(n) // of the training images, for validation
	drawn := rng.Stream(c.SplitSeed, "split", c.Name).Perm(n)
	if c.Stratified {
		drawn = stratify(train, drawn)
		if c.TrainSamples > 0 && cut+c.TrainSamples < n {
			train.take(drawn[cut+c.TrainSamples:])
			drawn = ranks(drawn[:cut+c.TrainSamples])
		}
		if c.TestSamples > 0 {
			order := stratify(test, rng.Stream(c.SplitSeed, "split", c.Name, "test").Perm(test.Len()))
			test = test.take(order[:c.TestSamples])
		}
	}
	if c.ValidationOf == "" {
		d.Valid = train.take(drawn[:cut])
	}
	d.Train = train.first(c.TrainSamples)
	d.Test = test.first(c.TestSamples)
	for _, part := range []**Set{&d.Train, &d.Valid, &d.Test} {
		var err error
		if *part, err = (*part).pick(c.Channels); err != nil {
			return nil, fmt.Errorf("data set %s: %w", c.Name, err)
		}
	}
	var err error
	if d.Scale, d.Shift, err = scaling(c.Normalise, d.Train); err != nil {
		return nil, fmt.Errorf("data set %s: %w", c.Name, err)
	}
	return d, nil
}

// stratify rearranges images, given by their numbers, so that each beginning of
// them has the classes in proportion: the image that is the r-th of the n of its
// class, from 0, has its place at (r + 1/2)/n, which is the apportionment of
// Webster and Sainte-Lague. Where places are equal, and within a class, the
// given order decides.
func stratify(s *Set, order []int) []int {
	size := make([]int, s.Classes)
	for _, l := range s.Labels {
		size[l]++
	}
	rank, seen := make([]int, len(order)), make([]int, s.Classes)
	for _, i := range order {
		rank[i] = seen[s.Labels[i]]
		seen[s.Labels[i]]++
	}
	sorted := slices.Clone(order)
	slices.SortStableFunc(sorted, func(i, j int) int {
		return cmp.Compare((2*rank[i]+1)*size[s.Labels[j]], (2*rank[j]+1)*size[s.Labels[i]])
	})
	return sorted
}

// ranks are the places that numbers have among themselves.
func ranks(numbers []int) []int {
	sorted := slices.Sorted(slices.Values(numbers))
	places := make([]int, len(numbers))
	for k, n := range numbers {
		places[k], _ = slices.BinarySearch(sorted, n)
	}
	return places
}

// take moves the images of the given numbers to a set of their own, in their
// order in the set; the others close up, so that no image is held twice.
func (s *Set) take(which []int) *Set {
	which = slices.Sorted(slices.Values(which))
	taken := newSet(s.Shape, s.Classes, len(which))
	taken.Names = s.Names
	left := 0
	for i := range s.Len() {
		if k := i - left; k < len(which) && which[k] == i {
			taken.Labels[k] = s.Labels[i]
			copy(taken.Image(k), s.Image(i))
			continue
		}
		s.Labels[left] = s.Labels[i]
		copy(s.Image(left), s.Image(i))
		left++
	}
	s.Labels = s.Labels[:left]
	s.Images = s.Images[:left*s.Shape.Features()]
	return taken
}

// first returns the first n images, all for n = 0. A small part is copied so
// that the whole can be freed.
func (s *Set) first(n int) *Set {
	if n == 0 || n == s.Len() {
		return s
	}
	images, labels := s.Images[:n*s.Shape.Features()], s.Labels[:n]
	if n < s.Len()/2 {
		images, labels = slices.Clone(images), slices.Clone(labels)
	}
	return &Set{Shape: s.Shape, Classes: s.Classes, Images: images, Labels: labels, Names: s.Names}
}
