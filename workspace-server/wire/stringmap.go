package wire

import (
	"encoding/json"
	"strings"
)

// StringMap is the protocol's free-form dictionary of texts.
type StringMap map[string]string

// ScanBytes reads a dictionary as the database writes it. Each request begins with several, so one whose texts stand as they are is taken
// apart here, and any other left to encoding/json.
func (m *StringMap) ScanBytes(src []byte) error {
	if src == nil {
		*m = nil
		return nil
	}
	if plain, ok := apart(string(src)); ok {
		*m = plain
		return nil
	}
	*m = nil
	return json.Unmarshal(src, (*map[string]string)(m))
}

// apart takes the text of an object of texts apart, if nothing in it is escaped.
func apart(text string) (StringMap, bool) {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' || strings.Contains(text, `\`) {
		return nil, false
	}
	text = text[1 : len(text)-1]
	out := make(StringMap, strings.Count(text, ":"))
	for text != "" {
		var key, value string
		var ok bool
		if key, text, ok = quoted(text, ":"); !ok {
			return nil, false
		}
		if value, text, ok = quoted(text, ","); !ok {
			return nil, false
		}
		out[key] = value
	}
	return out, true
}

// quoted takes a quoted text off, and the mark that follows if anything does.
func quoted(text, mark string) (in, rest string, ok bool) {
	if text, ok = strings.CutPrefix(strings.TrimLeft(text, " "), `"`); !ok {
		return "", "", false
	}
	if in, rest, ok = strings.Cut(text, `"`); !ok {
		return "", "", false
	}
	if rest = strings.TrimLeft(rest, " "); rest == "" && mark == "," {
		return in, "", true
	}
	rest, ok = strings.CutPrefix(rest, mark)
	return in, rest, ok
}
