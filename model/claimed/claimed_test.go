package claimed

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

func TestRead(t *testing.T) {
	all := make([]byte, 5<<20+3)
	for i := range all {
		all[i] = byte(i * 7 / 5)
	}
	for _, n := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 4 << 20, len(all)} {
		r := bytes.NewReader(all)
		if got, err := Read(r, int64(n)); err != nil || !bytes.Equal(got, all[:n]) || r.Len() != len(all)-n {
			t.Errorf("%d bytes: %d, %v, %d left", n, len(got), err, r.Len())
		}
	}
	if got, err := Read(bytes.NewReader(all), int64(len(all))+1); err != io.ErrUnexpectedEOF || !bytes.Equal(got, all) {
		t.Errorf("one byte more than there are: %d, %v", len(got), err)
	}
}

func TestAClaimedLengthCostsNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(make([]byte, 100)), 1<<40); err == nil {
		t.Error("a terabyte was read")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("%d bytes for 100", used)
	}
}
