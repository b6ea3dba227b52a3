package torch

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// What a pickle holds is nil (None), bool, int64, float64, string, bytestring, long,
// global, or a pointer to one of those below. All can be compared, so that each can be
// a key.

// bytestring is a bytes of Python.
type bytestring string

// long is a whole number of more than 64 bits, little-endian, in two's complement.
type long string

// global is the name of a class or a function that is on the list.
type global struct{ module, name string }

func (g global) String() string { return g.module + "." + g.name }

type tuple struct{ items []any }

type list struct{ items []any }

// dict is a dictionary in the order in which its keys came.
type dict struct {
	keys, values []any
	index        map[any]int
}

func (d *dict) set(key, value any) {
	if i, ok := d.index[key]; ok {
		d.values[i] = value
		return
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[key] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

// setAll takes keys and values in turn.
func (d *dict) setAll(items []any) error {
	if len(items)%2 != 0 {
		return errStack
	}
	for i := 0; i < len(items); i += 2 {
		d.set(items[i], items[i+1])
	}
	return nil
}

// get returns nil where the key is not there.
func (d *dict) get(key any) any {
	if i, ok := d.index[key]; ok {
		return d.values[i]
	}
	return nil
}

// opaque is an object that is known to exist, and by which class, and nothing more.
type opaque struct{ class global }

// word is a value in a few words.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		if utf8.ValidString(v) && len(v) <= 40 {
			return strconv.Quote(v)
		}
		return fmt.Sprintf("a text of %d bytes", len(v))
	case bytestring:
		return fmt.Sprintf("%d bytes", len(v))
	case long:
		return fmt.Sprintf("a whole number of %d bytes", len(v))
	case *tuple:
		return fmt.Sprintf("a tuple of %d", len(v.items))
	case *list:
		return fmt.Sprintf("a list of %d", len(v.items))
	case *dict:
		return fmt.Sprintf("a dictionary of %d", len(v.keys))
	case *opaque:
		return "a " + v.class.String()
	case *view:
		return "a tensor, " + v.dims()
	case *storage:
		return "a storage"
	}
	return fmt.Sprint(v)
}
