package stats

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"prunelab/experiments/store"
	"prunelab/experiments/trial"
)

const withinBudget = "../../results/layers-lenet-5-within-0.5pp"

// publishedBits are the correctness bits by seed of retrained networks of a
// published study.
func publishedBits(t *testing.T, study, arm, target, requested string) (right [][]byte, images int) {
	t.Helper()
	f, err := os.Open(filepath.Join(study, "tables", "trials.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	folder := store.Inspect(study, store.Disk{}, func(name string, why error) { t.Errorf("%s: %v", name, why) })
	column := map[string]int{}
	for i, head := range rows[0] {
		column[head] = i
	}
	for _, row := range rows[1:] { // by seed
		is := func(head, want string) bool { return row[column[head]] == want }
		if !is("arm", arm) || !is("target", target) || !is("requested", requested) || !is("stage", "retrained") || !is("method", "magnitude") {
			continue
		}
		o, ok, err := folder.Outcome(trial.Key(row[column["key"]]))
		if err != nil || !ok {
			t.Fatalf("%s of %s: %v, %v", row[column["key"]], study, ok, err)
		}
		s := o.Result.Retrained
		right, images = append(right, s.Bits), s.N
	}
	return right, images
}

// Losses in pp and their half width by seeds, as published, and over images as
// well: the two points by which the published intervals were found to be too
// narrow. Expected limits by the formulas in Python, from the same bits.
func TestCrossedWidensWhatIsPublished(t *testing.T) {
	for _, c := range []struct {
		study, target, requested string
		seeds                    int
		loss, bySeeds, crossed   float64 // pp
		lo, hi                   float64
	}{
		{"../../results/layers-lenet-5-within-0.5pp", "recommended", "0.951322", 8, .415, .076, .158, .0026464111093577047, .005818578733618018},
		{"../../results/regularizers-lenet-300-100", "all", "0.95", 10, .486, .112, .155, .003360367053099611, .006470557424744117},
	} {
		right, images := publishedBits(t, c.study, "L2", c.target, c.requested)
		control, _ := publishedBits(t, c.study, "L2", "all", "0")
		if len(right) != c.seeds || len(control) != c.seeds {
			t.Fatalf("%s: %d networks, %d controls", c.study, len(right), len(control))
		}
		e, err := Crossed(right, control, images, .95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "loss", 100*e.Value, c.loss, .0005)
		near(t, "by seeds", 100*tQuantile(.95, c.seeds-1)*e.SD/math.Sqrt(float64(c.seeds)), c.bySeeds, .0006)
		near(t, "seeds and images", 100*(e.Hi-e.Lo)/2, c.crossed, .001)
		near(t, "lo", e.Lo, c.lo, 1e-9)
		near(t, "hi", e.Hi, c.hi, 1e-9)
	}
	right, images := publishedBits(t, withinBudget, "L2", "recommended", "0.951322")
	e, err := Crossed(right, nil, images, .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", e.Value, .985125, 1e-12)
	near(t, "accuracy, lo", e.Lo, .9818954481167645, 1e-9)
	near(t, "accuracy, hi", e.Hi, .9877888007853366, 1e-9)
}

// The mean squares are those of the definition.
func TestCrossedSquaresAgreeWithTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seeds, images := rapid.IntRange(2, 6).Draw(t, "seeds"), rapid.IntRange(2, 40).Draw(t, "images")
		x := make([][]float64, seeds)
		got := lost{byImage: make([]int, images)}
		for s := range x {
			var bits [2][]int
			x[s] = make([]float64, images)
			for k := range bits {
				for i := range images {
					if rapid.Bool().Draw(t, "right") {
						bits[k] = append(bits[k], i)
						x[s][i] += float64(1 - 2*k)
					}
				}
			}
			if err := got.add(bitsOf(images, bits[0]...), bitsOf(images, bits[1]...), images); err != nil {
				t.Fatal(err)
			}
		}
		s, n := float64(seeds), float64(images)
		total, row, column := 0.0, make([]float64, seeds), make([]float64, images)
		for i := range x {
			for j, v := range x[i] {
				total, row[i], column[j] = total+v/s/n, row[i]+v/n, column[j]+v/s
			}
		}
		var a, b, e float64
		for i := range x {
			a += n * (row[i] - total) * (row[i] - total) / (s - 1)
			for j, v := range x[i] {
				b += (column[j] - total) * (column[j] - total) / (n - 1)
				d := v - row[i] - column[j] + total
				e += d * d / (s - 1) / (n - 1)
			}
		}
		mean, sq := Average(got.bySeed), got.squares()
		for _, c := range [][2]float64{{mean, total}, {sq.a, a}, {sq.b, b}, {sq.e, min(e, b)}} {
			if math.Abs(c[0]-c[1]) > 1e-9 {
				t.Fatalf("%v and %+v, want %v", mean, sq, []float64{total, a, b, min(e, b)})
			}
		}
	})
}

func TestCrossedAtItsEdges(t *testing.T) {
	all := bitsOf(10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	e, err := Crossed([][]byte{all, all}, nil, 10, .95)
	if err != nil || e.Value != 1 || e.Lo != 1 || e.Hi != 1 || len(e.Warnings) == 0 {
		t.Errorf("all right: %+v, %v", e, err)
	}
	some := bitsOf(10, 0, 1, 2, 3, 4, 5, 6)
	e, _ = Crossed([][]byte{some}, nil, 10, .95)
	if want, _ := Wilson(7, 10, .95); e.Lo != want.Lo || e.Hi != want.Hi || e.N != 1 {
		t.Errorf("one network: %+v, want Wilson's %+v", e, want)
	}
	e, _ = Crossed([][]byte{some}, [][]byte{all}, 10, .95)
	g, _ := McNemar(all, some, 10)
	if want := g.Difference(.95); math.Abs(e.Value-.3) > 1e-15 || e.Lo != want.Lo || e.Hi != want.Hi {
		t.Errorf("one network and its reference: %+v, want Newcombe's %+v", e, want)
	}
	if _, err := Crossed([][]byte{some, {0, 0xff}}, nil, 10, .95); err == nil {
		t.Error("bits beyond the last image are accepted")
	}
	if _, err := Crossed(nil, nil, 10, .95); err == nil {
		t.Error("no network is accepted")
	}
}

// Newcombe 1998, table II (36, 12, 2, 0); Altman, Machin, Bryant and Gardner 2000,
// table 6.2 (14, 5, 0, 22); Fagerland, Lydersen and Laake 2017, chapter 8 (59, 6,
// 16, 80).
func TestNewcombeAgreesWithTheLiterature(t *testing.T) {
	for _, c := range []struct {
		g         Agreement
		d, lo, hi float64
	}{
		{Agreement{Both: 36, OnlyA: 12, OnlyB: 2}, .2, .0569, .3404},
		{Agreement{Both: 14, OnlyA: 5, None: 22}, .1220, .0115, .2265},
		{Agreement{Both: 59, OnlyA: 6, OnlyB: 16, None: 80}, -.0621, -.1186, -.0046},
	} {
		e := c.g.Difference(.95)
		near(t, "difference", e.Value, c.d, .00005)
		near(t, "lo", e.Lo, c.lo, .00005)
		near(t, "hi", e.Hi, c.hi, .00005)
		back := Agreement{Both: c.g.Both, OnlyA: c.g.OnlyB, OnlyB: c.g.OnlyA, None: c.g.None}.Difference(.95)
		near(t, "the other way round", -back.Hi, e.Lo, 1e-12)
	}
	if e := (Agreement{Both: 100}).Difference(.95); e.Value != 0 || e.Lo < -.05 || e.Hi > .05 {
		t.Errorf("two networks that are always right: %+v", e)
	}
}

// crossing draws what networks get right, with images of very different
// difficulty: of the network of a seed and of its reference, logit(p) is at + seed +
// image, each its own interaction.
type crossing struct {
	at, reference, bySeed float64
}

func (c crossing) draw(r *rand.Rand, seeds, images int) (right, reference [][]byte) {
	hard := draws(images, func() float64 { return 3 * r.NormFloat64() })
	for range seeds {
		a, b := c.at+c.bySeed*r.NormFloat64(), c.reference+.1*r.NormFloat64()
		x, y := make([]byte, (images+7)/8), make([]byte, (images+7)/8)
		for i, h := range hard {
			own := .5 * r.NormFloat64()
			for _, k := range []struct {
				bits  []byte
				logit float64
			}{{x, a}, {y, b}} {
				if r.Float64() < 1/(1+math.Exp(-k.logit-h-own)) {
					k.bits[i/8] |= 1 << (i % 8)
				}
			}
		}
		right, reference = append(right, x), append(reference, y)
	}
	return right, reference
}

// truth is the accuracy of the network and its loss.
func (c crossing) truth() (accuracy, loss float64) {
	const n = 1_000_000
	r := stream("truth", []float64{c.at, c.reference, c.bySeed})
	for range n {
		image := math.Sqrt(3*3+.5*.5) * r.NormFloat64()
		a := 1 / (1 + math.Exp(-c.at-c.bySeed*r.NormFloat64()-image))
		accuracy += a / n
		loss += (1/(1+math.Exp(-c.reference-.1*r.NormFloat64()-image)) - a) / n
	}
	return accuracy, loss
}

func TestSimulationCrossed(t *testing.T) {
	const images = 600
	for _, c := range []crossing{{7, 7.5, .2}, {7, 7.5, 0}, {3, 7.5, 1}, {7.4, 7.5, .1}} {
		accuracy, loss := c.truth()
		for _, seeds := range []int{1, 5, 8, 10} {
			if seeds == 1 && c.bySeed > 0 {
				continue // the truth is another for each network
			}
			r := stream("crossed", []float64{c.at, c.bySeed, float64(seeds)})
			var hit, bySeeds [2]int
			runs := *simulations / 4
			for range runs {
				right, reference := c.draw(r, seeds, images)
				for k, against := range [][][]byte{nil, reference} {
					e, err := Crossed(right, against, images, .95)
					if err != nil {
						t.Fatal(err)
					}
					want := []float64{accuracy, loss}[k]
					if e.Lo <= want && want <= e.Hi {
						hit[k]++
					}
					if seeds > 1 && math.Abs(e.Value-want) <= tQuantile(.95, seeds-1)*e.SD/math.Sqrt(float64(seeds)) {
						bySeeds[k]++
					}
				}
			}
			t.Logf("accuracy %.3f, loss %.4f, %d seeds; over seeds alone %.3f and %.3f of the intervals hold them", accuracy, loss, seeds,
				float64(bySeeds[0])/float64(runs), float64(bySeeds[1])/float64(runs))
			rate(t, "  seeds x images, accuracy", hit[0], runs, .93, .97)
			rate(t, "  seeds x images, loss", hit[1], runs, .93, .97)
		}
	}
}
