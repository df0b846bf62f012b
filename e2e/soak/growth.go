package soak

import (
	"fmt"
	"slices"
	"time"
)

// sample is what a process took at one moment.
type sample struct {
	at     time.Time
	memory float64 // MiB that are the process's own
	files  float64 // open file descriptors
}

// life is what one process took, from when it had come up.
type life []sample

func (l life) span() time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[len(l)-1].at.Sub(l[0].at)
}

// fewest is how many samples of a life say something.
const fewest = 12

// What a part may grow within the time that it is watched: a tenth, and so many MiB and descriptors more, as caches fill, and
// more workspaces run at the end than shortly after the last kill.
const (
	allowedShare  = 0.1
	allowedMemory = 10
	allowedFiles  = 20
)

// grown says how the lives of a part went within a window, and what is wrong with that: that it grew, or that nobody can
// tell, as no process lived for half of the time.
func grown(lives []life, window time.Duration) (report string, problems []string) {
	told := slices.DeleteFunc(slices.Clone(lives), func(l life) bool { return len(l) < fewest || l.span() < window/2 })
	if len(told) == 0 {
		longest := time.Duration(0)
		for _, l := range lives {
			longest = max(longest, l.span())
		}
		return "", []string{fmt.Sprintf("too little is known: of %d processes the longest was watched for %s, and half of %s is needed", len(lives), longest.Round(time.Second), window)}
	}
	for _, figure := range []struct {
		name    string
		of      func(sample) float64
		allowed float64
	}{
		{"MiB", func(s sample) float64 { return s.memory }, allowedMemory},
		{"open files", func(s sample) float64 { return s.files }, allowedFiles},
	} {
		var levels, growths []float64
		for _, l := range told {
			level, perSecond := trend(l, figure.of)
			levels, growths = append(levels, level), append(growths, perSecond*window.Seconds())
		}
		level, growth := median(levels), median(growths)
		report += fmt.Sprintf("%7.1f %+6.1f %s  ", level, growth, figure.name)
		if growth > figure.allowed+allowedShare*level {
			problems = append(problems, fmt.Sprintf("it grows: by %.1f %s within %s, from about %.0f", growth, figure.name, window, level))
		}
	}
	return fmt.Sprintf("%s(%d of %d processes)", report, len(told), len(lives)), problems
}

// trend is what a figure usually is, and how it changes in a second: the median of the slopes between all pairs of samples
// (Theil and Sen), which peaks don't move.
func trend(l life, of func(sample) float64) (level, perSecond float64) {
	var values, slopes []float64
	for i, a := range l {
		values = append(values, of(a))
		for _, b := range l[i+1:] {
			if apart := b.at.Sub(a.at).Seconds(); apart > 0 {
				slopes = append(slopes, (of(b)-of(a))/apart)
			}
		}
	}
	return median(values), median(slopes)
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}
