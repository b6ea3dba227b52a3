package serve

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"prunelab/experiments/store"
)

// folder is where runs are looked for.
type folder struct {
	ctx context.Context
	dir string

	mu      sync.Mutex
	watches map[string]*watch // by the run's folder

	judging sync.Mutex
	board   *board
}

func newFolder(ctx context.Context, dir string) *folder {
	return &folder{ctx: ctx, dir: dir, watches: map[string]*watch{}}
}

// runs are those that there are now, by name.
func (f *folder) runs() ([]*watch, error) {
	dirs, err := store.Runs(f.dir)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*watch
	for _, dir := range dirs {
		if f.watches[dir] == nil {
			abs, err := filepath.Abs(dir)
			if err != nil {
				return nil, fmt.Errorf("name %s: %w", dir, err)
			}
			f.watches[dir] = newWatch(f.ctx, filepath.Base(abs), dir)
		}
		all = append(all, f.watches[dir])
	}
	slices.SortFunc(all, func(a, b *watch) int { return strings.Compare(a.name, b.name) })
	return all, nil
}
