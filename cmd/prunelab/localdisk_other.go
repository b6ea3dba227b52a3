//go:build !linux

package main

// localDisk does not know.
func localDisk(string) (string, bool) { return "", false }
