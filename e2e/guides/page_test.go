package guides

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs is the folder of the repository, from here.
const docs = "../.."

// step is something that a page has its reader do: commands to be given to a shell, or something by hand.
type step struct {
	commands, hand string
}

var (
	// notRun stands before a block of commands that is left out, and says why.
	notRun = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	// byHand stands where the reader does something that is no command.
	byHand = regexp.MustCompile(`^<!-- by hand: (.+) -->$`)
)

// stepsOf reads a page: its blocks that begin with ```sh, but for those that say why they are not run.
func stepsOf(page string) (steps []step) {
	var before string // the line before a block
	within, run := false, false
	for line := range strings.Lines(page) {
		text := strings.TrimSpace(line)
		switch {
		case within && text == "```":
			within = false
		case within && run:
			last := &steps[len(steps)-1]
			last.commands += line
		case within:
		case strings.HasPrefix(text, "```"):
			within, run = true, text == "```sh" && !notRun.MatchString(before)
			if run && (len(steps) == 0 || steps[len(steps)-1].hand != "") {
				steps = append(steps, step{})
			}
		case byHand.MatchString(text):
			steps = append(steps, step{hand: byHand.FindStringSubmatch(text)[1]})
		}
		before = text
	}
	return steps
}

func read(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docs, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatAPageHasItsReaderDo(t *testing.T) {
	t.Parallel()
	page := "a\n```sh\none\n```\n```sh\ntwo\n```\n<!-- not run: it hurts -->\n```sh\nthree\n```\n```\nfour\n```\n<!-- by hand: stop -->\n```sh\nfive\n```\n<!-- not run: -->\n\n```sh\nsix\n```\n"
	want := []step{{commands: "one\ntwo\n"}, {hand: "stop"}, {commands: "five\nsix\n"}}
	if got := stepsOf(page); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestNoPageWithCommandsIsLeftOut(t *testing.T) {
	t.Parallel()
	var found []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/guides/*.md", "docs/adr/*.md"} {
		pages, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			page, err := filepath.Rel(docs, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(stepsOf(read(t, page))) > 0 {
				found = append(found, page)
			}
		}
	}
	tried := []string{byHandPage}
	for _, g := range order {
		tried = append(tried, g.page)
	}
	slices.Sort(found)
	slices.Sort(tried)
	if !slices.Equal(found, tried) {
		t.Errorf("pages with commands are %v, and tried are %v", found, tried)
	}
}
