package study

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"prunelab/model/dataset"
	"prunelab/model/nn"
)

// memory is what a lookup found, so that a study can be read again without its data
// and its network.
type memory struct {
	data    map[string]dataset.Info
	layers  map[string]nn.Config
	classes map[string][]string
}

func newMemory() memory {
	return memory{map[string]dataset.Info{}, map[string]nn.Config{}, map[string][]string{}}
}

func asked(name string, about any) string { return fmt.Sprintf("%q %+v", name, about) }

var errForgotten = errors.New("not looked up")

// keep is a lookup that remembers.
func (m memory) keep(lookup Lookup) Lookup {
	kept := Lookup{Data: func(name string, r dataset.Reading) (dataset.Info, error) {
		info, err := lookup.Data(name, r)
		if err == nil {
			m.data[asked(name, r)] = info
		}
		return info, err
	}}
	if lookup.Layers != nil {
		kept.Layers = func(file string, images dataset.Shape) (nn.Config, error) {
			c, err := lookup.Layers(file, images)
			if err == nil {
				m.layers[asked(file, images)] = c
			}
			return c, err
		}
	}
	if lookup.Classes != nil {
		kept.Classes = func(file string) ([]string, error) {
			names, err := lookup.Classes(file)
			if err == nil {
				m.classes[file] = names
			}
			return names, err
		}
	}
	return kept
}

// recall is a lookup that knows what is remembered alone.
func (m memory) recall() Lookup {
	return Lookup{
		Data: func(name string, r dataset.Reading) (dataset.Info, error) {
			if info, ok := m.data[asked(name, r)]; ok {
				return info, nil
			}
			return dataset.Info{}, errForgotten
		},
		Layers: func(file string, images dataset.Shape) (nn.Config, error) {
			if c, ok := m.layers[asked(file, images)]; ok {
				return c, nil
			}
			return nn.Config{}, errForgotten
		},
		Classes: func(file string) ([]string, error) {
			if names, ok := m.classes[file]; ok {
				return names, nil
			}
			return nil, errForgotten
		},
	}
}

// blame adds to the faults of a study, if they are placed in its file, the override
// that they come with: the first without which there are none.
func blame(err error, overrides []string, without func(n int) (*Study, error)) error {
	var faults Faults
	if !errors.As(err, &faults) || slices.ContainsFunc(faults, func(f Fault) bool { return strings.HasPrefix(f.Source, "in --set ") }) {
		return err
	}
	for n, set := range overrides {
		if _, err := without(n); err != nil {
			return faults
		}
		if _, err := without(n + 1); err != nil {
			return append(faults, placeOfPath(set).fault("the study as it is in the file does not have this fault: it comes with this override"))
		}
	}
	return faults
}

// unheard reports the first override that changes what a study says and nothing of
// what it runs. Setting a value to what it is changes neither.
func unheard(overrides []string, without func(n int) (*Study, error)) error {
	for n, set := range overrides {
		path, _, _ := strings.Cut(set, "=")
		before, err := without(n)
		if err != nil {
			continue // it takes this override, and others, to be a study
		}
		after, err := without(n + 1)
		if err != nil || before.said() == after.said() {
			continue
		}
		if same, err := runTheSame(before, after); err != nil || !same {
			continue
		}
		why := ""
		if after.File != "" {
			why = ": the network comes from a file, so that train is only what retraining inherits"
		}
		return Faults{placeOfPath(set).fault("%s reaches no trial, the plan is the same without it%s", strings.TrimSpace(path), why)}
	}
	return nil
}

// said is all that a study says of trials, printed. What a sweep says of its
// retraining is in the plan, and nowhere else.
func (s *Study) said() string {
	bare := *s
	bare.Sweeps = slices.Clone(s.Sweeps)
	for i := range bare.Sweeps {
		bare.Sweeps[i].source = nil
	}
	text := string(bare.YAML())
	for _, a := range s.Arms {
		text += fmt.Sprintf("%+v\n", a.Train)
	}
	return text
}

// runTheSame reports whether two studies run the same. Another data set or another
// network is another one, even if it holds the same, and so is what is said beside
// the trials: the history, what is kept.
func runTheSame(a, b *Study) (bool, error) {
	if a.Source != b.Source || a.File != b.File || a.Sum != b.Sum || a.Entry != b.Entry || !maps.Equal(a.Names, b.Names) || a.Zeros != b.Zeros || a.Keep != b.Keep || !slices.Equal(a.History, b.History) {
		return false, nil
	}
	seeds := slices.Sorted(slices.Values(a.Seeds))
	if !slices.Equal(seeds, slices.Sorted(slices.Values(b.Seeds))) {
		return false, nil
	}
	for _, s := range []*Study{a, b} {
		s.Seeds = seeds[:min(1, len(seeds))] // each has the same trials, and a thousand of them take seconds
		if s.File != "" {
			s.Net.Source = "not read"
			for i := range s.Arms {
				s.Arms[i].Net.Source = s.Net.Source
			}
		}
	}
	p, err := a.Plan("")
	if err != nil {
		return false, err
	}
	q, err := b.Plan("")
	return err == nil && p.Same(q), err
}

// placeOfPath is that of the path of an override.
func placeOfPath(set string) place {
	src := newSource("in --set "+set, []byte(set))
	src.override = true
	path, _, _ := strings.Cut(set, "=")
	return place{src: src, line: 1, col: 1, width: max(1, utf8.RuneCountInString(strings.TrimSpace(path)))}
}
