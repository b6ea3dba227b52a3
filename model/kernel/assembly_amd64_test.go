//go:build !noasm

package kernel

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// Every function of a list is the one for its place, and of its instruction set,
// also where this machine does not run it; and each that was generated is used.
func TestAssemblyIsInPlace(t *testing.T) {
	used := map[string]bool{"zgather": true, "znonzero": true}
	place := func(f reflect.Value, want string) {
		t.Helper()
		got := "nothing"
		if !f.IsNil() {
			got = strings.TrimPrefix(runtime.FuncForPC(f.Pointer()).Name(), "prunelab/model/kernel.")
		}
		if got != want {
			t.Errorf("%s is in the place of %s", got, want)
		}
		used[got] = true
	}
	for _, set := range []struct {
		*assembly
		name  string
		lanes int
	}{{&avx2, "AVX2", 8}, {&avx512, "AVX512", 16}} {
		if set.assembly.lanes != set.lanes {
			t.Errorf("%s has %d lanes, want %d", set.name, set.assembly.lanes, set.lanes)
		}
		for r, row := range set.gemm[1:] {
			if len(row) != len(set.gemm[1]) {
				t.Errorf("%s: gemm of %d rows has %d widths, of 1 row %d", set.name, r+1, len(row), len(set.gemm[1]))
			}
			for c, f := range row {
				place(reflect.ValueOf(f), fmt.Sprintf("zgemm%s_%dx%d", set.name, r+1, (c+1)*Lanes))
			}
		}
		for r, row := range set.dots[1:] {
			if len(row) != len(set.dots[1]) {
				t.Errorf("%s: dots of %d rows have %d widths, of 1 row %d", set.name, r+1, len(row), len(set.dots[1]))
			}
			for c, f := range row[1:] {
				place(reflect.ValueOf(f), fmt.Sprintf("zdots%s_%dx%d", set.name, r+1, c+1))
			}
		}
		for groups, f := range set.spmm[1:] {
			place(reflect.ValueOf(f), fmt.Sprintf("zspmm%s_%d", set.name, groups+1))
		}
		for s, f := range set.convT {
			place(reflect.ValueOf(f), fmt.Sprintf("zconvT%s_%d_%d_%d", set.name, s.width, s.taps, s.pad))
		}
		for sets, f := range set.sampled {
			place(reflect.ValueOf(f), fmt.Sprintf("zsampled%s_%d", set.name, sets))
		}
		all := reflect.ValueOf(set.assembly).Elem()
		for i := range all.NumField() {
			field, name := all.Field(i), "z"+all.Type().Field(i).Name+set.name
			switch {
			case name == "zsoftmax"+set.name:
				used[name] = true
				place(field, name[1:])
			case field.Kind() == reflect.Func:
				place(field, name)
			case field.Kind() == reflect.Array: // windows of 2x2 and 3x3
				place(field.Index(2), name+"_2")
				place(field.Index(3), name+"_3")
			}
		}
	}
	for height, row := range skipBlocks {
		for vectors, f := range row {
			if f != nil {
				place(reflect.ValueOf(f), fmt.Sprintf("zskip_%dx%d", height, vectors))
			}
		}
	}
	for i, f := range transposeStrips[1:] {
		place(reflect.ValueOf(f), fmt.Sprintf("ztranspose%d", i+1))
	}
	for _, name := range generated(t) {
		if !used[name] {
			t.Errorf("nothing calls %s", name)
		}
	}
}

// generated lists the functions that the generator declares.
func generated(t *testing.T) (names []string) {
	files, err := filepath.Glob("z*_stubs_amd64.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// Assembly takes the place of every loop.
func TestAssemblyReplacesGeneric(t *testing.T) {
	loops := reflect.ValueOf(generic).Elem()
	for _, v := range compiled[1:] {
		fields := reflect.ValueOf(v).Elem()
		for i := range fields.NumField() {
			if f := fields.Field(i); f.Kind() == reflect.Func && f.Pointer() == loops.Field(i).Pointer() {
				t.Errorf("%s inherits %s", v.name, fields.Type().Field(i).Name)
			}
		}
	}
}
