package study

import (
	"embed"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// DefaultBuiltin is the study that is run when none is named.
const DefaultBuiltin = "quick"

// Builtins returns the names of the built-in studies, the default first.
func Builtins() []string {
	names := []string{DefaultBuiltin}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("study: the built-in studies cannot be read: " + err.Error())
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".yaml"); name != DefaultBuiltin {
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

// Suggest ends a message about a study that does not exist.
func Suggest(name string) string { return suggest(name, Builtins()) }
