package main

import (
	"fmt"
	"strings"

	"prunelab/experiments/study"
)

type studiesCmd struct {
	Name string `arg:"" optional:"" help:"Print this study."`
}

func (*studiesCmd) Help() string {
	return `A built-in study is a file like any other: print it, change it, run it.

  prunelab studies                          the list
  prunelab studies quick > my-study.yaml    a study to start from`
}

func (c *studiesCmd) Run(s *session) error {
	if c.Name != "" {
		text, ok := study.Builtin(c.Name)
		if !ok {
			return usageError{fmt.Errorf("there is no built-in study %q%s", c.Name, study.Suggest(c.Name))}
		}
		_, err := s.stdout.Write(text)
		return err
	}
	for _, name := range study.Builtins() {
		text, _ := study.Builtin(name)
		fmt.Fprintf(s.stdout, "%-30s %s\n", name, question(text))
	}
	fmt.Fprintln(s.stdout, "\nprunelab studies NAME prints one, prunelab plan NAME says what it needs.")
	return nil
}

// question is the first sentence of a study's head comment.
func question(text []byte) string {
	var words []string
	for _, w := range strings.Fields(study.HeadComment(text)) {
		words = append(words, w)
		if strings.HasSuffix(w, "?") || strings.HasSuffix(w, ".") {
			break
		}
	}
	return strings.Join(words, " ")
}
