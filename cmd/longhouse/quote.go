package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/term"
)

// quoting writes text so that it does nothing to a terminal, whoever wrote it: what can't be shown becomes \u and its number, as
// JSON has it, so that JSON stays what it is. Everything that verbs print passes through one of these.
type quoting struct {
	to   io.Writer
	rest []byte // the beginning of a character
}

// Write implements io.Writer.
func (q *quoting) Write(p []byte) (int, error) {
	text := append(q.rest, p...)
	q.rest = nil
	var b bytes.Buffer
	for len(text) > 0 {
		if !utf8.FullRune(text) {
			q.rest = bytes.Clone(text)
			break
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\t', harmlessRune(r) && (r != utf8.RuneError || size > 1):
			b.Write(text[:size])
		default:
			writeQuoted(&b, r)
		}
		text = text[size:]
	}
	if _, err := q.to.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// harmlessRune reports whether a character can be shown, or only joins those beside it or keeps them apart.
func harmlessRune(r rune) bool {
	return unicode.IsPrint(r) || unicode.Is(unicode.Join_Control, r) || r == '\u00A0'
}

func writeQuoted(b *bytes.Buffer, r rune) {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// oneLine keeps a text from looking like several, and from being more than a cell of a table: \v, \f and the byte 0xff, which is never
// in UTF-8, are marks of tabwriter's.
var oneLine = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`, "\f", `\f`, "\xff", `\ufffd`)

// terminalOf returns the terminal that is written to, or nil.
func terminalOf(w io.Writer) *os.File {
	if q, ok := w.(*quoting); ok {
		w = q.to
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// asItIs writes for a file or a program, which get each byte unchanged. A terminal does not.
func asItIs(w io.Writer) io.Writer {
	if q, ok := w.(*quoting); ok && terminalOf(w) == nil {
		return q.to
	}
	return w
}
