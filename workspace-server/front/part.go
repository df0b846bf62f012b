package front

import (
	"html"
	"strings"
)

// part is a piece of a page with values, always escaped, in the place of their {{names}}. The standard library's
// templates would do it too, but what they need makes the program half as large again, and a machine runs it once for
// every workspace.
func part(name string, pairs ...string) string {
	text, err := parts.ReadFile("parts/" + name + ".html")
	if err != nil {
		panic(err) // it is embedded
	}
	filled := make([]string, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		filled[i], filled[i+1] = pairs[i], html.EscapeString(pairs[i+1])
	}
	return strings.NewReplacer(filled...).Replace(string(text))
}
