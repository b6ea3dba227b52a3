package study

import (
	"slices"
	"strconv"

	"prunelab/experiments/trial"
	"prunelab/model/nn"
)

// needsSettings reports whether a kind says too little by its name alone.
func needsSettings(k nn.Kind) bool { return k.Example() != string(k) }

// settings reads what follows the kind of a layer: a mapping, or for some kinds the
// one value that they cannot do without.
func (d *decoder) settings(l *nn.LayerConfig, n *node) {
	settings := l.Settings()
	alone := slices.IndexFunc(settings, func(s nn.Setting) bool { return s.Alone })
	switch {
	case n.kind != mapping && alone >= 0:
		s := settings[alone]
		if len(s.Also) > 0 {
			s.Least = max(1, s.Least)
		}
		d.setting(s, n)
		for _, also := range s.Also {
			*also = *s.Value.(*int)
		}
		l.Settle()
		return
	case !needsSettings(l.Kind) && len(settings) == 0 && len(n.fields) == 0:
		d.fail(n.at, "a %s layer has no settings; write - %s", l.Kind, l.Kind)
		return
	}
	keys := settingKeys(*l)
	if l.Joins() {
		keys = append(keys, "name") // inputs says what it reads
	} else {
		keys = append(keys, placement...)
	}
	o := d.object(n, keys...)
	if o.n == nil {
		return
	}
	for _, s := range settings {
		if v := o.get(s.Key); v != nil {
			d.setting(s, v)
		} else if s.Needed {
			d.fail(n.at, "%s has no %s, as in %s", n.title(), s.Key, l.Kind.Example())
		}
	}
	l.Settle()
	d.place(l, o)
}

func settingKeys(l nn.LayerConfig) []string {
	var keys []string
	for _, s := range l.Settings() {
		keys = append(keys, s.Key)
	}
	return keys
}

// setting reads one setting.
func (d *decoder) setting(s nn.Setting, n *node) {
	switch v := s.Value.(type) {
	case *int:
		*v = d.integer(n, s.Least, s.Most)
	case *float64:
		*v = d.float(n, s.Within.Has, s.Within.Outside(), *v)
		if s.Rounded {
			*v = trial.Significant(*v)
		}
	case *bool:
		*v = d.flag(n) != s.Not
	case *[]string:
		*v = d.joined(n)
	}
}

// joined reads the names of layers that are joined.
func (d *decoder) joined(n *node) []string {
	var names []string
	for _, it := range d.items(n) {
		names = append(names, d.text(it))
	}
	if len(names) == 1 {
		d.fail(n.at, "%s names one layer; it joins two or more, as in %s", n.title(), nn.KindAdd.Example())
	}
	return names
}

// layerYAML prints a layer as layer reads it.
func layerYAML(l nn.LayerConfig) string {
	unsaid := l.Kind.Unsaid()
	usual := unsaid.Settings()
	var set []string
	alone := ""
	for i, s := range l.Settings() {
		text := printed(s)
		if !s.Needed && !s.Always && text == printed(usual[i]) {
			continue
		}
		if s.Alone && len(s.Also) == 0 {
			alone = text
		}
		set = append(set, s.Key, text)
	}
	if len(set) != 2 || l.Name != "" || len(l.Inputs) > 0 {
		alone = ""
	}
	switch {
	case l.Name == "":
	case l.Joins():
		set = slices.Concat([]string{"name", quote(l.Name)}, set)
	default:
		set = append(set, "name", quote(l.Name))
	}
	if len(l.Inputs) == 1 {
		set = append(set, "from", quote(l.Inputs[0]))
	}
	switch {
	case alone != "":
		return flow(string(l.Kind), alone)
	case len(set) == 0 && !needsSettings(l.Kind):
		return string(l.Kind)
	}
	return flow(string(l.Kind), flow(set...))
}

// printed is a setting as setting reads it.
func printed(s nn.Setting) string {
	switch v := s.Value.(type) {
	case *int:
		return strconv.Itoa(*v)
	case *float64:
		return trial.Number(*v)
	case *bool:
		return strconv.FormatBool(*v != s.Not)
	case *[]string:
		names := make([]string, len(*v))
		for i, name := range *v {
			names[i] = quote(name)
		}
		return bracket(names)
	}
	return ""
}
