package torch

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"prunelab/model/tensors"
)

// state is the state dict of a file.
type state struct {
	key    string   // of the dictionary, from the top, joined by dots
	others []string // of other dictionaries with tensors, quoted
	views  []named
	beside []tensors.Beside
}

type named struct {
	name string
	view view
}

// usual are the keys under which networks are saved, the most telling first.
var usual = []string{"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params"}

// candidate is a dictionary with tensors.
type candidate struct {
	key     string
	last    string // of the key
	dict    *dict
	tensors int
}

// stateDict finds the dictionary of tensors under the key, or, where that is "", the
// only one, the one with a usual key, or the one at the top if none has more tensors.
func stateDict(saved any, key string) (state, error) {
	top, ok := saved.(*dict)
	if !ok {
		return state{}, fmt.Errorf("it holds %s and no state dict: save one with torch.save(network.state_dict(), NEW)", word(saved))
	}
	f := finder{seen: map[*dict]bool{}}
	f.find(top, "", "", 0)
	c, err := f.choose(key)
	if err != nil {
		return state{}, err
	}
	s := state{key: c.key}
	for _, other := range f.all {
		if other.dict != c.dict {
			s.others = append(s.others, other.String())
		}
	}
	for i, k := range c.dict.keys {
		name := k.(string) // find takes no others
		if v, ok := c.dict.values[i].(*view); ok {
			s.views = append(s.views, named{name, *v})
		} else {
			s.beside = append(s.beside, beside(name, c.dict.values[i]))
		}
	}
	if c.dict != top {
		for i, k := range top.keys {
			name, isText := k.(string)
			if !isText {
				name = word(k)
			}
			if name == c.key || strings.HasPrefix(c.key, name+".") {
				continue
			}
			s.beside = append(s.beside, beside(name, top.values[i]))
		}
	}
	return s, nil
}

// beside is an entry that is none of the tensors, its name quoted where it could not be
// shown as it is.
func beside(name string, value any) tensors.Beside {
	if quoted := word(name); quoted != `"`+name+`"` {
		name = quoted
	}
	return tensors.Beside{Name: name, Value: word(value)}
}

// String names a candidate with its size.
func (c candidate) String() string {
	name := fmt.Sprintf("%q", c.key)
	if c.key == "" {
		name = "the top"
	}
	if c.tensors == 1 {
		return name + " (1 tensor)"
	}
	return fmt.Sprintf("%s (%d tensors)", name, c.tensors)
}

// finder collects the dictionaries with tensors.
type finder struct {
	seen map[*dict]bool
	all  []candidate
}

// maxDepth is how deep dictionaries are looked into.
const maxDepth = 8

// find looks into a dictionary and into those under texts in it; an optimizer has its
// tensors under numbers. One with other keys than texts is no state dict.
func (f *finder) find(d *dict, key, last string, depth int) {
	if f.seen[d] || depth > maxDepth {
		return
	}
	f.seen[d] = true
	n, texts := 0, true
	for i, k := range d.keys {
		_, isText := k.(string)
		texts = texts && isText
		if v, ok := d.values[i].(*view); ok && len(v.shape) > 0 {
			n++
		}
	}
	if n > 0 && texts {
		f.all = append(f.all, candidate{key, last, d, n})
	}
	for i, k := range d.keys {
		name, isText := k.(string)
		if inner, ok := d.values[i].(*dict); ok && isText {
			f.find(inner, strings.TrimPrefix(key+"."+name, "."), name, depth+1)
		}
	}
}

// choose takes the candidate of the key, or the likeliest.
func (f *finder) choose(key string) (candidate, error) {
	if len(f.all) == 0 {
		return candidate{}, errors.New("there is no dictionary with tensors in it: save one with torch.save(network.state_dict(), NEW)")
	}
	if key != "" {
		i := slices.IndexFunc(f.all, func(c candidate) bool { return c.key == key })
		if i < 0 {
			return candidate{}, fmt.Errorf("there are no tensors under %q; there are under %s", key, f.list())
		}
		return f.all[i], nil
	}
	if len(f.all) == 1 {
		return f.all[0], nil
	}
	for _, name := range usual {
		var with []candidate
		for _, c := range f.all {
			if c.last == name {
				with = append(with, c)
			}
		}
		if len(with) == 1 {
			return with[0], nil
		}
	}
	most := slices.MaxFunc(f.all, func(a, b candidate) int { return a.tensors - b.tensors })
	if f.all[0].key == "" && f.all[0].tensors == most.tensors {
		return f.all[0], nil
	}
	return candidate{}, fmt.Errorf("tensors are in several places, under %s: say under which key the network is", f.list())
}

// list names the keys of the candidates.
func (f *finder) list() string {
	var names []string
	for _, c := range f.all {
		names = append(names, c.String())
	}
	if n := len(names) - 12; n > 0 {
		names = append(names[:12], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}
