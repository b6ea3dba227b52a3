package table

import "fmt"

// Counted is "1 seed", "2 seeds".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
