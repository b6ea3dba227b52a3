package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"prunelab/experiments/trial"
	"prunelab/model/kernel"
)

type versionCmd struct{}

func (versionCmd) Run(s *session) error {
	p := provenance()
	fmt.Fprintf(s.stdout, "prunelab %s\n%s, %s\nkernels %s, of %s\n", p.Version, p.Go, p.Platform, p.Kernel, strings.Join(kernel.Variants(), ", "))
	if p.CPU != "" {
		fmt.Fprintf(s.stdout, "%s, %d in use\n", p.CPU, runtime.NumCPU())
	}
	return nil
}

// provenance is what all outcomes of this process share.
func provenance() trial.Provenance {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return trial.Provenance{
		Version: version(), Go: runtime.Version(), Kernel: kernel.Variant(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpu(), Host: host,
	}
}

// version is the module's version, with the commit where it is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = trial.Unstamped
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if revision := settings["vcs.revision"]; revision != "" && strings.HasPrefix(v, "(") {
		v += " " + revision[:min(12, len(revision))]
		if settings["vcs.modified"] == "true" {
			v += ", modified"
		}
	}
	return v
}

// cpu is the name of the processor, "" where the system does not say.
func cpu() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
