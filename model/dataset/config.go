package dataset

import "fmt"

// Config names a data set and how it is split. It is complete: nothing is
// defaulted later. Name and Digest together identify the content, never the
// place where it was found.
type Config struct {
	Name         string `json:"name"`                    // "mnist", "fashion-mnist", "cifar-10", "idx", "images", "cifar"
	Digest       string `json:"digest"`                  // SHA-256 over the decoded content, hex
	Validation   int    `json:"validation"`              // samples cut from the training set, or from the test set
	ValidationOf string `json:"validation_of,omitempty"` // OfTest: they are cut from the test set, which has the others; "": from the training set
	SplitSeed    uint64 `json:"split_seed"`              // which samples these are
	TrainSamples int    `json:"train_samples,omitempty"` // 0: all that are left
	TestSamples  int    `json:"test_samples,omitempty"`  // 0: all
	Crop         int    `json:"crop,omitempty"`          // zero-padding of a random crop in training, pixels
	Flip         bool   `json:"flip,omitempty"`          // random horizontal flip in training
	Channels     string `json:"channels,omitempty"`      // of colour images those kept, "red,green" or "luminance", see Channels; "": all
	Stratified   bool   `json:"stratified,omitempty"`    // parts are drawn at random, by class in proportion, see Load; false: in the order of the files
	Normalise    string `json:"normalise,omitempty"`     // how bytes become what a network reads, see Normalisation; "": by mean and standard deviation of the training part
	Reading
}

// OfTest is what ValidationOf says of validation images that are cut from the test set:
// where the training images are no sample of unseen ones, as for a network that somebody
// has trained on all of them.
const OfTest = "test"

// Trains is how many of the training images are left for training.
func (c Config) Trains(images int) int {
	if c.ValidationOf == OfTest {
		return images
	}
	return images - c.Validation
}

// Tests is how many of the test images are left for the test split.
func (c Config) Tests(images int) int {
	if c.ValidationOf == OfTest {
		return images - c.Validation
	}
	return images
}

// Parts reports whether any part of the data set is not the whole that its files
// hold.
func (c Config) Parts() bool { return c.Validation > 0 || c.TrainSamples > 0 || c.TestSamples > 0 }

// Reading says how the images of a user's own data set are read, where its files
// leave it open. Digests are of what was read.
type Reading struct {
	Resize     int    `json:"resize,omitempty"`      // pixels: the shorter side is scaled to that and the middle square kept; 0: images stay as they are
	Colour     bool   `json:"colour,omitempty"`      // red, green and blue also where every image is stored as grey
	Background string `json:"background,omitempty"`  // "black" or "white" behind what is transparent; "": nothing may be
	Order      string `json:"order,omitempty"`       // of images in folders: the classes, one a line, in the order of a network's outputs, see Order; "": in that of the folders' names
	LabelBytes string `json:"label_bytes,omitempty"` // names of the bytes before each image of the CIFAR layout, as "coarse,fine"; "": by the names of the files
	Label      string `json:"label,omitempty"`       // which of them is the label; "": the last
}

// Shape is the size of one image.
type Shape struct {
	C int `json:"c"`
	H int `json:"h"`
	W int `json:"w"`
}

// Features is the number of values of one image.
func (s Shape) Features() int { return s.C * s.H * s.W }

// String is the shape as C x H x W.
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.C, s.H, s.W) }

// Set is a number of labelled images as bytes, each image C x H x W.
type Set struct {
	Shape   Shape
	Classes int
	Images  []uint8  // N x C x H x W
	Labels  []uint16 // N
	Names   []string // of the classes; nil: they have numbers

	notes []string // what a user should know of how it was read
}

// maxClasses is how many classes labels can tell apart.
const maxClasses = 1 << 16

// Class is what people call a class.
func (s *Set) Class(label int) string {
	if label < len(s.Names) {
		return fmt.Sprintf("%d (%s)", label, s.Names[label])
	}
	return fmt.Sprint(label)
}

// Len is the number of images.
func (s *Set) Len() int { return len(s.Labels) }

// Image returns the bytes of image i, without copying them.
func (s *Set) Image(i int) []uint8 {
	f := s.Shape.Features()
	return s.Images[i*f : (i+1)*f : (i+1)*f]
}

// Splits are the three parts of a data set and their normalisation, x =
// byte*Scale[c] + Shift[c] for channel c. They are only read, so all trials share
// them.
type Splits struct {
	Train, Valid, Test *Set
	Scale, Shift       []float32 // per channel
	Crop               int       // augmentation of training batches, see Config
	Flip               bool

	never []int // classes that no training image of the whole data set has
}
