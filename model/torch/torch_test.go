package torch_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"prunelab/model/torch"
)

// recorded is what torch.load gave for a file, see testdata/make.py.
type recorded struct {
	Key     string
	Tensors []struct {
		Name, Type, Bytes string
		Shape             []int
	}
	Tied   [][]string
	Beside []string
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Names, types, shapes and every bit, in order, as torch.load gives them.
func TestReadAgreesWithPyTorch(t *testing.T) {
	var want map[string]recorded
	if err := json.Unmarshal(testdata(t, "want.json"), &want); err != nil {
		t.Fatal(err)
	}
	if len(want) < 10 {
		t.Fatalf("only %d files are recorded", len(want))
	}
	for name, w := range want {
		f, err := torch.Read(testdata(t, name), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.Key != w.Key || !f.InOrder || len(f.Tensors) != len(w.Tensors) {
			t.Errorf("%s: %d tensors under %q, want %d under %q", name, len(f.Tensors), f.Key, len(w.Tensors), w.Key)
			continue
		}
		for i, tensor := range f.Tensors {
			x := w.Tensors[i]
			if tensor.Name != x.Name || string(tensor.DType) != x.Type || !slices.Equal(tensor.Shape, x.Shape) || hex.EncodeToString(tensor.Data) != x.Bytes {
				t.Errorf("%s: tensor %d is\n%s %s %v %x, want\n%s %s %v %s", name, i,
					tensor.Name, tensor.DType, tensor.Shape, tensor.Data, x.Name, x.Type, x.Shape, x.Bytes)
			}
		}
		if got, want := fmt.Sprint(f.Tied), fmt.Sprint(w.Tied); got != want {
			t.Errorf("%s: %s share memory, want %s", name, got, want)
		}
		var beside []string
		for _, b := range f.Beside {
			beside = append(beside, b.Name+"="+b.Value)
		}
		if !slices.Equal(beside, w.Beside) {
			t.Errorf("%s: beside the tensors %q, want %q", name, beside, w.Beside)
		}
	}
}

// What is not read is named, and what to do.
func TestReadRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"module.pt":     `a whole network, an object of the class "__main__.Net", whose code is not in the file; load it where that is and save its tensors alone: torch.save(network.state_dict(), NEW)`,
		"module.th":     `a whole network, an object of the class "__main__.Net"`,
		"sequential.pt": `a whole network, an object of the class "torch.nn.modules.container.Sequential"`,
		"script.pt":     "it is an archive of TorchScript (torch.jit.save): load it with m = torch.jit.load(FILE)",
		"quantised.pt":  "_rebuild_qtensor: it holds a quantised tensor; save the network as it was before",
		"sparse.pt":     "_rebuild_sparse_tensor: it holds a sparse tensor; save it after to_dense()",
		"complex.pt":    "torch.ComplexFloatStorage: it holds complex numbers",
		"tensor.pt":     "it holds a tensor, 2 and no state dict: save one with torch.save(network.state_dict(), NEW)",
		"empty.pt":      "there is no dictionary with tensors in it",
		"two.pt":        `tensors are in several places, under "generator" (7 tensors), "critic" (7 tensors): say under which key`,
	} {
		if _, err := torch.Read(testdata(t, name), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, want)
		}
	}
	if _, err := torch.Read(testdata(t, "two.pt"), "discriminator"); err == nil || !strings.Contains(err.Error(), `no tensors under "discriminator"; there are under "generator" (7`) {
		t.Errorf("another key: %v", err)
	}
}

func TestKeySaysWhichNetwork(t *testing.T) {
	for key, other := range map[string]string{"generator": `"critic" (7 tensors)`, "critic": `"generator" (7 tensors)`} {
		f, err := torch.Read(testdata(t, "two.pt"), key)
		if err != nil || f.Key != key || len(f.Tensors) != 8 || !slices.Equal(f.Others, []string{other}) {
			t.Errorf("%s: %d tensors under %q, others %q, %v", key, len(f.Tensors), f.Key, f.Others, err)
		}
	}
}

// A file that was cut off is never read, wherever it was cut.
func TestReadRefusesWhatIsCutOff(t *testing.T) {
	for _, name := range []string{"plain.pt", "checkpoint.th", "protocol5.th", "old.th"} {
		b := testdata(t, name)
		for n := range b {
			if _, err := torch.Read(b[:n], ""); err == nil {
				t.Fatalf("%s, cut to %d of %d bytes, was read", name, n, len(b))
			}
		}
	}
}

// A byte of a storage in an archive that is not what was written is found.
func TestDamageIsFound(t *testing.T) {
	b := testdata(t, "plain.pt")
	f, err := torch.Read(b, "")
	if err != nil {
		t.Fatal(err)
	}
	f.Tensors[0].Data[0] ^= 1 // its bytes are those of b
	if _, err := torch.Read(b, ""); err == nil || !strings.Contains(err.Error(), "is damaged, its checksum is") {
		t.Errorf("a bit was changed: %v", err)
	}
}

// Files of other people, in the folder that PRUNELAB_NETWORKS names: resnet20-12fca82f.th
// of github.com/akamaster/pytorch_resnet_cifar10, a checkpoint of an old PyTorch, and
// burn-mnist.pt of github.com/tracel-ai/burn. The digests are over names and bytes of
// the tensors as torch.load of PyTorch 1.13.0 gives them.
func TestNetworksOfOthers(t *testing.T) {
	for name, want := range map[string]string{
		"resnet20-12fca82f.th": `legacy file of PyTorch, 97 tensors under "state_dict", beside them [{best_prec1 91.78000183105469}], fd60b361c22b65433b5c208e9707e35503c5be0cf5b26ff16dd7d263be7c393d`,
		"burn-mnist.pt":        `zip archive of PyTorch, 20 tensors under "", beside them [], d34109789b82681b736ab32677bc7b8f723a590e59687a191855d256145f3618`,
	} {
		folder := os.Getenv("PRUNELAB_NETWORKS")
		b, err := os.ReadFile(filepath.Join(folder, name))
		if folder == "" || err != nil {
			t.Skipf("SKIPPED: set PRUNELAB_NETWORKS to a folder that has %s", name)
		}
		f, err := torch.Read(b, "")
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, tensor := range f.Tensors {
			h.Write([]byte(tensor.Name))
			h.Write(tensor.Data)
		}
		if got := fmt.Sprintf("%s, %d tensors under %q, beside them %v, %x", f.Format, len(f.Tensors), f.Key, f.Beside, h.Sum(nil)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}
