package dataset

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Ways to normalise that need no numbers, see Config.Normalise.
const (
	UnitScale = "0..1"   // x = byte/255
	ByteScale = "0..255" // x = byte
)

// Standardise returns the value of Config.Normalise for x = (byte/255 - mean)/std:
// a mean and a standard deviation for each channel, or one of each for all, as
// they are published with networks.
func Standardise(mean, std []float64) (string, error) {
	if len(mean) == 0 || len(mean) != len(std) {
		return "", fmt.Errorf("there are %d means and %d standard deviations; give one of each for all channels, or one for each", len(mean), len(std))
	}
	words := func(vs []float64) string {
		texts := make([]string, len(vs))
		for i, v := range vs {
			texts[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		return strings.Join(texts, ",")
	}
	for i := range mean {
		if !(mean[i] >= 0 && mean[i] <= 1) || !(std[i] > 0 && std[i] <= 1) {
			return "", fmt.Errorf("mean %v and standard deviation %v are not those of values from 0 to 1, black to white; divide those of bytes by 255", mean[i], std[i])
		}
	}
	return "mean " + words(mean) + " std " + words(std), nil
}

// Moments are the mean and the standard deviation of each channel, of byte/255,
// that a value of Config.Normalise states for images of so many channels; ok is
// false for one that states none.
func Moments(normalise string, channels int) (mean, std []float64, ok bool, err error) {
	words := strings.Fields(normalise)
	if len(words) != 4 || words[0] != "mean" || words[2] != "std" {
		return nil, nil, false, nil
	}
	read := func(text string) (vs []float64) {
		for word := range strings.SplitSeq(text, ",") {
			v, e := strconv.ParseFloat(word, 64)
			if err == nil {
				err = e
			}
			vs = append(vs, v)
		}
		if len(vs) == 1 {
			vs = slices.Repeat(vs, channels)
		}
		if len(vs) != channels && err == nil {
			err = fmt.Errorf("normalise has values for %d channels, the images that the network sees have %d", len(vs), channels)
		}
		return vs
	}
	mean, std = read(words[1]), read(words[3])
	return mean, std, err == nil, err
}

// Moments are the mean and the standard deviation, per channel, of the values
// byte/255 that become 0 and 1.
func (d *Splits) Moments() (mean, sd []float64) {
	for c, scale := range d.Scale {
		s := 1 / (255 * float64(scale))
		mean, sd = append(mean, 0-float64(d.Shift[c])*s), append(sd, s)
	}
	return mean, sd
}

// scaling returns scale and shift for each channel as Config.Normalise says.
func scaling(normalise string, train *Set) (scale, shift []float32, err error) {
	channels := train.Shape.C
	switch normalise {
	case "":
		scale, shift = normalisation(train)
		return scale, shift, nil
	case UnitScale:
		return slices.Repeat([]float32{1. / 255}, channels), make([]float32, channels), nil
	case ByteScale:
		return slices.Repeat([]float32{1}, channels), make([]float32, channels), nil
	}
	mean, std, ok, err := Moments(normalise, channels)
	if err == nil && !ok {
		err = fmt.Errorf("there is no normalisation %q", normalise)
	}
	if err != nil {
		return nil, nil, err
	}
	for c := range channels {
		scale = append(scale, float32(1/(255*std[c])))
		shift = append(shift, float32(-mean[c]/std[c]))
	}
	return scale, shift, nil
}

// normalisation returns scale and shift for each channel, so that
// x = byte*scale + shift = (byte/255 - m)/s, with m and s the mean and the
// standard deviation (population) of byte/255 over all pixels of the channel.
// A channel that is constant becomes 0.
func normalisation(s *Set) (scale, shift []float32) {
	for c := range s.Shape.C {
		m, sd := moments(histogram(s, c))
		if sd == 0 {
			sd = 1
		}
		scale = append(scale, float32(1/(255*sd)))
		shift = append(shift, float32(-m/sd))
	}
	return scale, shift
}

// histogram counts the values of a channel.
func histogram(s *Set, channel int) (counts [256]int64) {
	plane := s.Shape.H * s.Shape.W
	for i := range s.Len() {
		for _, b := range s.Image(i)[channel*plane : (channel+1)*plane] {
			counts[b]++
		}
	}
	return counts
}

// moments returns mean and population standard deviation of byte/255. The sums
// are exact: var = (n*sum(b^2) - sum(b)^2) / (255 n)^2.
func moments(counts [256]int64) (mean, sd float64) {
	var n, sum, squares int64
	for b, k := range counts {
		n += k
		sum += int64(b) * k
		squares += int64(b*b) * k
	}
	if n == 0 {
		return 0, 0
	}
	v := new(big.Int).Mul(big.NewInt(n), big.NewInt(squares))
	v.Sub(v, new(big.Int).Mul(big.NewInt(sum), big.NewInt(sum)))
	f, _ := new(big.Float).SetInt(v).Float64()
	d := 255 * float64(n)
	return float64(sum) / d, math.Sqrt(f) / d
}
