package accesslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTornLinesAreLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	whole := asked("ws_elm", at(1), "a")
	raw := whole + "ws_elm {\"time\":\"2026\n" + "nothing\n" + " \n" + whole[:40]
	data, h, broken := Pack("edg_a", "els_a", 1, []byte(raw))
	if broken != 4 || h.Lines() != 1 || data == nil {
		t.Errorf("%d are broken, %d lines", broken, h.Lines())
	}
	if data, _, broken = Pack("edg_a", "els_a", 1, []byte("torn")); data != nil || broken != 1 {
		t.Errorf("%d bytes of nothing, %d broken", len(data), broken)
	}
}

func TestLinesOfThoseWhoAreGoneAreLeftOut(t *testing.T) {
	t.Parallel()
	data, h, _ := Pack("edg_a", "els_a", 1, []byte(asked("ws_elm", at(1), "a")+asked("ws_gone", at(1), "b")+asked("ws_gone", at(2), "c")))
	a, err := Accept(data, noon, func([]string) (map[string]bool, error) { return map[string]bool{"ws_elm": true}, nil })
	must(t, err)
	if h.Lines() != 3 || a.Lines() != 1 || bytes.Contains(a.data, []byte("ws_gone")) {
		t.Errorf("of %d lines %d are kept: %s", h.Lines(), a.Lines(), a.data)
	}
	whole, err := Accept(data, noon, all)
	must(t, err)
	if whole.Name != a.Name {
		t.Errorf("the same segment is %s and %s", a.Name, whole.Name)
	}
}

func TestWhatNoEdgeWritesIsRefused(t *testing.T) {
	t.Parallel()
	pack := func(lines ...string) []byte {
		data, _, _ := Pack("edg_a", "els_a", 1, []byte(strings.Join(lines, "")))
		return data
	}
	good := pack(asked("ws_elm", at(1), "a"))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":     {nil, "no header"},
		"cut off":     {good[:len(good)-3], "ends within the block"},
		"more":        {append(bytes.Clone(good), 'x'), "belong to no block"},
		"no gzip":     {append(bytes.Clone(good[:len(good)-20]), make([]byte, 20)...), "does not hold"},
		"format":      {bytes.Replace(good, []byte(`"format":1`), []byte(`"format":2`), 1), "allowed is 1"},
		"no JSON":     {[]byte("{]\n"), "line of JSON"},
		"more lines":  {bytes.Replace(good, []byte(`"lines":1`), []byte(`"lines":2`), 1), "does not hold 2 lines"},
		"a bomb":      {bytes.Replace(good, []byte(`"raw":`), []byte(`"raw":9999999`), 1), "owners are in order"},
		"old":         {pack(asked("ws_elm", noon.Add(-41*24*time.Hour), "a")), "in the last 40 days"},
		"to come":     {pack(asked("ws_elm", noon.Add(2*time.Hour), "a")), "an hour ahead"},
		"client":      {pack(asked("ws_elm", at(1), "a", func(l *Line) { l.Client = "nobody" })), `line 1 of "ws_elm": client "nobody"`},
		"long path":   {pack(asked("ws_elm", at(1), strings.Repeat("x", 3000))), "path of 3001 bytes: allowed are 2048"},
		"long line":   {pack(asked("ws_elm", at(1), strings.Repeat("x", 9000))), "allowed are 8192"},
		"status":      {pack(asked("ws_elm", at(1), "a", func(l *Line) { l.Status = 1000 })), "status 1000"},
		"other times": {bytes.Replace(good, []byte(`"until":"2026-11-30T11:00:01Z"`), []byte(`"until":"2026-11-30T11:00:00Z"`), 1), "times have to be in order"},
	} {
		if _, err := Accept(c.data, noon, all); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoPathMakesASegmentTooLarge: what an edge has written in one byte is not kept in six.
func TestNoPathMakesASegmentTooLarge(t *testing.T) {
	t.Parallel()
	line := strings.ReplaceAll(asked("ws_elm", at(1), strings.Repeat("<", 511)), `\u003c`, "<") // as an edge writes it
	data, _, broken := Pack("edg_a", "els_a", 1, []byte(strings.Repeat(line, 4<<20/len(line))))
	if a, err := Accept(data, noon, all); err != nil || broken != 0 || a.Raw() > 5<<20 {
		t.Errorf("%d bytes of lines, %d broken: %v", a.Raw(), broken, err)
	}
}

func TestTheEdgeIsWhoHandsItOver(t *testing.T) {
	t.Parallel()
	data, _, _ := Pack("edg_a", "els_a", 1, []byte(asked("ws_elm", at(1), "a", func(l *Line) { l.Edge = "edg_b" })))
	a, err := Accept(data, noon, all)
	must(t, err)
	_, from, err := ParseHeader(a.data)
	must(t, err)
	lines, err := a.Blocks[0].unpack(a.data[from:])
	must(t, err)
	if l, err := ParseLine(bytes.TrimSpace(lines)); err != nil || l.Edge != "edg_a" {
		t.Errorf("edge %q, %v", l.Edge, err)
	}
}

// FuzzSegment: what is let through comes back as the same lines, and is let through again under the same name.
func FuzzSegment(f *testing.F) {
	good, _, _ := Pack("edg_a", "els_a", 7, []byte(asked("ws_elm", at(1), "a")+asked("ws_oak", at(2), "b")))
	f.Add(good)
	f.Add([]byte(`{"format":1}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Accept(data, noon, all)
		if err != nil || a.data == nil {
			return
		}
		again, err := Accept(a.data, noon, all)
		if err != nil || !bytes.Equal(again.data, a.data) || again.Lines() != a.Lines() {
			t.Errorf("%q is let through, and then is %v, %q", data, err, again.data)
		}
		if n, ok := parseName(a.Name); ok && (n.from.After(a.From) || n.until.Before(a.Until)) {
			t.Errorf("%s does not cover %s to %s", a.Name, a.From, a.Until)
		}
	})
}

// TestTimesAreFoundAsTheyAre: what is read fast is read as the library reads it.
func TestTimesAreFoundAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-11-30T12:00:00Z", "2026-11-27T12:00:00.5Z", "2026-11-01T00:00:00.000000001Z", "2026-11-28T23:59:59.123456789Z", "2024-02-29T01:02:03.04Z",
		"2026-11-30T12:00:00+02:00", "2026-11-27T12:00:00.1234567891Z", "2026-02-30T12:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T12:00:00.Z", "2026-1a-27T12:00:00Z", "2026-11-27t12:00:00Z"} {
		want, err := time.Parse(time.RFC3339Nano, text)
		got, ok := timeOf([]byte(timePrefix + text + `","x":1}`))
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Errorf("%s: %s, %t; the library says %s, %v", text, got, ok, want, err)
		}
	}
}

// FuzzLine: a line that is let through is written in one way only, which is read as the same.
func FuzzLine(f *testing.F) {
	f.Add(strings.TrimPrefix(strings.TrimSpace(asked("ws_elm", at(1), "a")), "ws_elm "))
	f.Add(`{"time":"2026-11-30T12:00:00.000000001Z","client":"2001:db8::1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLine([]byte(text))
		if err != nil {
			return
		}
		written, err := l.write()
		must(t, err)
		again, err := ParseLine(written)
		if err != nil && len(written) <= maxLine {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if err == nil && fmt.Sprint(again) != fmt.Sprint(l) {
			t.Errorf("%+v comes back as %+v", l, again)
		}
		if at, ok := timeOf(written); !ok || !at.Equal(l.At) {
			t.Errorf("%q: its time is found as %s, %v", written, at, ok)
		}
	})
}
