package main

import (
	"fmt"

	"prunelab/experiments/trial"
)

type packCmd struct {
	runDir
	Undo bool `help:"Make the packed trials files of their own again."`
}

func (*packCmd) Help() string {
	return `Moves the finished trials of a run from the files in trials/ into one compressed
file, trials.jsonl.gz: their texts as they are, a line each, a sixth of the size.
Every command reads a packed folder as it reads others; what is run in it later
lies in trials/ until it is packed again. The same trials always give the same
bytes. No file goes before the pack has been read back and compared with it, so
that nothing is lost when this is stopped or killed; the same command goes on.

  prunelab pack results/quick
  prunelab pack results/quick --undo
  zcat results/quick/trials.jsonl.gz | head -1`
}

// Run packs a run or unpacks it.
func (c *packCmd) Run(s *session) error {
	st := s.open(c.Dir)
	if _, err := st.Plan(); err != nil {
		return err
	}
	move, to := st.Pack, st.Dir.Pack()
	if c.Undo {
		move, to = st.Unpack, st.Dir.Trials()
	}
	done, err := move()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s: %s, %d of them new there", to, trial.Counted(done.Trials, "trial"), done.Moved)
	if !c.Undo {
		fmt.Fprintf(s.stdout, "; %.1f MB in %.1f MB", float64(done.Texts)/1e6, float64(done.Size)/1e6)
	}
	fmt.Fprintln(s.stdout)
	return nil
}
