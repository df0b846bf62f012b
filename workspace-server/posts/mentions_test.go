package posts

import (
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// There is no database here: whoever asks it fails.
func TestWhereNobodyHasWordsAPlainPostAsksForNone(t *testing.T) {
	t.Parallel()
	asks := func(d Draft) (asked bool) {
		defer func() { asked = recover() != nil }()
		_, _ = (&Log{}).mentioned(t.Context(), d)
		return false
	}
	team := dbsql.Channel{TeamID: id.New()}
	for name, c := range map[string]struct {
		draft Draft
		want  bool
	}{
		"a plain post":                    {draft: Draft{Channel: team, Message: "the roof", NoWords: true}},
		"a plain post, somebody has some": {draft: Draft{Channel: team, Message: "the roof"}, want: true},
		"a post with a name":              {draft: Draft{Channel: team, Message: "the roof, @ben", NoWords: true}, want: true},
		"a direct message":                {draft: Draft{Message: "the roof", NoWords: true}, want: true},
	} {
		if got := asks(c.draft); got != c.want {
			t.Errorf("%s: asked %v", name, got)
		}
	}
}
