package objectstore_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/objectstore"
	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

func TestAnOperatorsMistakesAreNamed(t *testing.T) {
	t.Parallel()
	good := objectstore.Config{Dir: "/d/store", KeyringDir: "/d/keys", Listen: "127.0.0.1:0", AdminSocket: "/d/s", Log: slog.New(slog.DiscardHandler)}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*objectstore.Config){
		"Dir":            func(c *objectstore.Config) { c.Dir = "relative" },
		"KeyringDir":     func(c *objectstore.Config) { c.KeyringDir = "" },
		"must not be in": func(c *objectstore.Config) { c.KeyringDir = "/d/store/keys" },
		"host:port":      func(c *objectstore.Config) { c.Listen = "9000" },
		"Log must be":    func(c *objectstore.Config) { c.Log = nil },
		"at most 107":    func(c *objectstore.Config) { c.AdminSocket = "/" + strings.Repeat("x", 107) },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestASecondStoreOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	n := setup(t)
	second := n.store.Config
	second.AdminSocket += "2"
	if err := objectstore.Serve(t.Context(), second); err == nil || !strings.Contains(err.Error(), "in use by another store") {
		t.Errorf("%v", err)
	}
	n.put("k", nil)
}

func TestTheFolderOfTheSocketIsMade(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	store.Kill()
	store.Config.AdminSocket = filepath.Join(filepath.Dir(store.Config.AdminSocket), "run", "store", "a.sock")
	store.Admin = admin.NewClient(store.Config.AdminSocket)
	store.StartAgain()
	if info, err := os.Stat(filepath.Dir(store.Config.AdminSocket)); err != nil || info.Mode().Perm()&0o066 != 0 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAPortInUseIsASentence(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	store := storetest.Start(t)
	store.Kill()
	cfg := store.Config
	cfg.Listen = taken.Addr().String()
	if err := objectstore.Serve(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("%v", err)
	}
}

func TestAUserWithoutANameMayRunIt(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		return // only root can start a process as somebody else
	}
	n := newTenant(t, storetest.StartAs(t, 300001), "alpha")
	n.put("dir/k", []byte("x"))
	if string(n.get("dir/k")) != "x" {
		t.Error("it came back changed")
	}
	info, err := os.Stat(n.store.Config.AdminSocket)
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != 300001 {
		t.Errorf("%v %v", info, err)
	}
}
