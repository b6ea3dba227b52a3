package trial

import (
	"fmt"
	"strings"
)

// Labels names each trial by the first cell that it serves, for people.
func (p Plan) Labels() map[Key]string {
	m := map[Key]string{}
	for _, c := range p.Cells {
		if _, named := m[c.Key]; named {
			continue
		}
		words := []string{c.Arm}
		switch c.Role {
		case Dense:
			words = append(words, "dense")
		case Control:
			words = append(words, c.Target, "unpruned control")
		default:
			words = append(words, c.Target, c.Method.String(), fmt.Sprintf("%s %g", c.Parameter, c.Requested))
		}
		if c.Round > 1 {
			words = append(words, fmt.Sprintf("round %d", c.Round))
		}
		m[c.Key] = strings.Join(append(words, fmt.Sprintf("seed %d", c.Seed)), ", ")
	}
	return m
}
