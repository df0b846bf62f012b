package posts

import "strings"

// spoken is a message without what in it is code, fenced, between backticks, or indented at the beginning: clients show that as it stands, and
// nobody is mentioned there.
func spoken(message string) string {
	if !strings.ContainsAny(message, "`~") && !indented(message) {
		return message
	}
	var prose strings.Builder
	var fence string // of the block that is open
	begun := false   // with something that is not indented
	for line := range strings.Lines(message) {
		mark := fenceOf(line)
		switch {
		case fence != "":
			if strings.HasPrefix(mark, fence) && strings.TrimSpace(line) == mark {
				fence = ""
			}
			prose.WriteString("\n")
		case mark != "" && (mark[0] == '~' || !strings.Contains(strings.TrimLeft(line, " `"), "`")):
			fence, begun = mark, true
			prose.WriteString("\n")
		case !begun && indented(line):
			prose.WriteString("\n")
		default:
			begun = begun || strings.TrimSpace(line) != ""
			prose.WriteString(line)
		}
	}
	return withoutSpans(prose.String())
}

func indented(line string) bool {
	return strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
}

// fenceOf is the run of three or more marks that begins a line, and may begin or end a block of code.
func fenceOf(line string) string {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 || text == "" || (text[0] != '`' && text[0] != '~') {
		return ""
	}
	run := text[:len(text)-len(strings.TrimLeft(text, text[:1]))]
	if len(run) < 3 {
		return ""
	}
	return run
}

// withoutSpans drops what stands between as many backticks as close it, within a paragraph.
func withoutSpans(text string) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(text, '`')
		if open < 0 {
			break
		}
		size := ticks(text[open:])
		out.WriteString(text[:open])
		text = text[open+size:]
		if end := closing(text, size); end >= 0 {
			text = text[end+size:]
		}
		out.WriteByte(' ') // what stood beside it does not come together
	}
	out.WriteString(text)
	return out.String()
}

func ticks(text string) int { return len(text) - len(strings.TrimLeft(text, "`")) }

// closing is where a run of exactly so many backticks begins, -1 where none does before the paragraph ends.
func closing(text string, size int) int {
	if end := strings.Index(text, "\n\n"); end >= 0 {
		text = text[:end]
	}
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '`')
		if next < 0 {
			return -1
		}
		at += next
		run := ticks(text[at:])
		if run == size {
			return at
		}
		at += run
	}
}
