package rng

import (
	"math"
	"math/rand/v2"

	"prunelab/model/elementary"
)

// The ziggurat of Marsaglia and Tsang 2000 with 128 strips of equal area, of
// which the lowest holds the tail beyond x = tail. Strip i reaches to
// width[i] 2^31, where the density exp(-x²/2) is height[i]; draws below inner[i]
// lie under the curve whatever their height.
const (
	tail = 3.442619855899
	area = 9.91256303526217e-3 // of a strip
	one  = 1 << 31             // draws have 31 bits and a sign
)

var inner, width, height = strips()

func density(x float64) float64 { return elementary.Exp(-0.5 * x * x) }

func strips() (inner [128]uint32, width, height [128]float32) {
	base := area / density(tail)
	inner[0], width[0], height[0] = uint32(tail/base*one), float32(base/one), 1
	for i, x := 127, tail; i > 0; i-- {
		width[i], height[i] = float32(x/one), float32(density(x))
		if i == 1 {
			break // nothing of the topmost strip lies under the curve as a whole
		}
		next := math.Sqrt(-2 * elementary.Log(area/x+density(x)))
		inner[i] = uint32(next / x * one)
		x = next
	}
	return inner, width, height
}

// Normal draws from the standard normal distribution: the numbers of
// rand.Rand.NormFloat64 on amd64, on every processor. Compiled elsewhere, that
// fuses the product below with its sum, so that a draw in very many is taken where
// it was refused, and all after it are others.
func Normal(r *rand.Rand) float64 {
	for {
		u := r.Uint64()
		j, i := int32(u), u>>32&127
		x := float64(j) * float64(width[i])
		switch {
		case uint32(max(int64(j), -int64(j))) < inner[i]:
			return x
		case i == 0:
			for {
				far := float64(-elementary.Log(r.Float64()) * (1.0 / tail))
				if y := -elementary.Log(r.Float64()); y+y >= far*far {
					return math.Copysign(tail+far, x)
				}
			}
		case height[i]+float32(float32(r.Float64())*(height[i-1]-height[i])) < float32(density(x)):
			return x
		}
	}
}
