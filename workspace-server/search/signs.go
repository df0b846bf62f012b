package search

import (
	"strings"
	"unicode"
)

// signs are words by themselves: of scripts that write without spaces, or join what is looked for to what is not.
var signs = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x2e80, Hi: 0x2fdf, Stride: 1}, {Lo: 0x3005, Hi: 0x3007, Stride: 1}, {Lo: 0x3040, Hi: 0x31ff, Stride: 1},
	{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0xa4cf, Stride: 1}, {Lo: 0xa960, Hi: 0xa97f, Stride: 1}, {Lo: 0xac00, Hi: 0xd7ff, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x20000, Hi: 0x3ffff, Stride: 1}}}

// apart tells words that have signs, taken apart as sign_words does with a message (store/migrations), from those that have none.
func apart(words []string) (plain, signed []string) {
	for _, word := range words {
		if !strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(signs, r) }) {
			plain = append(plain, word)
			continue
		}
		var out strings.Builder
		for _, r := range strings.TrimRight(word, "*") { // any part of what they say is found, so also their beginnings
			if unicode.Is(signs, r) {
				out.WriteString(" " + string(r) + " ")
			} else {
				out.WriteRune(r)
			}
		}
		signed = append(signed, strings.Join(strings.Fields(out.String()), " "))
	}
	return plain, signed
}
