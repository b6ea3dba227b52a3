// Command asm generates the amd64 kernels of package kernel. Run it as
//
//	go run -C _asm/amd64 .
//
// in the directory of the package, where it writes the assembly and the stubs.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// dir is where the package lies, seen from here.
const dir = "../.."

func main() {
	for _, f := range []struct {
		name string
		emit func(*gen)
	}{
		{"gemm", gemms},
		{"dots", allDots},
		{"skip", skips},
		{"spmm", spmms},
		{"sddmm", sddmms},
		{"convt", convTs},
		{"transpose", transposes},
		{"elementwise", elementwise},
		{"norm", norms},
		{"update", updates},
		{"pool", pools},
		{"softmax", softmaxes},
		{"peak", peaks},
	} {
		if err := generate(f.name, f.emit); err != nil {
			fmt.Fprintf(os.Stderr, "asm: %s: %v\n", f.name, err)
			os.Exit(1)
		}
	}
}

// generate writes z<name>_amd64.s and z<name>_stubs_amd64.go.
func generate(name string, emit func(*gen)) error {
	g := &gen{Context: build.NewContext()}
	g.ConstraintExpr("!noasm")
	emit(g)
	file, err := g.Result()
	if err != nil {
		return err
	}
	asm, err := os.Create(filepath.Join(dir, "z"+name+"_amd64.s"))
	if err != nil {
		return err
	}
	stubs, err := os.Create(filepath.Join(dir, "z"+name+"_stubs_amd64.go"))
	if err != nil {
		return err
	}
	cfg := printer.Config{Argv: []string{"go", "run", "-C", "_asm/amd64", "."}, Pkg: "kernel"}
	return pass.Concat(
		pass.Compile,
		&pass.Output{Writer: asm, Printer: printer.NewGoAsm(cfg)},
		&pass.Output{Writer: stubs, Printer: printer.NewStubs(cfg)},
	).Execute(file)
}

// lanes is the number of samples in a group.
const lanes = 16

// gen emits one file; isa is the instruction set of the function that is open.
type gen struct {
	*build.Context
	isa
	labels int
}

// An isa is an instruction set with vectors of so many bytes.
type isa struct {
	name      string
	bytes     int
	registers int
}

var (
	avx2   = isa{"AVX2", 32, 16}
	avx512 = isa{"AVX512", 64, 32}
	isas   = []isa{avx2, avx512}
)

// parts is the number of vectors that hold a group of samples.
func (s isa) parts() int { return lanes * 4 / s.bytes }

// chains is the number of independent multiply-adds that keep a core busy:
// latency times throughput.
func (s isa) chains() int { return 256 / s.bytes }

// vec returns vector register i.
func (s isa) vec(i int) reg.VecPhysical {
	if i >= s.registers {
		panic(fmt.Sprintf("%s has no vector register %d", s.name, i))
	}
	if s.bytes == 64 {
		return zmm[i]
	}
	return ymm[i]
}

var (
	zmm, ymm, xmm [32]reg.VecPhysical
)

func init() {
	for i, r := range []reg.VecPhysical{
		reg.X0, reg.X1, reg.X2, reg.X3, reg.X4, reg.X5, reg.X6, reg.X7,
		reg.X8, reg.X9, reg.X10, reg.X11, reg.X12, reg.X13, reg.X14, reg.X15,
		reg.X16, reg.X17, reg.X18, reg.X19, reg.X20, reg.X21, reg.X22, reg.X23,
		reg.X24, reg.X25, reg.X26, reg.X27, reg.X28, reg.X29, reg.X30, reg.X31,
	} {
		xmm[i] = r
		ymm[i] = r.AsY().(reg.VecPhysical)
		zmm[i] = r.AsZ().(reg.VecPhysical)
	}
}

// open begins a function that the garbage collector may ignore.
func (g *gen) open(s isa, name, signature string, doc ...string) {
	g.isa = s
	g.Function(name)
	g.Attributes(attr.NOSPLIT)
	g.Pragma("noescape")
	g.SignatureExpr(signature)
	g.Doc(doc...)
}

// close returns from the function that is open.
func (g *gen) close() {
	g.VZEROUPPER()
	g.RET()
}

// param loads an argument into a general register.
func (g *gen) param(name string) reg.GPVirtual {
	r := g.GP64()
	g.Load(g.Param(name), r)
	return r
}

// paramBytes loads an argument that counts floats and turns it into bytes.
func (g *gen) paramBytes(name string) reg.GPVirtual {
	r := g.param(name)
	g.SHLQ(operand.Imm(2), r)
	return r
}

// addParamBytes adds an argument that counts floats to a pointer.
func (g *gen) addParamBytes(name string, ptr reg.GPVirtual) {
	r := g.param(name)
	g.LEAQ(operand.Mem{Base: ptr, Index: r, Scale: 4}, ptr)
}

// label returns a name that is new in the function.
func (g *gen) label(name string) string {
	g.labels++
	return fmt.Sprintf("%s%d", name, g.labels)
}

// while emits body as a loop that counts n down to 0 and does not run for n <= 0.
func (g *gen) while(n reg.GPVirtual, body func()) {
	loop, done := g.label("loop"), g.label("done")
	g.TESTQ(n, n)
	g.JLE(operand.LabelRef(done))
	g.Label(loop)
	body()
	g.DECQ(n)
	g.JNZ(operand.LabelRef(loop))
	g.Label(done)
}

// zero clears vector registers from lo up to hi.
func (g *gen) zero(lo, hi int) {
	for i := lo; i < hi; i++ {
		g.clearVec(i)
	}
}

func (g *gen) clearVec(i int) {
	if i < 16 {
		g.VXORPS(xmm[i], xmm[i], xmm[i])
		return
	}
	g.VPXORD(zmm[i], zmm[i], zmm[i])
}

// broadcast fills vector i with an argument.
func (g *gen) broadcast(name string, i int) {
	c, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	g.VBROADCASTSS(c.Addr, g.vec(i))
}

func at(base reg.Register, disp int) operand.Mem {
	return operand.Mem{Base: base, Disp: disp}
}
