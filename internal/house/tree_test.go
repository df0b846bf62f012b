package house

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// tree is what there is to judge.
type tree struct {
	folders []string // all of them, from the root down
	files   []source
}

// source is one Go file.
type source struct {
	path   string
	syntax *ast.File
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// grow reads a tree without what .gitignore leaves out.
func grow(files fs.FS) (tree, error) {
	ignored, err := fs.ReadFile(files, ".gitignore")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return tree{}, err
	}
	var t tree
	err = fs.WalkDir(files, ".", func(at string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone since its folder was listed
			return nil
		case err != nil:
			return err
		case entry.IsDir() && (at == ".git" || leftOut(string(ignored), at)):
			return fs.SkipDir
		case entry.IsDir():
			t.folders = append(t.folders, at)
		case path.Ext(at) == ".go":
			return t.add(files, at)
		}
		return nil
	})
	return t, err
}

// leftOut knows the two forms of .gitignore that name a folder: /bin/ at the root, node_modules/ anywhere.
func leftOut(ignored, folder string) bool {
	lines := strings.Fields(ignored)
	return slices.Contains(lines, "/"+folder+"/") || slices.Contains(lines, path.Base(folder)+"/")
}

func (t *tree) add(files fs.FS, at string) error {
	text, err := fs.ReadFile(files, at)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), at, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.files = append(t.files, source{at, syntax})
	return nil
}

// rule says what is wrong with a tree.
type rule func(tree) []string

// keep fails the test for everything in the repository that breaks the rule, and for the rule not finding what is
// wrong with the bad files: path to text.
func keep(t *testing.T, r rule, bad map[string]string, complaints ...string) {
	t.Helper()
	ours, err := grow(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range r(ours) {
		t.Error(complaint)
	}
	files := fstest.MapFS{".gitignore": {Data: []byte("/bin/\nnode_modules/\n")}}
	for at, text := range bad {
		files[at] = &fstest.MapFile{Data: []byte(text)}
	}
	theirs, err := grow(files)
	if err != nil {
		t.Fatal(err)
	}
	if got := r(theirs); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(complaints))) {
		t.Errorf("in bad files the rule finds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(complaints, "\n"))
	}
}
