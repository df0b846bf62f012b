package serve

import (
	"os"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

func names(t *testing.T) (take func(given string, roles ...Role) (string, *os.File)) {
	t.Helper()
	l := datadir.Layout{Root: t.TempDir()}
	if err := os.MkdirAll(l.RolesDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	return func(given string, roles ...Role) (string, *os.File) {
		t.Helper()
		name, held, err := takeName(l, given, roles)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = held.Close() })
		return name, held
	}
}

func TestEachProcessThatIsGivenNoNameFindsOneOfItsOwn(t *testing.T) {
	t.Parallel()
	take := names(t)
	first, held := take("", Worker)
	second, _ := take("", Worker)
	api, _ := take("", API, Worker)
	if first != "worker" || second != "worker-2" || api != "control" {
		t.Errorf("they are called %s, %s and %s", first, second, api)
	}
	if err := held.Close(); err != nil { // as at its end, whatever ended it
		t.Fatal(err)
	}
	if again, _ := take("", Worker); again != "worker" {
		t.Errorf("who comes after the first one is called %s", again)
	}
}

func TestANameThatIsGivenPassesFromOneProcessToTheNext(t *testing.T) {
	t.Parallel()
	take := names(t)
	before, _ := take("worker", Worker)
	after, _ := take("worker", Worker) // starts beside it
	other, _ := take("", Worker)       // and takes it from neither
	if before != "worker" || after != "worker" || other != "worker-2" {
		t.Errorf("%s, %s, %s", before, after, other)
	}
	if lettered, _ := take("worker-b", Worker); lettered != "worker-b" {
		t.Errorf("worker-b is called %s", lettered)
	}
	if named, held := take("worker-2", Worker); named != "worker-2" || held != nil { // whoever names it decides
		t.Errorf("%s, %v", named, held)
	}
}

func TestNamesAreShortWords(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"Worker", "worker2", "worker-1000", "worker-", "worker-a-b", "verylongname", "../x", "a/b", "worker.lock", "-1", "1"} {
		if _, _, err := takeName(datadir.Layout{Root: t.TempDir()}, bad, []Role{Worker}); err == nil || !strings.Contains(err.Error(), "up to 8 small letters") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
