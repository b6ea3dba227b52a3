// Package elementary has the exponential, the logarithm, the power and the sine
// with the same bits on every machine. Those of package math depend on the processor: on
// amd64 whether math.Exp fuses multiplications with additions is found out when
// the program runs, and on arm64 it is another algorithm. What the loss of a
// network or a learning rate is must not depend on that.
//
// The bits are those of Go 1.26 on an amd64 processor that fuses. Each operation
// is written so that it rounds where it says: math.FMA rounds once, a conversion
// float64(x*y) keeps the compiler from fusing x*y with what follows.
package elementary

import "math"

// ln2Hi + ln2Lo is log 2 of Exp; n*ln2Hi is exact for the n that occur.
const (
	ln2Hi = 0.69314718055966295651160180568695068359375
	ln2Lo = 0.28235290563031577122588448175013436025525412068e-12
)

// Exp returns e to the x: Shibata 2010, Efficient evaluation methods of
// elementary functions suitable for SIMD computation.
//
//	x = n log 2 + 16 r with |16 r| <= log(2)/2
//	s = e^r - 1 by its Taylor polynomial of degree 8
//	e^x = 2^n (1 + s)^16, where (1 + s)^2 - 1 = s (s + 2)
func Exp(x float64) float64 {
	switch {
	case x != x || x > 710:
		return x * math.Inf(1)
	case x < -746:
		return 0
	}
	n := math.RoundToEven(x * math.Log2E)
	r := math.FMA(-n, ln2Lo, math.FMA(-n, ln2Hi, x)) / 16
	p := 2.4801587301587301587e-5 // 1/8!
	for _, c := range [...]float64{1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1} {
		p = math.FMA(p, r, c)
	}
	s := r * p
	for range 3 {
		s *= s + 2
	}
	return math.Ldexp(math.FMA(s, s+2, 1), int(n))
}

// Log returns the natural logarithm of x > 0: fdlibm's e_log.c (Sun Microsystems
// 1993).
//
//	x = 2^k (1 + f) with sqrt(2)/2 < 1 + f <= sqrt(2), s = f/(2 + f)
//	log(1 + f) = f - f²/2 + s (f²/2 + R), R = log((1+s)/(1-s))/s - 2, a polynomial in s²
func Log(x float64) float64 {
	const (
		hi, lo     = 6.93147180369123816490e-01, 1.90821492927058770002e-10 // log 2
		l1, l2, l3 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
		l4, l5, l6 = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
		l7         = 1.479819860511658591e-01
	)
	switch {
	case !(x > 0):
		return math.Log(x)
	case math.IsInf(x, 1):
		return x
	}
	m, e := math.Frexp(x)
	if m <= math.Sqrt2/2 {
		m *= 2
		e--
	}
	f, k := m-1, float64(e)
	s := f / (2 + f)
	s2 := s * s
	s4 := s2 * s2
	odd := l1 + float64(s4*(l3+float64(s4*(l5+float64(s4*l7)))))
	even := l2 + float64(s4*(l4+float64(s4*l6)))
	half := float64(0.5 * f * f)
	rest := half + (float64(s2*odd) + float64(s4*even))
	return float64(k*hi) - ((half - (float64(s*rest) + float64(k*lo))) - f)
}

// Pow returns x to the y for finite x > 0 and y: the nearest whole power by
// squaring, times Exp of what is left.
func Pow(x, y float64) float64 {
	whole, part := math.Modf(math.Abs(y))
	p := 1.0
	if part > 0.5 {
		whole, part = whole+1, part-1
	}
	if part != 0 {
		p = Exp(part * Log(x))
	}
	// m 2^e is x to a power of two, p 2^shift the product.
	m, e := math.Frexp(x)
	shift := 0
	for i := int64(whole); i != 0; i >>= 1 {
		if i&1 == 1 {
			p *= m
			shift += e
		}
		m, e = float64(m*m), 2*e
		if m < 0.5 {
			m, e = 2*m, e-1
		}
	}
	if y < 0 {
		p, shift = 1/p, -shift
	}
	return math.Ldexp(p, shift)
}

// Sin returns the sine of x, |x| <= pi/2, by its Taylor polynomial of degree 21:
// the next term is below 3e-18 there.
func Sin(x float64) float64 {
	square := x * x
	p := 0.0
	for n := 20.0; n >= 2; n -= 2 {
		// 1 - x²/(2·3) (1 - x²/(4·5) (...)): the innermost first.
		p = -square / (n * (n + 1)) * (1 + p)
	}
	return math.FMA(x, p, x)
}
