package study

import (
	"slices"
	"strings"
	"testing"
)

// Amounts count to twelve digits, so what another program prints of a sum is the
// number that was meant.
func TestAmountsCountToTwelveDigits(t *testing.T) {
	sweep := func(s string) *Study { return mustParse(t, small+"  - "+s+"\n") }
	last := func(s *Study) Sweep { return s.Sweeps[len(s.Sweeps)-1] }
	for _, c := range []struct {
		text string
		want []float64
	}{
		{"{targets: [all], ratios: [0.30000000000000004, 0.1234567890125]}", []float64{0.123456789012, 0.3}},
		{"{targets: [all], quality: [1.4999999999999998]}", []float64{1.5}},
		{"{targets: [all], threshold: [0.010000000000000002]}", []float64{0.01}},
		{"{targets: [all], iterative: {levels: [0.7999999999999999]}}", []float64{0.8}},
	} {
		if got := last(sweep(c.text)).Amounts; !slices.Equal(got, c.want) {
			t.Errorf("%s: amounts %v, want %v", c.text, got, c.want)
		}
	}
	if got := last(sweep("{layers: {fc1: 0.8999999999999999}}")).Given; !slices.Equal(got, []float64{0.9}) {
		t.Errorf("given ratios %v", got)
	}
	if !equalJSON(t, mustPlan(t, sweep("{targets: [all], ratios: [0.30000000000000004]}")), mustPlan(t, sweep("{targets: [all], ratios: [0.3]}"))) {
		t.Error("0.1 + 0.2 and 0.3 are two plans")
	}
	for text, want := range map[string]string{
		"{targets: [all], ratios: [0.3, 0.30000000000000004]}": "there twice",
		"{targets: [all], ratios: [0.9999999999999]}":          "outside [0, 1)",
	} {
		_, err := Parse("study.yaml", []byte(small+"  - "+text+"\n"), nil, lookup)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
