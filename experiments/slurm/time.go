package slurm

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// notice is how long before the time limit a worker is told to stop, in
// seconds. Slurm may be a minute early.
const notice = 120

// leastLimit leaves a worker time between its start and that notice.
const leastLimit = 4 * time.Minute

// longestReport bounds the time limit of the report, which takes seconds.
const longestReport = time.Hour

// timeText writes a time as Slurm does, D-HH:MM:SS.
func timeText(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second)
	return fmt.Sprintf("%d-%02d:%02d:%02d", s/86400, s/3600%24, s/60%60, s%60)
}

var (
	slurmForm = regexp.MustCompile(`^(?:(\d{1,4})-)?(\d{1,4}):(\d{1,2}):(\d{1,2})$`)
	daysForm  = regexp.MustCompile(`^(\d{1,4})d(.*)$`)
)

// TimeLimit reads a worker's time limit: 4h, 90m, 1d12h or 1-12:00:00. A bare
// number is refused, because Slurm means minutes by it and others hours.
func TimeLimit(text string) (time.Duration, error) {
	d, err := parseTime(text)
	switch {
	case err != nil:
		return 0, err
	case d < leastLimit:
		return 0, fmt.Errorf("give at least %v, because a worker is told to stop up to %v before its time ends", leastLimit, notice*time.Second+time.Minute)
	}
	return d, nil
}

func parseTime(text string) (time.Duration, error) {
	if m := slurmForm.FindStringSubmatch(text); m != nil {
		var n [4]int64
		for i := range n {
			n[i], _ = strconv.ParseInt("0"+m[i+1], 10, 64)
		}
		return time.Duration(((n[0]*24+n[1])*60+n[2])*60+n[3]) * time.Second, nil
	}
	var days time.Duration
	rest := text
	if m := daysForm.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		days, rest = time.Duration(n)*24*time.Hour, m[2]
	}
	if rest == "" && days > 0 {
		return days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, errors.New("is not a time; write 4h, 90m, 1d12h or 1-12:00:00")
	}
	return days + d, nil
}
