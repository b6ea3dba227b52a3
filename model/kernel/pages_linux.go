package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of the pages that hugePages asks for.
const hugePage = 2 << 20

// hugePages asks the system to hold the memory of s in pages of 2 MiB where it can, of which
// the processor translates far more at hand than pages of 4 KiB: a training step walks over
// hundreds of MiB. The request is about whole pages, so it reaches past both ends of s, within
// the heap of Go, which is mapped in units of 4 MiB. What the system makes of it changes no
// result, so that an answer of no is none.
func hugePages(s []float32) {
	size := uintptr(len(s)) * 4
	if size < hugePage/4 {
		return
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	from, to := first&^(hugePage-1), (first+size+hugePage-1)&^(hugePage-1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_HUGEPAGE)
}
