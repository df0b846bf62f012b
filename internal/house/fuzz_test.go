package house

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Whoever reads what comes from outside is on docs/fuzzing.md, with its target or with why it has none.
func TestWhoeverReadsWhatComesFromOutsideIsFuzzed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := grow(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range unfuzzed(ours, string(page)) {
		t.Error(complaint)
	}
	theirs, err := grow(fstest.MapFS{
		"good/a.go":      {Data: []byte("package good\nimport \"encoding/json\"\nfunc take(b []byte) { _ = json.Unmarshal(b, nil) }\nfunc own(b []byte) { _ = json.Unmarshal(b, nil) }")},
		"good/a_test.go": {Data: []byte("package good\nfunc FuzzTake() {}\nfunc FuzzMore() {}\nfunc parseTest() {}")},
		"bad/a.go":       {Data: []byte("package bad\nfunc parseLine() {}\ntype t struct{}\nfunc (t) decode() {}\nfunc decoded() {}\nfunc read() { tar.NewReader(nil) }")},
		"e2e/a.go":       {Data: []byte("package e2e\nfunc parse() {}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := unfuzzed(theirs, "| `good` | `FuzzTake` | `take` | x |\n| `good` | `FuzzGone` | `take` | x |\n| `good` | `FuzzTake` | `gone` | x |\n\n| `good` | `own` `lost` | why |\n")
	want := []string{
		"bad: decode reads what may come from outside, and docs/fuzzing.md does not name it", "bad: parseLine reads what may come from outside, and docs/fuzzing.md does not name it",
		"bad: read reads what may come from outside, and docs/fuzzing.md does not name it", "good: docs/fuzzing.md names FuzzGone, which is not there", "good: docs/fuzzing.md names gone, which is not there",
		"good: docs/fuzzing.md names lost, which is not there", "good: docs/fuzzing.md does not name FuzzMore",
	}
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("of bad files is said\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// readers are what makes values of bytes.
var readers = []string{"json.Unmarshal", "json.NewDecoder", "toml.NewDecoder", "tar.NewReader", "multipart.NewReader", "mail.ReadMessage", "mail.ParseAddress", "mime.ParseMediaType", "jwt.ParseWithClaims",
	"image.DecodeConfig", "http.ReadRequest", "http.ReadResponse", "age.ParseIdentities", "age.ParseX25519Recipient"}

var (
	readerName = regexp.MustCompile(`^([pP]arse|[dD]ecode)([A-Z]|$)`)
	fuzzRow    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(?: `(Fuzz\\w+)` \\|)?((?: `\\w+`)+) \\|")
	quoted     = regexp.MustCompile("`(\\w+)`")
)

// forTests are folders of what only tests run.
var forTests = []string{"e2e", "bench", "internal/attack", "internal/clientwalk", "internal/objectstore/storetest", "provisioner/workload/conformance"}

// unfuzzed compares a tree with the page, by package: its targets, its functions, and those of them that read.
func unfuzzed(t tree, page string) (found []string) {
	named, there := map[string]bool{}, map[string]bool{}
	for _, row := range fuzzRow.FindAllStringSubmatch(page, -1) {
		names := quoted.FindAllStringSubmatch(row[3], -1)
		if row[2] != "" {
			names = append(names, []string{"", row[2]})
		}
		for _, name := range names {
			named[row[1]+": "+name[1]] = true
		}
	}
	for _, f := range t.files {
		folder := path.Dir(f.path)
		if ast.IsGenerated(f.syntax) || slices.ContainsFunc(forTests, func(of string) bool { return folder == of || strings.HasPrefix(folder, of+"/") }) {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.isTest() != strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			is := folder + ": " + fn.Name.Name
			there[is] = true
			switch {
			case named[is]:
			case f.isTest():
				found = append(found, folder+": docs/fuzzing.md does not name "+fn.Name.Name)
			case reads(fn):
				found = append(found, is+" reads what may come from outside, and docs/fuzzing.md does not name it")
			}
		}
	}
	for is := range named {
		if folder, name, _ := strings.Cut(is, ": "); !there[is] {
			found = append(found, fmt.Sprintf("%s: docs/fuzzing.md names %s, which is not there", folder, name))
		}
	}
	slices.Sort(found)
	return found
}

func reads(fn *ast.FuncDecl) bool {
	is := readerName.MatchString(fn.Name.Name)
	ast.Inspect(fn, func(n ast.Node) bool {
		if called, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := called.X.(*ast.Ident); ok && slices.Contains(readers, of.Name+"."+called.Sel.Name) {
				is = true
			}
		}
		return true
	})
	return is
}
