package kernel

import (
	"fmt"
	"reflect"
	"testing"
)

// Every variant of the build is whole, also those that this machine does not run.
func TestVariantsAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, v := range compiled {
		if v.name == "" || names[v.name] {
			t.Errorf("a second variant of the name %q", v.name)
		}
		names[v.name] = true
		fields := reflect.ValueOf(v).Elem()
		for i := range fields.NumField() {
			field, name := fields.Field(i), fields.Type().Field(i).Name
			if field.Kind() == reflect.Func && field.IsNil() {
				t.Errorf("%s has no %s", v.name, name)
			}
		}
		if v.rows < 1 || v.dotRows < 1 || v.dotCols < 1 || v.cols%Lanes != 0 || v.depth%Lanes != 0 || v.lanes < 1 || Lanes%v.lanes != 0 {
			t.Errorf("%s: gemm of %dx%d, depth %d, dots of %dx%d in %d lanes", v.name, v.rows, v.cols, v.depth, v.dotRows, v.dotCols, v.lanes)
		}
		if v.pairs && v.cols != 2*Lanes {
			t.Errorf("%s has pairs in blocks of %d columns", v.name, v.cols)
		}
		for vectors := 1; vectors <= skipVectors; vectors++ {
			if !v.hasSkip(skipShape{1, vectors}) {
				t.Errorf("%s skips nothing in rows of %d vectors", v.name, vectors)
			}
		}
		if v.convT(convTShape{8, convTTaps + 1, 0}) != nil {
			t.Errorf("%s has a transposed convolution of more taps than a row lists", v.name)
		}
	}
	if compiled[0] != generic || available[0] != generic {
		t.Error("generic is not the first variant")
	}
}

func TestUse(t *testing.T) {
	before := Variant()
	defer mustUse(before)
	for _, name := range Variants() {
		if err := Use(name); err != nil {
			t.Error(err)
		}
		if Variant() != name {
			t.Errorf("Variant() = %s after Use(%s)", Variant(), name)
		}
	}
	last := Variant()
	if err := Use("sse9"); err == nil {
		t.Error("Use accepts an unknown variant")
	}
	if Variant() != last {
		t.Errorf("a failed Use changed the variant to %s", Variant())
	}
}

func TestChooseReportsEnvironment(t *testing.T) {
	if v, err := choose(""); err != nil || v != available[len(available)-1] {
		t.Errorf("choose() = %v, %v, want the widest", v, err)
	}
	if v, err := choose("generic"); err != nil || v != generic {
		t.Errorf("choose(generic) = %v, %v", v, err)
	}
	v, err := choose("AVX512")
	if err == nil {
		t.Error("an unknown name is no error")
	}
	if v != available[len(available)-1] {
		t.Errorf("after an unknown name the variant is %v, want the widest", v)
	}
}

func TestLookupOfUnsupported(t *testing.T) {
	before := available
	defer func() { available = before }()
	available = []*variant{generic}
	if _, err := lookup("avx512"); err == nil {
		t.Error("a variant that the machine does not run is no error")
	}
}

func ExampleVariants() {
	fmt.Println(Variants()[0])
	// Output: generic
}
