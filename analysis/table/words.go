package table

import (
	"fmt"
	"strconv"
	"strings"
)

// Span is "10" or "8–10".
func Span(lo, hi int) string {
	if lo == hi {
		return strconv.Itoa(lo)
	}
	return fmt.Sprintf("%d–%d", lo, hi)
}

// Short writes v with three significant digits, and 5e-05 as 5e-5.
func Short(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "e-0", "e-", 1)
}
