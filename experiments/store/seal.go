package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// seal writes a value as JSON that carries its own SHA-256:
//
//	{"sha256":"<hex of the SHA-256 of VALUE>","KIND":VALUE}
//
// and a line feed. VALUE is compact.
func seal(kind string, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write %s as JSON: %w", kind, err)
	}
	sum := sha256.Sum256(body)
	var b bytes.Buffer
	b.Grow(len(body) + 128)
	b.WriteString(opening)
	b.WriteString(hex.EncodeToString(sum[:]))
	b.WriteString(middle(kind))
	b.Write(body)
	b.WriteString(ending)
	return b.Bytes(), nil
}

const (
	opening = `{"sha256":"`
	ending  = "}\n"
)

func middle(kind string) string { return `","` + kind + `":` }

// content is the VALUE of what seal wrote, which has the digest that it carries.
func content(kind string, text []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(text, []byte(opening))
	if !ok || len(rest) < 2*sha256.Size {
		return nil, fmt.Errorf("it does not begin like a file of this program")
	}
	want := string(rest[:2*sha256.Size])
	rest, ok = bytes.CutPrefix(rest[2*sha256.Size:], []byte(middle(kind)))
	if !ok {
		return nil, fmt.Errorf("it does not hold a %s", kind)
	}
	body, ok := bytes.CutSuffix(rest, []byte(ending))
	if !ok {
		return nil, fmt.Errorf("its end is missing")
	}
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != want {
		return nil, fmt.Errorf("its content does not have the digest that it carries")
	}
	return body, nil
}

// carried is the digest that a text carries which content has looked at.
func carried(text []byte) string {
	return string(text[len(opening) : len(opening)+2*sha256.Size])
}

// unseal reads what seal wrote. Any other byte is noticed.
func unseal(kind string, text []byte, value any) error {
	body, err := content(kind, text)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, value); err != nil {
		return fmt.Errorf("its content is not a %s: %w", kind, err)
	}
	return nil
}
