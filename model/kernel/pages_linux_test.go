package kernel

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// advised reports whether the mapping of an address asks for huge pages.
func advised(t *testing.T, at *float32) bool {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			a := uintptr(unsafe.Pointer(at))
			inside = from <= a && a < to
		}
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && inside {
			return strings.Contains(flags+" ", " hg ")
		}
	}
	t.Skip("the mapping of a slice is not listed")
	return false
}

func TestLargeSlicesAskForHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("the system has no huge pages")
	}
	s := Alloc(16 << 20)
	for _, i := range []int{0, len(s) / 2, len(s) - 1} {
		if !advised(t, &s[i]) {
			t.Errorf("value %d of %d lies in small pages", i, len(s))
		}
	}
}
