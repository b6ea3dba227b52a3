package kernel

// AddBias adds b[o] to the o-th run of y:
//
//	for o < len(b); i < run: y[o*run + i] += b[o]
func AddBias(y []float32, run int, b []float32) {
	checkRuns(y, run, b)
	if run%Lanes == 0 {
		current.addBias(y, run, b)
	} else {
		addBiasGeneric(y, run, b)
	}
}

func addBiasGeneric(y []float32, run int, b []float32) {
	for o, v := range b {
		for i, u := range y[o*run:][:run] {
			y[o*run+i] = u + v
		}
	}
}

// AddBiasReLU adds b[o] to the o-th run of y and rectifies:
//
//	for o < len(b); i < run: y[o*run + i] = max(0, y[o*run + i] + b[o])
//
// NaN stays NaN.
func AddBiasReLU(y []float32, run int, b []float32) {
	checkRuns(y, run, b)
	if run%Lanes == 0 {
		current.addBiasReLU(y, run, b)
	} else {
		addBiasReLUGeneric(y, run, b)
	}
}

func addBiasReLUGeneric(y []float32, run int, b []float32) {
	for o, v := range b {
		for i, u := range y[o*run:][:run] {
			y[o*run+i] = max(0, u+v)
		}
	}
}

// AddBiasGrad adds the sums of the runs of dy to db:
//
//	for o < len(db); i < run: db[o] += dy[o*run + i]
func AddBiasGrad(db, dy []float32, run int) {
	checkRuns(dy, run, db)
	if run%Lanes == 0 {
		current.addBiasGrad(db, dy, run)
	} else {
		addBiasGradGeneric(db, dy, run)
	}
}

func addBiasGradGeneric(db, dy []float32, run int) {
	for o := range db {
		var sums [Lanes]float32
		d := dy[o*run:][:run]
		for ; len(d) >= Lanes; d = d[Lanes:] {
			for l := range sums {
				sums[l] += d[l]
			}
		}
		for l, v := range d {
			sums[l] += v
		}
		var sum float32
		for _, s := range sums {
			sum += s
		}
		db[o] += sum
	}
}

func checkRuns(y []float32, run int, b []float32) {
	if run < 0 || len(y) < run*len(b) {
		panic(badLength)
	}
}

// ReLU sets y = max(0, x). NaN stays NaN. y and x may be the same slice.
func ReLU(y, x []float32) {
	if len(y) != len(x) {
		panic(badLength)
	}
	n := whole(len(x))
	current.relu(y[:n], x[:n])
	reluGeneric(y[n:], x[n:])
}

func reluGeneric(y, x []float32) {
	for i, v := range x {
		y[i] = max(0, v)
	}
}

// ReLUGrad sets dx = dy where y > 0, and 0 elsewhere, for y = max(0, x). dx and
// dy may be the same slice.
func ReLUGrad(dx, dy, y []float32) {
	if len(dx) != len(dy) || len(dx) != len(y) {
		panic(badLength)
	}
	n := whole(len(y))
	current.reluGrad(dx[:n], dy[:n], y[:n])
	reluGradGeneric(dx[n:], dy[n:], y[n:])
}

func reluGradGeneric(dx, dy, y []float32) {
	for i, v := range y {
		d := dy[i]
		if !(v > 0) {
			d = 0
		}
		dx[i] = d
	}
}
