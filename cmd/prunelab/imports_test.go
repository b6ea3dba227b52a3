package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ranks orders the packages: a package imports only those of lower rank.
var ranks = map[string]int{
	"model/claimed": -2, "model/elementary": -1, "model/safetensors": -1,
	"model/rng": 0, "model/kernel": 0, "model/tensors": 0, "model/sparse/npy": 0, "model/dataset/mnist": 0, "analysis/stats": 0,
	"model/sparse": 1, "model/dataset": 1, "analysis/table": 1,
	"model/nn": 2, "model/regularizer": 2, "model/torch": 2,
	"model/optim": 3, "model/prune": 3, "model/onnx": 3, "model/weights": 4,
	"model/train":        4,
	"experiments/figure": 5, "experiments/trial": 5, "model/throughput": 5, "model/saliency": 5,
	"experiments/study": 6, "experiments/store": 6, "experiments/pick": 6, "analysis/group": 6,
	"experiments/runner": 7, "experiments/verify": 8, "experiments/cost": 7, "experiments/slurm": 7, "analysis/curve": 7,
	"analysis/finding": 8, "analysis/contrast": 8, "analysis/sensitivity": 8, "analysis/proxy": 8, "analysis/course": 8, "analysis/recommend": 8, "analysis/compare": 8, "analysis/tables": 8,
	"analysis/classes": 8, "analysis/scoreboard": 9, "analysis/dense": 9, "analysis/overlap": 9, "analysis/mcnemar": 9, "analysis/checklist": 9,
	"analysis/tuning": 10,
	"analysis":        11,
	"analysis/report": 12, "plots": 12,
	"cmd/prunelab/internal/check": 13, "cmd/prunelab/internal/render": 13, "cmd/prunelab/internal/scan": 13, "cmd/prunelab/internal/state": 13, "cmd/prunelab/internal/serve": 14, "cmd/prunelab/internal/draft": 14,
	"cmd/prunelab": 15,
}

// doors names, for each module of others, the only packages that import it.
var doors = map[string][]string{
	"gonum.org/v1/plot":                 {"plots"},
	"gonum.org/v1/gonum":                {"analysis/stats", "model/kernel"},
	"github.com/olekukonko/tablewriter": {"analysis/table"},
	"github.com/goccy/go-yaml":          {"experiments/study"},
	"github.com/alecthomas/kong":        {"cmd/prunelab"},
	"github.com/vbauerster/mpb/v8":      {"cmd/prunelab"},
	"golang.org/x/term":                 {"cmd/prunelab"},
	"google.golang.org/protobuf":        {"model/onnx"},
	"golang.org/x/sync":                 {"experiments/runner"},
	"golang.org/x/sys":                  {"model/kernel", "experiments/store", "experiments/slurm"},
	"golang.org/x/image":                {"plots"},
	"codeberg.org/go-fonts/liberation":  {"plots"},
	"codeberg.org/go-pdf/fpdf":          {"plots"},
	"github.com/rogpeppe/go-internal":   {"cmd/prunelab"},
	"pgregory.net/rapid":                nil, // in tests of any package
	"go.uber.org/goleak":                nil,
}

const root = "../.."

// eachImport calls f for every import of every Go file of the module.
func eachImport(t *testing.T, f func(pkg, file, imported string, test bool)) {
	t.Helper()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, s := range parsed.Imports {
			imported, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				return err
			}
			f(path.Dir(filepath.ToSlash(rel)), filepath.ToSlash(rel), imported, strings.HasSuffix(name, "_test.go"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestImportsGoDownwards leaves out tests, which may look at a package from
// above, and packages under internal without a rank, which serve tests.
func TestImportsGoDownwards(t *testing.T) {
	seen := map[string]bool{}
	eachImport(t, func(pkg, file, imported string, test bool) {
		imported, ours := strings.CutPrefix(imported, "prunelab/")
		if ours && imported == "model/dataset/mnist" && pkg != "cmd/prunelab" {
			t.Errorf("%s imports the embedded images; only the command does", file)
		}
		from, ok := ranks[pkg]
		if test || !ok && strings.Contains(pkg, "/internal/") {
			return
		}
		seen[pkg] = true
		if !ok {
			t.Errorf("%s: package %s has no rank", file, pkg)
			return
		}
		if !ours {
			return
		}
		switch to, ok := ranks[imported]; {
		case !ok:
			t.Errorf("%s imports %s, which has no rank", file, imported)
		case to >= from:
			t.Errorf("%s (rank %d) imports %s (rank %d)", file, from, imported, to)
		}
		if strings.HasPrefix(pkg, "analysis") && strings.HasPrefix(imported, "experiments/") && imported != "experiments/trial" {
			t.Errorf("%s imports %s; analysis knows nothing of experiments but trial", file, imported)
		}
	})
	if len(seen) < 15 {
		t.Errorf("only %d packages were looked at", len(seen))
	}
}

func TestEachDependencyHasOneDoor(t *testing.T) {
	eachImport(t, func(pkg, file, imported string, test bool) {
		first, _, _ := strings.Cut(imported, "/")
		if !strings.Contains(first, ".") {
			return // the standard library, or ours
		}
		for module, packages := range doors {
			if imported == module || strings.HasPrefix(imported, module+"/") {
				if !slices.Contains(packages, pkg) && !test {
					t.Errorf("%s imports %s, which belongs to %v", file, imported, packages)
				}
				return
			}
		}
		t.Errorf("%s imports %s, which is no dependency that was decided on", file, imported)
	})
}

func TestTopLevelNames(t *testing.T) {
	allowed := []string{"cmd", "experiments", "analysis", "model", "plots", "results", "go.mod", "go.sum", "README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) && !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}
