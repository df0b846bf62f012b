package strictjson

import (
	"strings"
	"testing"
)

func TestANameMayComeBackInAnotherObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"a":{"a":"a"},"b":{"a":"b"},"c":["a","a",{"a":1},{"a":1}]}`, `[{"a":1},{"a":1}]`, `"a"`, `["a","a"]`} {
		if err := Check([]byte(body), 16); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDepthIsCountedFromTheOutermostBracket(t *testing.T) {
	t.Parallel()
	for _, brackets := range []string{"[]", `{"":}`} {
		nested := func(n int) []byte {
			return []byte(strings.Repeat(brackets[:len(brackets)-1], n) + "1" + strings.Repeat(brackets[len(brackets)-1:], n))
		}
		if err := Check(nested(3), 3); err != nil {
			t.Error(err)
		}
		if err := Check(nested(4), 3); err == nil || !strings.Contains(err.Error(), "more than the 3 levels") {
			t.Errorf("%s: %v", nested(4), err)
		}
	}
}

func TestANumberIsAsLongAsItIsWrittenOut(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]int{"0": 1, "-10": 2, "1.25": 3, "1e3": 4, "1E+3": 4, "12.5e-3": 5, "1.25e1": 3, "1e39": 40, "1e-39": 40} {
		if got := digits(number); got != want {
			t.Errorf("%s has %d digits, want %d", number, got, want)
		}
		if err := Check([]byte(number), 1); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	for _, number := range []string{"1e40", "-1e-40", "1e99999999999999999999", "1E-99999999999999999999", strings.Repeat("1", 41), "0." + strings.Repeat("0", 40)} {
		if err := Check([]byte(`{"n":`+number+`}`), 1); err == nil || !strings.Contains(err.Error(), "all of them written out") {
			t.Errorf("%s: %v", number, err)
		}
	}
}
