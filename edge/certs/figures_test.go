package certs

import (
	"testing"
	"time"
)

func TestACertificateIsLateByItsLife(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for life, limits := range map[time.Duration][]time.Duration{ // for 30, 14, 7 and 3 days
		90 * day:  {30 * day, 14 * day, 7 * day, 3 * day},
		7 * day:   {56 * time.Hour, 26 * time.Hour, 13 * time.Hour, 5 * time.Hour},
		365 * day: {30 * day, 14 * day, 7 * day, 3 * day},
	} {
		begin := time.Unix(0, 0)
		end := begin.Add(life)
		for i, limit := range limits {
			if days := LateDays[i]; !late(begin, end, end.Add(-limit+time.Minute), days) || late(begin, end, end.Add(-limit-time.Hour), days) {
				t.Errorf("of %s: %d days are not %s", life, days, limit)
			}
		}
		if !late(begin, end, end.Add(time.Hour), 3) {
			t.Errorf("of %s: one that is over is not late", life)
		}
	}
}

func TestWhatIsNotRenewedIsCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(func(e *Certs) { e.every = time.Hour })
	leaf, err := r.get("a.longhouse.localhost")
	must(t, err)
	if f := r.certs.Figures(); f.Late[30] != 0 {
		t.Errorf("a new one is late: %v", f.Late)
	}
	leaf.NotBefore, leaf.NotAfter = time.Now().Add(-6*24*time.Hour), time.Now().Add(24*time.Hour)
	if f := r.certs.Figures(); f.Late[30] != 1 || f.Late[14] != 1 || f.Late[7] != 0 || f.Late[3] != 0 {
		t.Errorf("late: %v", f.Late)
	}
}
