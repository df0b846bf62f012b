package provisioner

import (
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestOneTryThatGotThroughIsWhatCounts(t *testing.T) {
	t.Parallel()
	got := worst([]tried{
		{"file", tenants.Held, "permission denied"}, {"database", tenants.Held, "SQLSTATE 42501"}, {"bucket", tenants.Unclear, "no answer"},
		{"file", tenants.Crossed, "it was opened"}, {"database", tenants.Unclear, "no server"}, {"bucket", tenants.Held, "AccessDenied"},
	})
	want := []tenants.Border{{Name: "database", Outcome: tenants.Unclear, Detail: "no server"}, {Name: "bucket", Outcome: tenants.Unclear, Detail: "no answer"},
		{Name: "file", Outcome: tenants.Crossed, Detail: "it was opened"}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestACrossedBorderIsNewsOnceAndSoIsItsMending(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for i, c := range []struct {
		outcome tenants.Outcome
		news    int
	}{{tenants.Held, 0}, {tenants.Crossed, 1}, {tenants.Crossed, 0}, {tenants.Held, 1}} {
		news, err := r.store.NoteBorders(t.Context(), r.cell, []tenants.Border{{Name: "file", Outcome: c.outcome}})
		if err != nil || len(news) != c.news {
			t.Errorf("try %d met %s: news %+v, %v", i, c.outcome, news, err)
		}
	}
	list, err := r.store.Borders(t.Context())
	if err != nil || len(list) != 1 || list[0].Tries != 4 || list[0].Outcome != tenants.Held || list[0].Cell != "local" {
		t.Errorf("%+v, %v", list, err)
	}
}
