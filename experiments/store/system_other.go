//go:build !linux && !darwin

package store

const syncsDirs = false

func free(string) (uint64, bool) { return 0, false }

// alive says yes: what is not known to be dead is waited for.
func alive(int) bool { return true }
