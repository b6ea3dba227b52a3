package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// magic is the number that a legacy file begins with, 0x1950a86a20f9469cfc6c, and
// legacyVersion the second.
const (
	magic         = long("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
	legacyVersion = int64(1001)
)

// loadLegacy reads five pickles, the magic number, the version, the machine, what was
// saved and the keys of the storages, and then these: a count of elements in eight
// bytes, the elements.
func loadLegacy(b []byte) (any, error) {
	l := legacy{storages: map[string]*storage{}, parts: map[string]*storage{}}
	at := 0
	next := func() (any, error) {
		m := machine{in: b, at: at, persistent: l.persistent}
		v, err := m.run()
		at = m.at
		return v, err
	}
	if first, err := next(); err != nil || first != any(magic) {
		return nil, errors.New("it is a pickle of Python, but not one of torch.save, which begins with another number: load it where it was written and save the state_dict() with torch.save")
	}
	version, err := next()
	if err != nil {
		return nil, err
	}
	if version != any(legacyVersion) {
		return nil, fmt.Errorf("its version is %s, only %d is known: load it with torch.load and save its state_dict() again", word(version), legacyVersion)
	}
	machine, err := next()
	if err != nil {
		return nil, fmt.Errorf("what it says of its machine: %w", err)
	}
	if d, ok := machine.(*dict); ok && d.get("little_endian") == false {
		return nil, errors.New("it was written on a big-endian machine; load it there and save the state_dict() with a PyTorch of today")
	}
	saved, err := next()
	if err != nil {
		return nil, err
	}
	keys, err := next()
	if err != nil {
		return nil, fmt.Errorf("the list of its storages: %w", err)
	}
	if err := l.fill(b[at:], keys); err != nil {
		return nil, err
	}
	return saved, nil
}

// legacy is a legacy file that is being read.
type legacy struct {
	storages map[string]*storage // by key
	parts    map[string]*storage // of these, by a key of their own
}

// persistent finds the storage ('storage', class, key, location, elements, view), where
// view is None or (key, first element, elements).
func (l *legacy) persistent(id *tuple) (any, error) {
	dtype, key, n, err := storageID(id)
	if err != nil {
		return nil, err
	}
	root, ok := l.storages[key]
	switch {
	case !ok:
		root = &storage{dtype: dtype, key: key, size: n * dtype.Size()}
		l.storages[key] = root
	case root.dtype != dtype || root.size != n*dtype.Size():
		return nil, fmt.Errorf("storage %s is %d bytes of %s and then %d of %s", key, root.size, root.dtype, n*dtype.Size(), dtype)
	}
	if len(id.items) < 6 || id.items[5] == nil {
		return root, nil
	}
	wrong := fmt.Errorf("a part of storage %s is not as torch.save writes it", key)
	part, ok := id.items[5].(*tuple)
	if !ok || len(part.items) != 3 {
		return nil, wrong
	}
	name, isName := part.items[0].(string)
	first, isFirst := part.items[1].(int64)
	count, isCount := part.items[2].(int64)
	if !isName || !isFirst || !isCount || first < 0 || count < 0 || first > int64(n) || count > int64(n)-first {
		return nil, wrong
	}
	s := &storage{dtype: dtype, key: key, root: root, at: int(first) * dtype.Size(), size: int(count) * dtype.Size()}
	if known, ok := l.parts[name]; ok && (known.root != root || known.at != s.at || known.size != s.size) {
		return nil, wrong
	}
	l.parts[name] = s
	return s, nil
}

// fill gives the storages their bytes, in the order of keys.
func (l *legacy) fill(b []byte, keys any) error {
	list, ok := keys.(*list)
	if !ok {
		return fmt.Errorf("the list of its storages is %s", word(keys))
	}
	for _, k := range list.items {
		key, _ := k.(string)
		s, ok := l.storages[key]
		if !ok || s.data != nil {
			return fmt.Errorf("the list of its storages has %s, which no tensor lies in, or twice", word(k))
		}
		if len(b) < 8 || uint64(len(b)-8) < uint64(s.size) {
			return fmt.Errorf("it ends within storage %s, of %d bytes: copy the file again, to the end", key, s.size)
		}
		if n := binary.LittleEndian.Uint64(b); n != uint64(s.size/s.dtype.Size()) {
			return fmt.Errorf("storage %s has %d numbers, its tensors need %d", key, n, s.size/s.dtype.Size())
		}
		s.data = b[8 : 8+s.size : 8+s.size]
		b = b[8+s.size:]
	}
	return nil
}
