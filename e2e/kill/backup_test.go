package kill

import "testing"

func TestBackupsSurviveKills(t *testing.T) {
	t.Parallel()
	l := newLine(t)
	slug := l.customer.Slug
	made := 0
	for _, place := range spots("backup", "copy", "verify") {
		l.survive(t, "", place, "succeeded", "workspaces", "backup", slug, "--label", place)
		made++
		l.listed(t, place, made)
	}
	for _, place := range spots("backup", "undo-verify", "undo-copy") {
		l.survive(t, "fail:backup/verify/after,", place, "undone", "workspaces", "backup", slug)
		l.listed(t, place, made)
	}
	l.answers(t, slug)
}

// listed compares how many backups there are.
func (l *line) listed(t *testing.T, place string, want int) {
	t.Helper()
	var list []struct {
		State string
		Bytes int64
	}
	l.CLI(t, l.customer.Token, &list, "workspaces", "backups", l.customer.Slug)
	if len(list) != want {
		t.Errorf("after a kill at %s there are %d backups, not %d", place, len(list), want)
	}
	for _, b := range list {
		if b.State != "made" || b.Bytes == 0 {
			t.Errorf("after a kill at %s there is %+v", place, b)
		}
	}
}
