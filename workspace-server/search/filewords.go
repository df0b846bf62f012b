package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fileWords takes a word apart as file_words does with a file's name (store/migrations). A star at its end stays.
func fileWords(word string) string {
	stem := strings.TrimRight(word, "*")
	var out strings.Builder
	for _, r := range norm.NFKC.String(stem) {
		switch {
		case unicode.Is(marks, r):
			out.WriteByte(' ')
		case unicode.Is(signs, r):
			out.WriteString(" " + string(r) + " ")
		default:
			out.WriteRune(r)
		}
	}
	bare := strings.Join(strings.Fields(out.String()), " ")
	if bare == "" {
		return ""
	}
	return bare + word[len(stem):]
}

// marks part words in names.
var marks = &unicode.RangeTable{LatinOffset: 5, R16: []unicode.Range16{{Lo: 0x00, Hi: 0x2f, Stride: 1}, {Lo: 0x3a, Hi: 0x40, Stride: 1}, {Lo: 0x5b, Hi: 0x60, Stride: 1},
	{Lo: 0x7b, Hi: 0x7f, Stride: 1}, {Lo: 0x80, Hi: 0xbf, Stride: 1}, {Lo: 0x2000, Hi: 0x206f, Stride: 1}, {Lo: 0x3000, Hi: 0x3004, Stride: 1}, {Lo: 0x3008, Hi: 0x303f, Stride: 1}}}
