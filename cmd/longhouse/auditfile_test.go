package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAnExportIsSignedAsAWholeOrRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	_, err := s.store.Checkpoint(t.Context(), auditKey, 0)
	s.must(err)
	s.want(exitDone, "tokens", "create", "robot", "--scope", "tenant:read") // behind the checkpoint
	file, key := filepath.Join(t.TempDir(), "trail.jsonl"), strings.TrimSpace(s.want(exitDone, "audit", "key").out)
	lines := slices.Collect(strings.Lines(s.want(exitDone, "audit", "export").out))
	verify := func(want int, lines []string, args ...string) ran {
		t.Helper()
		s.must(os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))
		return s.want(want, append([]string{"audit", "verify", "--file", file}, args...)...)
	}
	if r := verify(exitDone, lines, "--public-key", key); !strings.Contains(r.out, "by the key that you gave") {
		t.Errorf("%s", r.out)
	}
	if r := verify(exitDone, lines); !strings.Contains(r.out, "anybody could have made") {
		t.Errorf("%s", r.out)
	}
	end := len(lines) - 1
	without := func(gone func(line string) bool) []string { return slices.DeleteFunc(slices.Clone(lines), gone) }
	for what, forged := range map[string][]string{
		"no checkpoint":     without(func(l string) bool { return strings.HasPrefix(l, `{"type":"checkpoint"`) }),
		"the last cut off":  slices.Concat(lines[:end-1], lines[end:]),
		"a false event":     slices.Concat(lines[:end], lines[end-1:]),
		"no event":          without(func(l string) bool { return strings.HasPrefix(l, `{"type":"event"`) }),
		"nothing but ends":  {lines[0], lines[end]},
		"no end":            lines[:end],
		"an end as it was":  slices.Concat(lines[:end], []string{`{"type":"end","lines":7}` + "\n"}),
		"nothing":           {},
		"somebody's remark": slices.Concat(lines, []string{"checked\n"}),
	} {
		for _, args := range [][]string{{}, {"--public-key", key}, {"--json"}} {
			if r := verify(exitRefused, forged, args...); strings.Contains(r.out, "signed") {
				t.Errorf("%s is said to be signed: %s", what, r.out)
			}
		}
	}
	verify(exitRefused, lines, "--public-key", strings.Repeat("A", 43)+"=")
	verify(exitUsage, lines, "--public-key", "key")
}

func TestAnExportThatNobodySignedIsNoSuccess(t *testing.T) {
	t.Parallel()
	const event, end = `{"type":"event"}` + "\n", `{"type":"end","end":{"document":"eyJhcmNoaXZlX2NvbXBhcmVkIjp0cnVlfQ==","signature":""}}` + "\n"
	for text, want := range map[string]int{
		event + end: exitDone,
		event + `{"type":"fault","fault":"event 3 was changed"}` + "\n":          exitRefused,
		event + `{"type":"end","end":{"document":"e30=","signature":""}}` + "\n": exitRefused, // not compared with the archive
		event:           exitUnreachable,
		event + end[:9]: exitUnreachable,
		"":              exitUnreachable,
	} {
		for _, size := range []int{1, 7, len(text) + 1} {
			var last lastLine
			if _, err := io.CopyBuffer(struct{ io.Writer }{&last}, struct{ io.Reader }{strings.NewReader(text)}, make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			got := exitDone
			if err := last.judge(); err != nil {
				got = failureOf(err).code
			}
			if got != want {
				t.Errorf("%q in pieces of %d exits with %d, want %d", text, size, got, want)
			}
		}
	}
}
