package provisioner

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

func TestCellIsComparedBothWays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		owed, is things
		want     []Orphan
	}{
		"nothing at all": {things{}, things{}, nil},
		"all there":      {things{"database": {"a", "b"}, "key": {"k"}}, things{"key": {"k"}, "database": {"b", "a"}}, nil},
		"nobody's":       {things{"bucket": {"a"}}, things{"bucket": {"a", "b"}}, []Orphan{{Kind: "bucket", Name: "b"}}},
		"missing":        {things{"role": {"a", "b"}}, things{"role": {"b"}}, []Orphan{{Kind: "role", Name: "a", Missing: true}}},
		"the same name of another kind": {things{"database": {"a"}}, things{"role": {"a"}},
			[]Orphan{{Kind: "database", Name: "a", Missing: true}, {Kind: "role", Name: "a"}}},
		"of every kind": {
			things{}, things{"instance": {"i"}, "key": {"k"}, "credential": {"c"}, "bucket": {"b"}, "role": {"r"}, "database": {"d"}},
			[]Orphan{{Kind: "database", Name: "d"}, {Kind: "role", Name: "r"}, {Kind: "bucket", Name: "b"}, {Kind: "credential", Name: "c"},
				{Kind: "key", Name: "k"}, {Kind: "instance", Name: "i"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := compare(test.owed, test.is); !slices.Equal(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestStorageOwesAllThatWasMadeForIt(t *testing.T) {
	t.Parallel()
	in := uuid.MustParse("01890000-0000-7000-8000-000000000001")
	owed := owed([]dbsql.Storage{{DatabaseName: "d", RoleName: "r", FilesBucket: "fb", ExportsBucket: "eb", FilesAccess: "fa",
		ExportsAccess: "ea", KeyName: "k"}}, []dbsql.Instance{{ID: in}})
	full := things{"database": {"d"}, "role": {"r"}, "bucket": {"fb", "eb"}, "credential": {"fa", "ea"}, "key": {"k"},
		"instance": {id.Show(id.Instance, in)}}
	if found := compare(owed, full); len(found) != 0 {
		t.Errorf("owed %v, want %v", owed, full)
	}
	if found := compare(owed, things{}); len(found) != 8 {
		t.Errorf("in an empty cell %d things are missing, want 8: %+v", len(found), found)
	}
}
