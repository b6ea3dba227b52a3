package kernel

// A convSkip makes the gradients of a convolution by zero-skipping: from the
// values of dy that are not zero. They are few where the maxima of windows of the
// output were taken: each window passes its gradient on to one value.
//
// It holds images, positions x channels, so that dy[o][i][j] multiplies adjacent
// floats: the patch of x that output (i, j) reads for dW[o], and filter W[o] for
// the same patch of dx. Left out are products with zero, and the others are added
// in the order of gemm and dots, so the results are the same bits.
type convSkip struct {
	v      *variant
	pixel  int       // floats from one position to the next, C or a few more
	row    int       // from one row of positions to the next
	image  int       // from one image to the next
	images []float32 // [Lanes][rows][columns][pixel], of a slice, with padding
	line   int       // floats from one row of a filter to the next, whole vectors
	cols   []int     // blocks of these vectors, as many as sums fit the registers

	// Of the gradient of the weights, in lanes as dots has it. Lane l adds up the
	// images l, l+lanes, ... of a slice, parts = Lanes/lanes of them.
	lanes, parts int
	patches      []patch
	weights      skip
	to           []int32   // of weights, for skipOutputs sums
	sums         []float32 // [skipOutputs][lanes][KH][line]
	total        []float32 // [KH][line], the sum over the lanes
	grad         []float32 // [C][KH][KW]

	// Of the gradient of the input.
	rows   []float32 // W as [KH][O][KW][pixel]
	loaded bool      // rows are those of the weights
	input  skip

	values []float32 // dy as [lane][sum][64*words], see prepareWeights and prepareInput
	found  []uint64  // which values are not zero
}

// A patch is a block of rows and vectors of a filter, and where it begins in the
// images and in the sums.
type patch struct {
	skipShape
	image, sum int
}

// skipOutputs is how many outputs have sums at a time: few enough that they stay
// in the second cache, so many that an image is read from the first.
const skipOutputs = 5

// skipBelow is the part of dy that is not zero below which zero-skipping is faster.
const skipBelow = 0.6

// skips reports whether zero-skipping is the faster way to the gradients. It looks
// at one row of each output plane.
func (c *Conv) skips(dy Mat) bool {
	if !c.v.skips || c.C*c.KW < 8 {
		return false
	}
	run, found := c.ow*Lanes, 0
	for o := range c.O {
		for _, v := range dy.Data[(o*c.oh+o%c.oh)*run:][:run] {
			if v != 0 {
				found++
			}
		}
	}
	return float64(found) < skipBelow*float64(c.O*run)
}

// skip returns the convSkip of c.
func (c *Conv) skip() *convSkip {
	if c.s == nil {
		c.s = newConvSkip(c)
	}
	return c.s
}

func newConvSkip(c *Conv) *convSkip {
	s := &convSkip{v: c.v, pixel: c.C, lanes: c.v.lanes, parts: Lanes / c.v.lanes}
	// On whole vectors loads do not cross lines of the cache, if that takes little
	// more memory.
	if whole := (c.C + 7) / 8 * 8; 4*whole <= 5*c.C {
		s.pixel = whole
	}
	h, w := c.input.top+c.input.h+c.input.bottom, c.input.left+c.input.w+c.input.right
	s.row = w * s.pixel
	s.image = Pad(h*s.row + 8)
	if s.image%page == 0 {
		s.image += Lanes
	}
	s.images = Alloc(Lanes * s.image)
	vectors := (c.KW*s.pixel + 7) / 8
	s.line = 8 * vectors
	s.cols = blocks(vectors, skipVectors)
	s.prepareWeights(c)
	s.prepareInput(c)

	s.values = Alloc(max(s.lanes*skipOutputs*s.weights.words, Lanes*len(s.input.to)*s.input.words) * 64)
	s.found = make([]uint64, len(s.values)/64)
	return s
}

// words is the number of words that have a bit for each of n values.
func words(n int) int { return (n + 63) / 64 }

// prepareWeights sets where the positions of an output meet the images: value
// i*parts + part of a sum is that of position i in one of the images of a lane.
func (s *convSkip) prepareWeights(c *Conv) {
	positions := c.oh * c.ow
	p := &s.weights
	p.words, p.row, p.ldsum = words(positions*s.parts), s.row, s.line
	p.off = make([]int32, 64*p.words)
	for i := range positions {
		for part := range s.parts {
			p.off[i*s.parts+part] = int32(part*s.lanes*s.image + c.Stride*(i/c.ow*s.row+i%c.ow*s.pixel))
		}
	}
	size := c.KH * s.line
	s.to = make([]int32, skipOutputs)
	for i := range s.to {
		s.to[i] = int32(i * s.lanes * size)
	}
	if shape := (skipShape{c.KH, s.line / 8}); s.v.hasSkip(shape) {
		s.patches = []patch{{skipShape: shape}}
	} else {
		for u := range c.KH {
			for i, v := range s.cols[:len(s.cols)-1] {
				s.patches = append(s.patches, patch{skipShape{1, s.cols[i+1] - v}, u*s.row + 8*v, u*s.line + 8*v})
			}
		}
	}
	s.sums = Alloc(skipOutputs * s.lanes * size)
	s.total = Alloc(size)
	s.grad = Alloc(c.K())
}

// addWeightGrad adds dy x^T to dw, with x the padded planes.
func (s *convSkip) addWeightGrad(c *Conv, dw, dy, x []float32) {
	for i := range c.input.plane() / Lanes {
		s.v.transpose(s.images[i*s.pixel:], s.image, x[i*Lanes:], c.input.plane(), c.C, Lanes)
	}
	p := &s.weights
	positions, area, size, wide := c.oh*c.ow, c.KH*c.KW, c.KH*s.line, 64*p.words
	for o := 0; o < c.O; o += skipOutputs {
		n := min(skipOutputs, c.O-o)
		p.to = s.to[:n]
		for i := range n {
			s.v.transpose(s.values[i*wide:], n*wide, dy[(o+i)*positions*Lanes:], s.lanes, positions*s.parts, s.lanes)
		}
		found := s.find(p, s.lanes*n, positions*s.parts)
		for l := range s.lanes {
			for _, b := range s.patches {
				p.skipShape = b.skipShape
				s.v.skip(p, s.sums[l*size+b.sum:], s.values[l*n*wide:], s.images[l*s.image+b.image:], found[l*n*p.words:])
			}
		}
		for i := range n {
			s.v.fold(s.total, s.sums[i*s.lanes*size:], size)
			for u := range c.KH {
				s.v.transpose(s.grad[u*c.KW:], area, s.total[u*s.line:], s.pixel, c.KW, c.C)
			}
			row := dw[(o+i)*len(s.grad):][:len(s.grad)]
			for k, g := range s.grad {
				row[k] += g
			}
		}
	}
}

// prepareInput sets the order of the sums: the last positions of dy first, since
// they meet the first weights.
func (s *convSkip) prepareInput(c *Conv) {
	positions := c.oh * c.ow
	p := &s.input
	p.height, p.words, p.add = 1, words(c.O), true
	p.off = make([]int32, 64*p.words)
	for o := range c.O {
		p.off[o] = int32(o * s.line)
	}
	p.to = make([]int32, positions)
	for i := range p.to {
		at := positions - 1 - i
		p.to[i] = int32(c.Stride * (at/c.ow*s.row + at%c.ow*s.pixel))
	}
	s.rows = Alloc(c.KH * c.O * s.line)
}

// inputGrad sets dx = W^T dy.
func (s *convSkip) inputGrad(c *Conv, dx, dy []float32) {
	if !s.loaded {
		for u := range c.KH {
			for o := range c.O {
				for v := range c.KW {
					for i, ch := range c.inBlocks[:len(c.inBlocks)-1] {
						n := c.inBlocks[i+1] - ch
						copy(s.rows[(u*c.O+o)*s.line+v*s.pixel+ch:], c.taps[((u*c.KW+v)*c.C+ch)*c.O+o*n:][:n])
					}
				}
			}
		}
		s.loaded = true
	}
	p := &s.input
	positions, wide := len(p.to), 64*p.words
	for i := range positions {
		s.v.transpose(s.values[(positions-1-i)*wide:], positions*wide, dy[i*Lanes:], positions*Lanes, c.O, Lanes)
	}
	found := s.find(p, Lanes*positions, c.O)
	clear(s.images)
	for u := range c.KH {
		for i, v := range s.cols[:len(s.cols)-1] {
			p.vectors = s.cols[i+1] - v
			for l := range Lanes {
				s.v.skip(p, s.images[l*s.image+u*s.row+8*v:], s.values[l*positions*wide:], s.rows[u*c.O*s.line+8*v:], found[l*positions*p.words:])
			}
		}
	}
	for i := range c.H * c.W {
		at := (i/c.W+c.Pad)*s.row + (i%c.W+c.Pad)*s.pixel
		s.v.transpose(dx[i*Lanes:], c.H*c.W*Lanes, s.images[at:], s.image, Lanes, c.C)
	}
}

// find returns which values of so many sums, n each, are not zero. The bits past n
// in the last word of a sum are cleared: values there are of earlier calls.
func (s *convSkip) find(p *skip, sums, n int) []uint64 {
	found := s.found[:sums*p.words]
	s.v.nonzero(found, s.values)
	if rest := n % 64; rest != 0 {
		for i := p.words - 1; i < len(found); i += p.words {
			found[i] &= 1<<rest - 1
		}
	}
	return found
}
