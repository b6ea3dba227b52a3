package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Luminance stands for one channel made of three, see Config.Channels.
const Luminance = "luminance"

// colours are the channels of a colour image, in its order.
var colours = []string{"red", "green", "blue"}

// Channels returns the value of Config.Channels for a choice of names: red,
// green and blue, each at most once and in any order, or luminance alone. All
// three are no choice, "".
func Channels(names ...string) (string, error) {
	if slices.Equal(names, []string{Luminance}) {
		return Luminance, nil
	}
	var chosen []string
	for _, c := range colours {
		n := 0
		for _, name := range names {
			if name == c {
				n++
			}
		}
		if n > 1 {
			return "", fmt.Errorf("channel %s is there twice", c)
		}
		if n == 1 {
			chosen = append(chosen, c)
		}
	}
	for _, name := range names {
		switch {
		case name == Luminance:
			return "", fmt.Errorf("%s is made of all channels and stands alone", Luminance)
		case !slices.Contains(colours, name):
			return "", fmt.Errorf("there is no channel %q; there are red, green, blue, and %s for their weighted sum", name, Luminance)
		}
	}
	if len(chosen) == 0 {
		return "", fmt.Errorf("no channel is left")
	}
	if len(chosen) == len(colours) {
		return "", nil
	}
	return strings.Join(chosen, ","), nil
}

// Pick is the shape of images of which the chosen channels are kept; channels
// is as in Config.
func (s Shape) Pick(channels string) (Shape, error) {
	if channels == "" {
		return s, nil
	}
	if s.C != len(colours) {
		return s, fmt.Errorf("channels can be chosen of colour images, which have 3; these are %v", s)
	}
	s.C = strings.Count(channels, ",") + 1
	return s, nil
}

// pick keeps the chosen channels of every image.
func (s *Set) pick(channels string) (*Set, error) {
	shape, err := s.Shape.Pick(channels)
	if err != nil || channels == "" {
		return s, err
	}
	picked := newSet(shape, s.Classes, s.Len())
	copy(picked.Labels, s.Labels)
	picked.Names = s.Names
	plane := shape.H * shape.W
	for i := range s.Len() {
		from, to := s.Image(i), picked.Image(i)
		if channels == Luminance {
			luminance(to, from[:plane], from[plane:2*plane], from[2*plane:])
			continue
		}
		for c, name := range strings.Split(channels, ",") {
			at := slices.Index(colours, name)
			if at < 0 {
				return nil, fmt.Errorf("there is no channel %q", name)
			}
			copy(to[c*plane:(c+1)*plane], from[at*plane:(at+1)*plane])
		}
	}
	return picked, nil
}

// luminance writes the luma of ITU-R BT.601, Y = 0.299 R + 0.587 G + 0.114 B,
// rounded to the nearest byte.
func luminance(y, r, g, b []uint8) {
	for i := range y {
		y[i] = uint8((299*int(r[i]) + 587*int(g[i]) + 114*int(b[i]) + 500) / 1000)
	}
}
