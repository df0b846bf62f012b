package soak

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// lived is a life of so many samples, 5 s apart, as a figure tells them by its minutes.
func lived(samples int, memory, files func(minutes float64) float64) life {
	random, began := rand.New(rand.NewPCG(1, 2)), time.Now()
	var l life
	for i := range samples {
		at := time.Duration(i) * 5 * time.Second
		noise := random.Float64()*10 - 5
		l = append(l, sample{began.Add(at), memory(at.Minutes()) + noise, files(at.Minutes()) + noise})
	}
	return l
}

func TestGrowthIsFoundWhereThereIsSomeAndNowhereElse(t *testing.T) {
	t.Parallel()
	const window, whole = 14 * time.Minute, 14 * 12
	flat := func(float64) float64 { return 60 }
	times := func(perMinute float64) func(float64) float64 {
		return func(minutes float64) float64 { return 60 + perMinute*minutes }
	}
	for name, test := range map[string]struct {
		lives []life
		want  string // empty: nothing is wrong
	}{
		"flat":                          {[]life{lived(whole, flat, flat)}, ""},
		"a cache that fills":            {[]life{lived(whole, times(0.5), flat)}, ""},
		"memory goes up and down":       {[]life{lived(whole, func(m float64) float64 { return 60 + 40*(m-float64(int(m))) }, flat)}, ""},
		"a peak at the end":             {[]life{lived(whole, func(m float64) float64 { return map[bool]float64{true: 200, false: 60}[m > 12] }, flat)}, ""},
		"memory leaks":                  {[]life{lived(whole, times(2), flat)}, "MiB within"},
		"memory leaks by a step":        {[]life{lived(whole, func(m float64) float64 { return 60 + 10*float64(int(m/3)) }, flat)}, "MiB within"},
		"descriptors leak":              {[]life{lived(whole, flat, times(3))}, "open files within"},
		"it leaks in half of the time":  {[]life{lived(whole*6/10, times(2), flat)}, "MiB within"},
		"it leaks, and was restarted":   {[]life{lived(4, flat, flat), lived(whole*6/10, times(2), flat)}, "MiB within"},
		"it leaks in all instances":     {[]life{lived(whole, times(2), flat), lived(whole, times(3), flat), lived(20, flat, flat)}, "MiB within"},
		"it is restarted all the time":  {[]life{lived(16, times(2), flat), lived(16, times(2), flat), lived(16, times(2), flat)}, "too little is known: of 3 processes the longest was watched for 1m15s"},
		"few samples over all the time": {[]life{{{at: time.Now()}, {at: time.Now().Add(window)}}}, "too little is known"},
		"nothing was seen":              {nil, "too little is known: of 0 processes"},
	} {
		report, problems := grown(test.lives, window)
		if all := strings.Join(problems, "; "); !strings.Contains(all, test.want) || (test.want == "") != (all == "") {
			t.Errorf("%s: %q (%s), want %q", name, all, report, test.want)
		}
	}
}
