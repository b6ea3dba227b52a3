package torch_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"prunelab/model/torch"
)

// Pieces of pickles, in the opcodes of protocol 2.
const (
	proto  = "\x80\x02"
	dictOf = "}(" // up to setAll
	setAll = "u"
	stop   = "."
	global = "c"
)

func text(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func whole(n uint32) string { return "J" + string(binary.LittleEndian.AppendUint32(nil, n)) }

func ints(numbers ...uint32) string {
	var b strings.Builder
	for _, n := range numbers {
		b.WriteString(whole(n))
	}
	return "(" + b.String() + "t"
}

// storageOf is a reference to a storage, with what may follow the number of elements.
func storageOf(class, key string, n uint32, more string) string {
	return "(" + text("storage") + global + class + "\n" + text(key) + text("cpu") + whole(n) + more + "tQ"
}

// tensorOf is a call that makes a tensor of a storage.
func tensorOf(storage string, first uint32, shape, stride string) string {
	return global + "torch._utils\n_rebuild_tensor\n(" + storage + whole(first) + shape + stride + "tR"
}

// stateOf is a pickle of a state dict, of names and values in turn.
func stateOf(entries ...string) string {
	return proto + dictOf + strings.Join(entries, "") + setAll + stop
}

// legacyOf is a legacy file of that pickle and storages of F32.
func legacyOf(saved string, keys []string, storages ...[]byte) []byte {
	b := []byte(proto + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + proto + "M\xe9\x03." + proto + "}." + saved + proto + "](")
	for _, k := range keys {
		b = append(b, text(k)...)
	}
	b = append(b, "e."...)
	for _, s := range storages {
		b = append(binary.LittleEndian.AppendUint64(b, uint64(len(s)/4)), s...)
	}
	return b
}

// zipOf is an archive of torch.save of that pickle and further records, by name.
func zipOf(t testing.TB, method uint16, saved string, records ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, r := range append([]string{"data.pkl", saved}, records...) {
		if i%2 == 1 {
			continue
		}
		content := append([]string{"data.pkl", saved}, records...)[i+1]
		w, err := z.CreateHeader(&zip.FileHeader{Name: "net/" + r, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const float = "torch\nFloatStorage"

// A state dict made by hand is read, so that the hostile ones below fail for what they
// are and not for how they are made.
func TestPicklesMadeByHandAreRead(t *testing.T) {
	saved := stateOf(text("w"), tensorOf(storageOf(float, "0", 4, "N"), 1, ints(3), ints(1)))
	for name, b := range map[string][]byte{
		"beside numbers": legacyOf(proto+dictOf+text("net")+saved[len(proto):len(saved)-1]+whole(7)+text("seven")+setAll+stop, []string{"0"}, make([]byte, 16)),

		"legacy": legacyOf(saved, []string{"0"}, make([]byte, 16)),
		"zip":    zipOf(t, zip.Store, saved, "data/0", strings.Repeat("\x00", 16)),
		// A tensor of a type that has no storage of its own: bytes, and the type.
		"typed": zipOf(t, zip.Store, stateOf(text("w"), global+"torch._utils\n_rebuild_tensor_v3\n("+storageOf("torch.storage\nUntypedStorage", "0", 16, "")+
			whole(1)+ints(3)+ints(1)+"\x89"+"N"+global+"torch\nfloat32\ntR"), "data/0", strings.Repeat("\x00", 16)),
	} {
		f, err := torch.Read(b, "")
		if err != nil || len(f.Tensors) != 1 || fmt.Sprint(f.Tensors[0]) != "{w F32 [3] [0 0 0 0 0 0 0 0 0 0 0 0]}" {
			t.Errorf("%s: %v, %v", name, f.Tensors, err)
		}
	}
}

// Where nothing tells which of two dictionaries is the network, that at the top is, if the
// other has no more tensors.
func TestTopIsTheStateDict(t *testing.T) {
	w := tensorOf(storageOf(float, "0", 4, "N"), 0, ints(4), ints(1))
	f, err := torch.Read(legacyOf(stateOf(text("w"), w, text("shadow"), dictOf+text("w")+w+setAll), []string{"0"}, make([]byte, 16)), "")
	if err != nil || f.Key != "" || fmt.Sprint(f.Beside) != "[{shadow a dictionary of 1}]" {
		t.Errorf("under %q, beside %v, %v", f.Key, f.Beside, err)
	}
	_, err = torch.Read(legacyOf(stateOf(text("w"), w, text("shadow"), dictOf+text("w")+w+text("v")+w+setAll), []string{"0"}, make([]byte, 16)), "")
	if err == nil || !strings.Contains(err.Error(), `under the top (1 tensor), "shadow" (2 tensors): say`) {
		t.Errorf("more tensors below: %v", err)
	}
}

// hostile are pickles that would run code, take memory or lead out of the file.
func hostile(t testing.TB) map[string][]byte {
	zeros := make([]byte, 16)
	legacy := func(saved string) []byte { return legacyOf(saved, []string{"0"}, zeros) }
	alone := func(saved string) []byte { return legacyOf(saved, nil) }
	tensor := func(first uint32, shape, stride string) []byte {
		return legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 4, "N"), first, shape, stride)))
	}
	part := func(first, n uint32) []byte {
		return legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 4, "("+text("v")+whole(first)+whole(n)+"t"), 0, ints(1), ints(1))))
	}
	var cyclic strings.Builder // a dictionary that is all of its own values
	for i := range 1000 {
		cyclic.WriteString(text(fmt.Sprint(i)) + "h\x00")
	}
	deep := strings.Repeat("]", 100_000) + strings.Repeat("a", 99_999)
	bomb := "]q\x00" + strings.Repeat("](h\x00h\x00h\x00h\x00eq\x00", 50_000)
	plain := stateOf(text("w"), tensorOf(storageOf(float, "0", 4, ""), 0, ints(4), ints(1)))
	return map[string][]byte{
		"posix.system":                              legacy(proto + "cposix\nsystem\n(" + text("id") + "tR."),
		"os.system":                                 zipOf(t, zip.Store, proto+"cos\nsystem\n"+text("id")+"\x85R."),
		"builtins.eval":                             legacy("\x80\x04" + "\x8c\x08builtins\x8c\x04eval\x93" + text("1") + "\x85R."),
		"subprocess.Popen":                          legacy(proto + "csubprocess\nPopen\n)\x81."),
		"builtins.getattr":                          legacy(proto + "cbuiltins\ngetattr\n."),
		"torch.load":                                legacy(proto + "ctorch\nload\n" + text("http://a") + "\x85R."),
		"torch._utils._rebuild_tensor_v9":           legacy(proto + "ctorch._utils\n_rebuild_tensor_v9\n)R."),
		"torch.FloatStorage is called":              legacy(proto + global + float + "\n)R."),
		"torch.nn.parameter.Parameter is called":    legacy(proto + "ctorch.nn.parameter\nParameter\n)\x81."),
		"_rebuild_from_type_v2: it makes no tensor": legacy(proto + "ctorch._tensor\n_rebuild_from_type_v2\n(" + strings.Repeat("ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n(", 2) + "ttNtR."),
		"which is no class or function":             legacy(proto + text("system") + ")R."),
		`opcode 'i' is none`:                        legacy(proto + "(ios\nsystem\n."),
		`opcode 'P' is none`:                        legacy(proto + "Pid\n."),
		`opcode '\u0082' is none`:                   legacy(proto + "\x82\x01."),
		`opcode 'ÿ' is none`:                        legacy(proto + "\xff."),
		"protocol 9 is not known":                   legacy("\x80\x09."),

		"a whole number of 524288 bytes":                      alone(proto + "\x8b\x00\x00\x08\x00" + strings.Repeat("\x7f", 1<<19) + "."),
		"holds 0 and no state dict":                           alone(proto + "\x8a\x00."),
		"holds -2 and no state dict":                          alone(proto + "\x8a\x01\xfe."),
		"there is no dictionary with tensors in it: save one": alone(proto + dictOf + whole(0) + tensorOf(storageOf(float, "0", 4, ""), 0, ints(4), ints(1)) + setAll + stop),
		"there is no dictionary with tensors":                 alone(proto + "}q\x00(" + cyclic.String() + setAll + stop),
		"ends within its pickle":                              legacy(proto + "X\xff\xff\xff\x7f"),
		"byte 2 of the pickle":                                legacy("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x40."),
		"byte 3 of the pickle":                                legacy("\x80\x04N\x8e\xff\xff\xff\xff\xff\xff\xff\xff."),
		"a list of 1":                                         alone(proto + deep + stop),
		"a list of 4":                                         alone(proto + bomb + stop),
		"no dictionary with tensors":                          alone(proto + "}q\x00" + text("a") + "h\x00s."),
		"more than 2000000 steps":                             legacy(proto + strings.Repeat("N0", 1_000_001) + stop),
		"never put there":                                     legacy(proto + "h\x07."),
		"never put there; the file":                           legacy(proto + "(0."),
		"byte 4 of the pickle: something":                     alone(proto + "N(\x85."), // None lies below the mark
		"is filled with opcode 's'":                           legacy(proto + "]NNs."),
		"is not as torch.save writes it":                      legacy(proto + text("x") + "Q."),
		"part of storage 0 is not":                            part(3, 2),
		"part of storage 0 is not as":                         part(1, 0xffffffff),
		"part of storage 0 is": legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 4, "("+text("v")+ints(1, 2)[1:]), 0, ints(1), ints(1)),
			text("u"), tensorOf(storageOf(float, "0", 4, "("+text("v")+ints(2, 2)[1:]), 0, ints(1), ints(1)))),
		"_rebuild_tensor: it lies outside": tensor(0, ints(5), ints(1)),
		"it lies outside of its storage":   tensor(2, ints(2, 2), ints(2, 1)),
		"lies outside":                     tensor(0, ints(0x7fffffff, 0x7fffffff, 0x7fffffff), ints(1, 1, 1)),
		"made of a storage, a place":       tensor(0, ints(1, 1), ints(1)),
		"a place, a shape and strides":     tensor(0, ints(2), ints(0xffffffff)),
		"is a view of fewer numbers, and copies of such would be larger than twice the file": tensor(0, ints(1<<30), ints(0)),
		"and copies of such":                            tensor(0, ints(0x7fffffff, 0x7fffffff), ints(0, 0)),
		"it ends within storage 0, of 2147483644 bytes": legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 536870911, "N"), 0, ints(4), ints(1)))),
		"a reference to a storage":                      legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 0x7fffffff, "N"), 0, ints(4), ints(1)))),
		"which no tensor lies in, or twice":             legacyOf(plain, []string{"0", "0"}, zeros, zeros),
		"has 4 numbers, its tensors need 3":             legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 3, "N"), 0, ints(3), ints(1)))),
		"which the file does not have":                  legacyOf(plain, nil),
		"is 16 bytes of F32 and then 8 of F32": legacy(stateOf(text("w"), tensorOf(storageOf(float, "0", 4, ""), 0, ints(4), ints(1)),
			text("v"), tensorOf(storageOf(float, "0", 2, ""), 0, ints(2), ints(1)))),
		"its version is 1002":           []byte(strings.Replace(string(legacy(plain)), "M\xe9\x03", "M\xea\x03", 1)),
		"big-endian machine":            []byte(strings.Replace(string(legacy(plain)), proto+"}.", proto+"}"+text("little_endian")+"\x89s.", 1)),
		"but not one of torch.save":     []byte(plain),
		"record net/data.pkl is compre": zipOf(t, zip.Deflate, stateOf(text("w"), text(strings.Repeat("a", 1<<20)))),
		"no record net/data/0":          zipOf(t, zip.Store, plain),
		"has 12 bytes, 4 numbers of F":  zipOf(t, zip.Store, plain, "data/0", "twelve bytes"),
		`byte order is "big"`:           zipOf(t, zip.Store, plain, "byteorder", "big"),
		`two records "net/data/0"`:      zipOf(t, zip.Store, plain, "data/0", "", "data/0", ""),
		"without data.pkl":              bytes.ReplaceAll(zipOf(t, zip.Store, plain), []byte("data.pkl"), []byte("data.pkx")),
		"arrays (.npz)":                 bytes.ReplaceAll(zipOf(t, zip.Store, plain), []byte("data.pkl"), []byte("data.npy")),
		"damaged or cut off":            []byte("PK\x03\x04"),
		"lies over others":              overlapping(1000),
	}
}

// overlapping is an archive whose records are all the same bytes of the file, as the
// zip bombs that need no nesting have them.
func overlapping(n int) []byte {
	content := []byte(stateOf(text("w"), tensorOf(storageOf(float, "0", 1024, ""), 0, ints(4), ints(1)), strings.Repeat("NN", 2000)))
	for i := range n {
		key := fmt.Sprint(i)
		content = append(content[:len(content)-2], text(key)+tensorOf(storageOf(float, key, 1024, ""), 0, ints(4), ints(1))+"u."...)
	}
	var b, directory bytes.Buffer
	record := func(name string, data []byte, at uint32) {
		head := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(data))
		head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
		head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
		head = binary.LittleEndian.AppendUint16(head, uint16(len(name)))
		if int(at) == b.Len() {
			b.WriteString("PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00" + string(head) + "\x00\x00" + name)
			b.Write(data)
		}
		directory.WriteString("PK\x01\x02\x14\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00" + string(head) + strings.Repeat("\x00", 12))
		directory.Write(binary.LittleEndian.AppendUint32(nil, at))
		directory.WriteString(name)
	}
	record("net/data.pkl", content, 0)
	at := uint32(b.Len())
	for i := range n {
		record(fmt.Sprintf("net/data/%d", i), make([]byte, 4096), at)
	}
	end := "PK\x05\x06\x00\x00\x00\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(n+1))) + string(binary.LittleEndian.AppendUint16(nil, uint16(n+1)))
	end += string(binary.LittleEndian.AppendUint32(nil, uint32(directory.Len()))) + string(binary.LittleEndian.AppendUint32(nil, uint32(b.Len()))) + "\x00\x00"
	return append(append(b.Bytes(), directory.Bytes()...), end...)
}

// Each is refused with a reason and takes no more memory than its size explains. Nothing
// in this package could run what they name.
func TestHostileFilesAreRefused(t *testing.T) {
	for want, b := range hostile(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := torch.Read(b, "")
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+100*len(b)); took > most {
			t.Errorf("%s: took %d bytes for a file of %d", want, took, len(b))
		}
	}
}

// FuzzRead takes state dicts from files. What is read fits its types and shapes and
// takes a bounded multiple of the file.
func FuzzRead(f *testing.F) {
	for _, b := range hostile(f) {
		if len(b) < 10_000 {
			f.Add(b)
		}
	}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		if ext := filepath.Ext(name); strings.HasPrefix(ext, ".p") || ext == ".th" {
			f.Add(testdata(f, filepath.Base(name)))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		got, err := torch.Read(in, "")
		if !bytes.Equal(in, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if len(err.Error()) > 4096 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		size, names := 0, map[string]bool{}
		for _, tensor := range got.Tensors {
			n := tensor.DType.Size()
			for _, d := range tensor.Shape {
				n *= d
			}
			if n != len(tensor.Data) || names[tensor.Name] {
				t.Fatalf("tensor %q of %s and shape %v has %d bytes", tensor.Name, tensor.DType, tensor.Shape, len(tensor.Data))
			}
			names[tensor.Name] = true
			if tensor.DType.Float() {
				tensor.Floats()
			}
			if n > 0 && !within(in, tensor.Data) {
				size += n
			}
		}
		if size > 2*len(in)+1<<20 {
			t.Fatalf("copies of %d bytes from a file of %d", size, len(in))
		}
	})
}

// within reports whether data lie in the bytes of the file.
func within(file, data []byte) bool {
	begin, at := uintptr(unsafe.Pointer(unsafe.SliceData(file))), uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	return begin <= at && at+uintptr(len(data)) <= begin+uintptr(len(file))
}
