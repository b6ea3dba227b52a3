package plots

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWriteSamples writes every figure of the invented studies to the folder
// named by PRUNELAB_FIGURES, for looking at them.
func TestWriteSamples(t *testing.T) {
	dir := os.Getenv("PRUNELAB_FIGURES")
	if dir == "" {
		t.Skip("PRUNELAB_FIGURES is not set")
	}
	for _, s := range samples() {
		figures, err := All(s.input())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range figures {
			for _, format := range Formats() {
				b, err := f.Render(format)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, s.name+"."+f.Name+"."+string(format)), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
