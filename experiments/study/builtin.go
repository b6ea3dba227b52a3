package study

import (
	"embed"
	"slices"
	"strings"

	"prunelab/model/nn"
)

//go:embed *.yaml
var files embed.FS

// Defaults are the studies that are run when none is named. The first is the
// one to start a study of one's own from.
func Defaults() []string { return []string{"quick", "quick-lenet-5"} }

// Builtins returns the names of the built-in studies, the defaults first.
func Builtins() []string {
	names := Defaults()
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("study: the built-in studies cannot be read: " + err.Error())
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".yaml"); !slices.Contains(Defaults(), name) {
			names = append(names, name)
		}
	}
	return names
}

// Builtin returns the file of a built-in study.
func Builtin(name string) ([]byte, bool) {
	text, err := files.ReadFile(name + ".yaml")
	return text, err == nil
}

// ClosestNetwork is the built-in network that a name may have meant, "" where none is close.
func ClosestNetwork(name string) string { return closest(name, nn.BuiltinNames()) }

// Suggest ends a message about a study that does not exist.
func Suggest(name string) string { return suggest(name, Builtins()) }
