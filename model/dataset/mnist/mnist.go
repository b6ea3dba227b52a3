// Package mnist carries the MNIST images inside the program. ORIGIN.md says
// where the files come from; only commands import it, so that libraries and
// their tests do not carry 11.6 MB.
package mnist

import (
	"embed"
	"io/fs"
)

//go:embed *.gz
var files embed.FS

// Files returns the four IDX files as they were published, gzip-compressed.
func Files() fs.FS { return files }
