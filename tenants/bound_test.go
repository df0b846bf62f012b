package tenants

import (
	"maps"
	"strings"
	"testing"
)

func TestBoundsArePerPlan(t *testing.T) {
	t.Parallel()
	usual := Bounds{Free: 1, Professional: 2, Enterprise: 3}
	for text, want := range map[string]struct {
		bounds Bounds
		most   int
	}{
		"":                               {usual, 3},
		"500":                            {Bounds{Free: 500, Professional: 500, Enterprise: 500}, 500},
		"500,free=100, enterprise=2000":  {Bounds{Free: 100, Professional: 500, Enterprise: 2000}, 2000},
		"free=0":                         {Bounds{Free: 0, Professional: 2, Enterprise: 3}, 0},
		"0,professional=1000000,free=10": {Bounds{Free: 10, Professional: 1_000_000, Enterprise: 0}, 0},
	} {
		if got, err := ParseBounds(text, usual); err != nil || !maps.Equal(got, want.bounds) || got.Most() != want.most {
			t.Errorf("%q: %v, at most %d, %v", text, got, got.Most(), err)
		}
	}
	if usual[Free] != 1 {
		t.Error("what is usual was changed")
	}
	for text, say := range map[string]string{
		"many": `"many": allowed is 1 to 1000000, or 0 for as many as come`, "-1": "allowed is 1", "1000001": "allowed is 1", "1.5": "allowed is 1", "gold=1": "allowed are free, professional and enterprise",
		"free=1,2": "allowed is one number for all plans, and then plan=number", "free=": "allowed is 1", "500,": "allowed is 1",
	} {
		if _, err := ParseBounds(text, usual); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want ...%s...", text, err, say)
		}
	}
}

// FuzzBounds: what is let through has a number for each plan that may be one.
func FuzzBounds(f *testing.F) {
	for _, text := range []string{"", "500", "0", "500,free=100,enterprise=2000", "free=1,free=2", "1,1", "=1", "free", ",", "1e3", "+5", "99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bounds, err := ParseBounds(text, UsualConnections)
		if err != nil {
			return
		}
		for _, plan := range Plans {
			if n, ok := bounds[plan]; !ok || n < 0 || n > boundMost || len(bounds) != len(Plans) {
				t.Errorf("%q became %v", text, bounds)
			}
		}
	})
}
