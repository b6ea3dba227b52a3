package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Known describes a published data set.
type Known struct {
	Name        string
	Title       string
	Shape       Shape
	Classes     int
	Train, Test int      // images
	Content     string   // digest of the published content, see Info; "" where it is not known
	Origin      string   // who made it
	Licence     string   // under which terms it may be used
	Files       []File   // as published
	Unpacked    []File   // of an archive: what it holds
	Mirrors     []string // addresses of the folders that hold Files
	Folders     []string // names under which other tools keep the files, besides Name
}

// File is a published file.
type File struct {
	Name   string
	Size   int64
	SHA256 string // hex; "" where only the MD5 is known
	MD5    string
}

const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"

	cifarArchive = "cifar-10-binary.tar.gz"
	cifarTest    = "test_batch.bin"
	cifar100     = "coarse,fine"          // the bytes before each image of CIFAR-100
	cifarSize    = 10_000 * (1 + 3*32*32) // of a batch file
)

var cifarTrain = []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}

// known is the table of published data sets.
var known = []Known{
	{
		Name: "mnist", Title: "MNIST handwritten digits",
		Shape: Shape{1, 28, 28}, Classes: 10, Train: 60_000, Test: 10_000,
		Content: "8915ba23c838651fafa2b183af255820d0681eeb2ab2706f018f8966ce11e20f",
		Origin:  "Yann LeCun, Corinna Cortes, Christopher J. C. Burges",
		Licence: "no licence stated by its authors",
		Files: []File{
			{Name: trainImages + ".gz", Size: 9_912_422, SHA256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
			{Name: trainLabels + ".gz", Size: 28_881, SHA256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
			{Name: testImages + ".gz", Size: 1_648_877, SHA256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
			{Name: testLabels + ".gz", Size: 4_542, SHA256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
		},
		Mirrors: []string{"https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"},
		Folders: []string{"MNIST/raw"},
	},
	{
		Name: "fashion-mnist", Title: "Fashion-MNIST articles of clothing",
		Shape: Shape{1, 28, 28}, Classes: 10, Train: 60_000, Test: 10_000,
		Content: "5ad7d1821e7ff2a6aa3ae54001e531b56fe996381a71bc7c67cd5f456e9ece18",
		Origin:  "Zalando SE; Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
		Licence: "MIT",
		Files: []File{
			{Name: trainImages + ".gz", Size: 26_421_880, SHA256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
			{Name: trainLabels + ".gz", Size: 29_515, SHA256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
			{Name: testImages + ".gz", Size: 4_422_102, SHA256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
			{Name: testLabels + ".gz", Size: 5_148, SHA256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
		},
		Mirrors: []string{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"},
		Folders: []string{"FashionMNIST/raw"},
	},
	{
		Name: "cifar-10", Title: "CIFAR-10 tiny images",
		Shape: Shape{3, 32, 32}, Classes: 10, Train: 50_000, Test: 10_000,
		Origin:  "Alex Krizhevsky 2009, Learning multiple layers of features from tiny images",
		Licence: "no licence stated by its author",
		Files: []File{
			{Name: cifarArchive, Size: 170_052_171, SHA256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
		},
		Unpacked: []File{
			{Name: cifarTrain[0], Size: cifarSize, MD5: "5dd7e06a14cb22eb9f671a540d1b7c25"},
			{Name: cifarTrain[1], Size: cifarSize, MD5: "5ea93a67294ea407fff1d09f752e9692"},
			{Name: cifarTrain[2], Size: cifarSize, MD5: "942cd6a4bcdd0dd3c604fbe906cb4421"},
			{Name: cifarTrain[3], Size: cifarSize, MD5: "ae636b3ba5c66a11e91e8cb52e771fcb"},
			{Name: cifarTrain[4], Size: cifarSize, MD5: "53f37980c15c3d472c316c40844f3f0d"},
			{Name: cifarTest, Size: cifarSize, MD5: "803d5f7f4d78ea53de84dbe85f74fb6d"},
		},
		Mirrors: []string{"https://www.cs.toronto.edu/~kriz/"},
		Folders: []string{"cifar-10-batches-bin", "cifar10"},
	},
}

// Published returns the table of published data sets.
func Published() []Known { return slices.Clone(known) }

// Lookup returns the published data set of that name.
func Lookup(name string) (Known, bool) {
	i := slices.IndexFunc(known, func(k Known) bool { return k.Name == name })
	if i < 0 {
		return Known{}, false
	}
	return known[i], true
}

// Names of a data set that is a folder of the user's, before a colon and the
// folder.
const (
	IDX    = "idx"    // four IDX files as MNIST has them
	Images = "images" // train/ and test/, a folder for each class
	CIFAR  = "cifar"  // files in the layout of CIFAR-10's or CIFAR-100's binary form
)

// Own reports whether that is the name, in Config, of a data set of the user's.
func Own(name string) bool { return name == IDX || name == Images || name == CIFAR }

// ParseName splits the name of a data set as a user writes it, "mnist" or
// "idx:DIR", into that of Config and a folder. It fails for a name that does
// not exist.
func ParseName(name string) (kind, folder string, err error) {
	kind, folder, ok := strings.Cut(name, ":")
	if Own(kind) {
		if folder == "" {
			return "", "", fmt.Errorf("data set %q needs a folder: %s:DIR", name, kind)
		}
		return kind, folder, nil
	}
	if _, exists := Lookup(name); !exists || ok {
		return "", "", fmt.Errorf("unknown data set %q; known are %s", name, strings.Join(Names(), ", "))
	}
	return name, "", nil
}

// Names lists the data sets in the form a user writes them.
func Names() []string {
	var names []string
	for _, k := range known {
		names = append(names, k.Name)
	}
	return append(names, IDX+":DIR", Images+":DIR", CIFAR+":DIR")
}
