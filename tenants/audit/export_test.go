package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestAHashIsWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	r := Record{Chain: chain, Seq: 2, ID: uuid.UUID{0: 9}, At: time.UnixMicro(1_700_000_000_000_001), Actor: "a", Action: "b", Subject: "", RequestID: "req_1",
		Details: map[string]string{"z": "1", "a": "é"}}
	// Computed by another program from the description in docs/audit.md.
	const want = "d97910d1b18c5de9b52985c258da7893e2c2e379adcf19bbb947c965e355ae3e"
	if got := Sum([32]byte{31: 5}, r); hex.EncodeToString(got[:]) != want {
		t.Errorf("hash %x, want %s", got, want)
	}
}

func TestAnExportIsVerifiedWithoutAServer(t *testing.T) {
	t.Parallel()
	v, err := Verify(strings.NewReader(exported(8)), public)
	if err != nil || v.Chain != chain || v.Count != 8 || v.Checkpoints != 3 || !v.SignedAt.Equal(begin.Add(time.Hour)) || !v.Last.Equal(begin.Add(6*time.Minute+time.Second)) || len(v.Odd) != 0 || !v.Compared {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAnExportTellsNothingOfOtherChains(t *testing.T) {
	t.Parallel()
	for i, line := range strings.SplitAfter(strings.TrimSuffix(exported(8), "\n"), "\n") {
		var l ExportLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Checkpoint != nil && (strings.Contains(string(l.Checkpoint.Document), "heads") || len(l.Checkpoint.Path) != 2) {
			t.Errorf("line %d: %s and %d hashes", i+1, l.Checkpoint.Document, len(l.Checkpoint.Path))
		}
	}
}

// unsigned is what somebody makes of an export who has no key: the lines that are left, the hashes made anew, and an end of their own.
func unsigned(t *testing.T, keep func(l *ExportLine) bool) string {
	t.Helper()
	var lines []ExportLine
	var sealed []Record
	for line := range strings.Lines(exported(8)) {
		var l ExportLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if !keep(&l) {
			continue
		}
		if e := l.Event; e != nil {
			sealed = append(sealed, Record{ID: e.ID, At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, RequestID: e.RequestID, Details: e.Details})
		}
		lines = append(lines, l)
	}
	sealed, _ = Seal(Head{Chain: chain}, sealed)
	var out strings.Builder
	for _, l := range lines {
		if l.Event != nil {
			l.Event.Seq, l.Event.Hash, sealed = sealed[0].Seq, hex.EncodeToString(sealed[0].Hash[:]), sealed[1:]
		}
		if err := json.NewEncoder(&out).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestNobodyForgesAnExportWithoutTheKey(t *testing.T) {
	t.Parallel()
	mine, err := (Ending{Head: Head{Chain: chain}}).Sign(other)
	if err != nil {
		t.Fatal(err)
	}
	added := func(l *ExportLine) {
		if l.Event != nil && l.Event.Seq == 8 {
			l.Event.Action, l.Event.Actor = "workspace.delete", "per_victim"
		}
	}
	forgeries := map[string]func(l *ExportLine) bool{
		"everything rewritten, no checkpoint":    func(l *ExportLine) bool { added(l); return l.Checkpoint == nil },
		"cut off behind the last checkpoint":     func(l *ExportLine) bool { return l.Event == nil || l.Event.Seq <= 6 },
		"cut off behind the first checkpoint":    func(l *ExportLine) bool { return l.Event == nil || l.Event.Seq <= 4 },
		"a false event behind the checkpoints":   func(l *ExportLine) bool { added(l); return true },
		"nothing left":                           func(l *ExportLine) bool { return l.Event == nil && l.Checkpoint == nil },
		"no checkpoint, and otherwise as it was": func(l *ExportLine) bool { return l.Checkpoint == nil },
	}
	ends := map[string]func(l *ExportLine) bool{
		"its end":                func(*ExportLine) bool { return true },
		"no end":                 func(l *ExportLine) bool { return l.End == nil },
		"an end of another key":  func(l *ExportLine) bool { l.End = replace(l.End, mine); return true },
		"an end without a name":  func(l *ExportLine) bool { l.End = replace(l.End, Signed{}); return true },
		"a checkpoint as an end": func(l *ExportLine) bool { l.End = replace(l.End, signed(key, Checkpoint{Number: 1})); return true },
	}
	for what, keep := range forgeries {
		for end, with := range ends {
			text := unsigned(t, func(l *ExportLine) bool { return keep(l) && with(l) })
			for _, k := range []ed25519.PublicKey{public, nil} {
				if v, err := Verify(strings.NewReader(text), k); err == nil {
					t.Errorf("%s, with %s: taken for %+v", what, end, v)
				}
			}
		}
	}
}

func replace(end *Signed, by Signed) *Signed {
	if end == nil {
		return nil
	}
	return &by
}

func TestEveryTamperingWithAnExportIsFound(t *testing.T) {
	t.Parallel()
	whole := strings.SplitAfter(strings.TrimSuffix(exported(8), "\n"), "\n")
	last := len(whole) - 1
	whole[last] += "\n"
	replaced := func(line int, old, new string) []string {
		if !strings.Contains(whole[line], old) {
			t.Fatalf("line %d has no %s: %s", line, old, whole[line])
		}
		return slices.Concat(whole[:line], []string{strings.Replace(whole[line], old, new, 1)}, whole[line+1:])
	}
	without := func(line int) []string { return slices.Concat(whole[:line], whole[line+1:]) }
	swapped := func(a, b int) []string {
		lines := slices.Clone(whole)
		lines[a], lines[b] = lines[b], lines[a]
		return lines
	}
	const third, first, second = 3, 5, 8 // the lines of the third event and the first two checkpoints
	for what, c := range map[string]struct {
		lines []string
		want  string
	}{
		"an actor":                {replaced(third, "per_a", "per_b"), "event 3: was changed"},
		"a detail of the last":    {replaced(last-1, `"n":"h"`, `"n":"i"`), "event 8: was changed"},
		"a time":                  {replaced(third, "2030-03-01", "2030-03-02"), "event 3: was changed"},
		"an id":                   {replaced(third, "0002", "0003"), "event 3: was changed"},
		"a number":                {replaced(third, `"seq":3`, `"seq":4`), "event 3: is missing, doubled"},
		"the first gone":          {without(1), "event 1: is missing"},
		"one gone":                {without(third), "event 3: is missing"},
		"the last gone":           {without(last - 1), "the chain had 8 events"},
		"the end gone":            {without(last), "nobody vouches for it"},
		"cut off":                 {whole[:5], "nobody vouches for it"},
		"cut in a line":           {append(slices.Clone(whole[:4]), whole[4][:20]), "not readable"},
		"without a last line end": {replaced(last, "\n", ""), "not in the form of an export"},
		"two swapped":             {swapped(2, 3), "event 2: is missing, doubled"},
		"one doubled":             {slices.Concat(whole[:3], whole[2:]), "event 3: is missing, doubled"},
		"the first checkpoint":    {without(first), "not what checkpoint 2 was signed over"},
		"the second one":          {without(second), "byte for byte"},
		"the last one":            {without(second + 1), "had checkpoint 3 as the last one"},
		"checkpoints swapped":     {swapped(second, second+1), "not what checkpoint 2 was signed over"},
		"one moved":               {slices.Concat(whole[:4], whole[5:6], whole[4:5], whole[6:]), "not what checkpoint 1 was signed over"},
		"a proof":                 {replaced(first, `"index":1`, `"index":2`), "not what checkpoint 1 was signed over"},
		"a longer proof":          {replaced(first, `"path":[`, `"path":["`+strings.Repeat("A", 43)+`=",`), "not what checkpoint 1 was signed over"},
		"a shorter hash":          {replaced(first, `"path":["AQAA`, `"path":["AQ`), "not readable"},
		"a property twice":        {replaced(third, `"actor":"per_a"`, `"actor":"per_b","actor":"per_a"`), "form of an export"},
		"in other capitals":       {replaced(third, `"actor":"per_a"`, `"actor":"per_b","Actor":"per_a"`), "form of an export"},
		"something more":          {replaced(third, `"actor":"per_a"`, `"actor":"per_a","remark":"x"`), "form of an export"},
		"a finer time":            {replaced(third, `:02:00Z`, `:02:00.0000001Z`), "form of an export"},
		"an upper-case hash":      {replaced(third, `"hash":"`, `"hash":"A`), "is not a hash"},
		"other line ends":         {replaced(third, "\n", "\r\n"), "form of an export"},
		"something behind":        {slices.Concat(whole, whole[1:2]), "comes after the end"},
		"another format":          {replaced(0, `"format":2`, `"format":1`), "of another format"},
		"no beginning":            {whole[1:], "out of place"},
	} {
		for _, k := range []ed25519.PublicKey{public, nil} {
			if v, err := Verify(strings.NewReader(strings.Join(c.lines, "")), k); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: err = %v, want %s; %+v", what, err, c.want, v)
			}
		}
	}
	if _, err := Verify(strings.NewReader(strings.Join(whole, "")), other.Public().(ed25519.PublicKey)); err == nil || !strings.Contains(err.Error(), "of another installation") {
		t.Errorf("another key: %v", err)
	}
}

func TestAnExportWithAFaultIsNobodys(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	e, err := NewExport(&out, chain, public)
	if err == nil {
		err = e.Fault("event 3 was changed")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(strings.NewReader(out.String()), public); err == nil || !strings.Contains(err.Error(), "could not vouch for it: event 3 was changed") {
		t.Errorf("%v", err)
	}
}

// TestWhatIsSignedIsWhatWasWritten: an event whose every hash is right, in an export with a genuine end of another content.
func TestAnEndSignsEveryByte(t *testing.T) {
	t.Parallel()
	text := exported(8)
	before := text[:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1]
	var l ExportLine
	if err := json.Unmarshal([]byte(text[len(before):]), &l); err != nil {
		t.Fatal(err)
	}
	e, err := OpenEnding(*l.End, public)
	if err != nil || e.Bytes != sha256.Sum256([]byte(before)) || e.Count != 8 || e.Number != 3 {
		t.Errorf("%+v, %v", e, err)
	}
}
