package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

const day = 24 * time.Hour

func TestWhatIsBelievedAfterALookAtTheClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		before        ClockDoubt
		gone, elapsed time.Duration
		doubt, steady time.Duration
		leapt         time.Duration
	}{
		"it goes on":                               {gone: 10 * time.Second, elapsed: 10 * time.Second, steady: 10 * time.Second},
		"the database was away for three days":     {gone: 3 * day, elapsed: 3 * day},
		"the machine was off for the night":        {gone: 14 * time.Hour},
		"it was off for a week, or the clock put":  {gone: 7 * day, doubt: 7 * day, leapt: 7 * day},
		"it leaps while somebody looks":            {gone: 90 * day, elapsed: 10 * time.Second, doubt: 90*day - 10*time.Second, leapt: 90*day - 10*time.Second},
		"by an hour":                               {gone: time.Hour, elapsed: 10 * time.Second, doubt: time.Hour - 10*time.Second, leapt: time.Hour - 10*time.Second},
		"once more":                                {before: ClockDoubt{Doubt: day, Steady: time.Hour}, gone: 2 * day, elapsed: day, doubt: 2 * day, leapt: day},
		"it is set right by and by":                {gone: time.Minute, elapsed: 10 * time.Second, steady: time.Minute},
		"somebody puts it right":                   {before: ClockDoubt{Doubt: 90 * day}, gone: -90 * day},
		"somebody puts it half right":              {before: ClockDoubt{Doubt: 90 * day}, gone: -40 * day, doubt: 50 * day},
		"it was right, and is put back":            {gone: -day},
		"it goes on, and is doubted":               {before: ClockDoubt{Doubt: day, Steady: time.Hour}, gone: 10 * time.Second, elapsed: 10 * time.Second, doubt: day, steady: time.Hour + 10*time.Second},
		"it went on for a day":                     {before: ClockDoubt{Doubt: 90 * day, Steady: day - time.Second}, gone: 10 * time.Second, elapsed: 10 * time.Second},
		"nobody looked for an hour while it is so": {before: ClockDoubt{Doubt: day, Steady: time.Hour}, gone: time.Hour, doubt: day, steady: time.Hour},
	} {
		c.before.SeenAt = at
		is, leapt := c.before.seen(at.Add(c.gone), c.elapsed)
		if is.Doubt != c.doubt || is.Steady != c.steady && c.doubt > 0 || leapt != c.leapt || !is.SeenAt.Equal(at.Add(c.gone)) {
			t.Errorf("%s: doubted by %s, steady for %s, leapt by %s; want %s, %s, %s", name, is.Doubt, is.Steady, leapt, c.doubt, c.steady, c.leapt)
		}
		if (leapt > 0) != (is.LeaptAt != nil) && c.before.Doubt == 0 {
			t.Errorf("%s: it leapt at %v", name, is.LeaptAt)
		}
	}
}

// TestNothingIsRemovedByAClockThatLeapt has the clock leap past the date, with and without a worker that has seen it.
func TestNothingIsRemovedByAClockThatLeapt(t *testing.T) {
	t.Parallel()
	for _, seen := range []bool{false, true} {
		b := setup(t)
		p, ws := b.retired("engines", Running, Deletion{At: b.now().Add(89 * day)})
		b.put(90 * day)
		if seen {
			b.exec("update clock set seen_at = seen_at + interval '90 days', doubt_seconds = 90 * 86400")
		}
		if n, err := b.store.RemoveDue(t.Context()); n != 0 || err != nil {
			t.Fatalf("seen %v: %d are removed, %v", seen, n, err)
		}
		if c, err := b.store.Clock(t.Context()); err != nil || c.Held != 1 {
			t.Errorf("seen %v: %d wait, %v", seen, c.Held, err)
		}
		_, _, err := b.store.Undelete(t.Context(), p, ws.ID) // though its date has come by the clock
		b.must(err)
	}
}

func TestWhatIsHeldIsRemovedOnceTheClockIsBelieved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.store.SetClock(time.Now)
	b.exec("update clock set seen_at = clock_timestamp() - interval '9 days'")
	_, ws := b.retired("engines", Running, Deletion{At: time.Now().Add(time.Hour), Confirm: "engines"})
	b.exec("update workspaces set delete_at = clock_timestamp() - interval '1 day'")
	due := func(want int) {
		t.Helper()
		if n, err := b.store.RemoveDue(t.Context()); n != want || err != nil {
			t.Errorf("%d are removed, want %d; %v", n, want, err)
		}
	}
	due(0) // nobody has looked for long
	if c, err := b.see(); err != nil || c.Leapt < 8*day {
		t.Fatalf("%+v, %v", c, err)
	}
	due(0)
	operator := Principal{Operator: uuid.New()}
	b.refused(b.store.TrustClock(t.Context(), operator, "2020-02-02"), Invalid, "another clock shows")
	b.must(b.store.TrustClock(t.Context(), operator, time.Now().UTC().Format(time.DateOnly)))
	b.refused(b.store.TrustClock(t.Context(), operator, time.Now().UTC().Format(time.DateOnly)), Conflict, "nobody doubts the clock")
	due(1)
	if got := b.state(ws.ID); got != Removing {
		t.Errorf("it is %s", got)
	}
	for _, action := range []string{"clock.leap", "clock.trust"} {
		if n := b.count("audit_events where tenant_id is null and action = $1", action); n != 1 {
			t.Errorf("%d events %s", n, action)
		}
	}
}

// TestNothingElseThatCanNotBeTakenBackGoesByAClockThatLeapt names what does not come again when the clock is put right.
func TestNothingElseThatCanNotBeTakenBackGoesByAClockThatLeapt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, p := b.signUp("elm")
	hook, _, err := b.hooks().Create(t.Context(), p, done.Tenant.ID, NewWebhook{URL: "https://example.com/in"})
	b.must(err)
	b.exec("update slugs set state = 'held', held_until = $1", b.now().Add(80*day))
	b.exec("insert into webhook_deliveries (id, webhook_id, message, event, body, state, created_at) values (gen_random_uuid(), $1, 'm', 'webhook.test', '{}', 'waiting', $2)", hook.ID, b.now())
	wrong := func() (slug, gone bool) {
		n, err := b.hooks().Forget(t.Context(), 10)
		b.must(err)
		return b.store.SlugFree(t.Context(), "elm") == nil, n > 0
	}
	b.put(90 * day)
	if slug, gone := wrong(); slug || gone {
		t.Errorf("after a leap: slug free %v, log gone %v", slug, gone)
	}
	_, err = b.store.SignUp(t.Context(), SignUp{Email: "b@example.com", Password: password, Tenant: "b", Slug: "elm"})
	b.refused(err, Conflict, "is taken")
	b.exec("update clock set seen_at = $1", b.now())
	if slug, gone := wrong(); !slug || !gone {
		t.Errorf("after 90 days: slug free %v, log gone %v", slug, gone)
	}
}
