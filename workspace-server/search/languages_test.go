package search

import (
	"slices"
	"testing"
)

func TestLocalesHaveTheirDictionaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ locales, want []string }{
		{[]string{"de"}, []string{"german_stem"}},
		{[]string{"de-AT", "en"}, []string{"english_stem", "german_stem"}},
		{[]string{"pt_BR", "pt"}, []string{"portuguese_stem"}},
		{[]string{"ru", "de"}, []string{"english_stem", "german_stem", "russian_stem"}},
		{[]string{"zh-CN", "uk"}, []string{"english_stem"}},
		{[]string{"pl", "xx", ""}, []string{"simple"}},
		{[]string{"pl", "de"}, []string{"german_stem"}},
		{nil, []string{"simple"}},
	} {
		if got := dictionaries(c.locales...); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.locales, got, c.want)
		}
	}
}
