package certs

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

func TestManyWhoAskAtOnceGetOneCertificate(t *testing.T) {
	t.Parallel()
	r := setup(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if leaf, err := r.get("a.longhouse.localhost"); err != nil || leaf.VerifyHostname("a.longhouse.localhost") != nil {
				t.Error(leaf, err)
			}
		})
	}
	all.Wait()
	if n := r.signed.Load(); n != 1 {
		t.Errorf("%d were signed", n)
	}
	if f := r.certs.Figures(); f.Held != 1 || f.Issued != 1 || f.Soonest.IsZero() {
		t.Errorf("figures: %+v", f)
	}
}

func TestTwoEdgesShareACertificate(t *testing.T) {
	t.Parallel()
	r := setup(t)
	first, err := r.get("a.longhouse.localhost")
	must(t, err)
	r.config.Dir = filepath.Join(t.TempDir(), "other")
	r.start()
	second, err := r.get("a.longhouse.localhost")
	must(t, err)
	if !first.Equal(second) || r.signed.Load() != 1 {
		t.Errorf("the second edge had another one issued: %d in all", r.signed.Load())
	}
}

func TestWhatWasUsedIsOnDiskForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	r := setup(t)
	first, err := r.get("a.longhouse.localhost")
	must(t, err)
	must(t, filepath.WalkDir(r.config.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return nil
	}))
	r.stop()
	r.control.Close()
	r.start()
	if again, err := r.get("a.longhouse.localhost"); err != nil || !again.Equal(first) {
		t.Errorf("without the control plane: %v", err)
	}
	if _, err := r.get("b.longhouse.localhost"); err == nil || !errors.Is(err, errControl) {
		t.Errorf("a certificate that was never there: %v", err)
	}
}

// A control plane that takes connections and says nothing holds up nobody whose certificate is here.
func TestWhatIsOnDiskIsServedWithoutAsking(t *testing.T) {
	t.Parallel()
	r := setup(t)
	first, err := r.get("a.longhouse.localhost")
	must(t, err)
	r.stop()
	asked := make(chan string, 16)
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if req.URL.Path != wire.RevocationsPath { // which is asked for beside what is served
			asked <- req.URL.String()
		}
		<-req.Context().Done()
	}))
	t.Cleanup(hangs.Close)
	r.config.ControlURL = hangs.URL
	r.start()
	again, err := r.get("a.longhouse.localhost")
	must(t, err)
	select {
	case what := <-asked:
		t.Errorf("it was asked for %s", what)
	default:
	}
	if !again.Equal(first) {
		t.Error("it is another one")
	}
}

func TestWhatIsDueIsRenewedWhileTheOldOneIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start(func(e *Certs) { e.magic.RenewalWindowRatio = 1 }) // everything is due at once
	first, err := r.get("a.longhouse.localhost")
	must(t, err)
	eventually(t, "another certificate", func() bool {
		leaf, err := r.get("a.longhouse.localhost")
		must(t, err)
		return !leaf.Equal(first)
	})
	if f := r.certs.Figures(); f.Held != 1 || f.Issued < 2 {
		t.Errorf("figures: %+v", f)
	}
}

// An edge learns of a renewal that another one did, and asks for none itself.
func TestARenewalIsShared(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asleep := func(e *Certs) { e.every = time.Hour }
	r.start(asleep)
	first, err := r.get("a.longhouse.localhost")
	must(t, err)
	one := r.certs
	r.config.Dir = filepath.Join(t.TempDir(), "other")
	r.start(asleep)
	_, err = r.get("a.longhouse.localhost")
	must(t, err)
	one.magic.RenewalWindowRatio = 1
	renewed, err := one.work("a.longhouse.localhost", one.renew)
	must(t, err)
	taken, err := r.certs.work("a.longhouse.localhost", r.certs.renew) // not due for it, but it looks
	must(t, err)
	if renewed.Leaf.Equal(first) || !taken.Leaf.Equal(renewed.Leaf) || r.signed.Load() != 2 {
		t.Errorf("signed %d", r.signed.Load())
	}
}

func TestARefusalIsSaidOnceAndNotAskedForAgainAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.signer.Refuse("no more certificates today")
	for range 3 {
		if _, err := r.get("a.longhouse.localhost"); err == nil || !strings.Contains(err.Error(), "no more certificates today") {
			t.Errorf("err = %v", err)
		}
	}
	if n := strings.Count(r.logs.String(), "no more certificates today"); n != 1 {
		t.Errorf("said %d times:\n%s", n, r.logs)
	}
	if f := r.certs.Figures(); f.Failures[Issuer] != 1 || f.Failing != 1 || f.Held != 0 {
		t.Errorf("figures: %+v", f)
	}
	if _, err := r.get("b.longhouse.localhost"); err == nil {
		t.Error("another host is not refused")
	}
	r.signer.Refuse("")
	r.certs.trouble.forget("a.longhouse.localhost") // the minute is over
	_, err := r.get("a.longhouse.localhost")
	must(t, err)
	if f := r.certs.Figures(); f.Failing != 1 {
		t.Errorf("figures: %+v", f)
	}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	for reason, c := range map[Reason]struct {
		err   error
		pause []time.Duration
	}{
		Issuer:  {errors.New("no"), []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}},
		Control: {errControl, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second}},
	} {
		tr, now := newTrouble(func(...any) {}), time.Unix(0, 0)
		for _, pause := range c.pause {
			tr.note("a", c.err, now)
			if tr.with("a", now.Add(pause-1)) == nil || tr.with("a", now.Add(pause)) != nil || tr.with("b", now) != nil {
				t.Errorf("%s: the pause is not %s", reason, pause)
			}
		}
		if n := tr.counts[reason].Load(); n != int64(len(c.pause)) {
			t.Errorf("%s: %d counted", reason, n)
		}
		tr.note("a", nil, now)
		if tr.with("a", now) != nil {
			t.Errorf("%s: a success is not noted", reason)
		}
	}
}

func TestHostsThatAreGoneAreForgotten(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, host := range []string{"a.longhouse.localhost", "b.longhouse.localhost"} {
		_, err := r.get(host)
		must(t, err)
	}
	dir, _ := r.certs.folders()
	r.hosts.set("b.longhouse.localhost")
	eventually(t, "its key is gone from disk", func() bool {
		_, err := os.Stat(filepath.Join(dir, "a.longhouse.localhost"))
		return errors.Is(err, fs.ErrNotExist)
	})
	eventually(t, "it is gone from memory", func() bool { return r.certs.Figures().Held == 1 })
	if _, err := os.Stat(filepath.Join(dir, "b.longhouse.localhost")); err != nil {
		t.Errorf("the other one's: %v", err)
	}
}

// What is kept under a host's name and is for another one is not served, whoever put it there.
func TestACertificateForSomebodyElseIsNotServed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, err := r.get("a.longhouse.localhost")
	must(t, err)
	for _, ending := range []string{".crt", ".key", ".json"} {
		value, err := r.certs.shared.Load(t.Context(), "certificates/local/a.longhouse.localhost/a.longhouse.localhost"+ending)
		must(t, err)
		must(t, r.certs.shared.Store(t.Context(), "certificates/local/b.longhouse.localhost/b.longhouse.localhost"+ending, value))
	}
	if leaf, err := r.get("b.longhouse.localhost"); err == nil || !strings.Contains(err.Error(), "for somebody else") {
		t.Errorf("%v, %v", leaf, err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	for _, host := range []string{"a.longhouse.localhost", "b.longhouse.localhost"} {
		_, err := r.get(host)
		must(t, err)
	}
	r.certs.dropOne("b.longhouse.localhost")
	if r.certs.find("a.longhouse.localhost") != nil || r.certs.find("b.longhouse.localhost") == nil || r.certs.Figures().Held != 1 {
		t.Errorf("figures: %+v", r.certs.Figures())
	}
	_, err := r.get("a.longhouse.localhost") // from disk
	must(t, err)
	if n := r.signed.Load(); n != 2 {
		t.Errorf("%d were signed", n)
	}
}

func TestACMESettingsAreChecked(t *testing.T) {
	t.Parallel()
	must(t, ACME{}.Validate())
	must(t, ACME{Directory: "https://ca.example/dir", Email: "ops@example.com", RootsFile: "/roots.pem"}.Validate())
	for want, a := range map[string]ACME{
		"no use without a directory": {Email: "ops@example.com"},
		"an https URL":               {Directory: "http://ca.example/dir", Email: "ops@example.com"},
		"such as ops@example.com":    {Directory: "https://ca.example/dir"},
		"an absolute path":           {Directory: "https://ca.example/dir", Email: "ops@example.com", RootsFile: "roots.pem"},
	} {
		if err := a.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	for _, text := range []string{"", "nonsense", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))} {
		file := filepath.Join(t.TempDir(), "roots.pem")
		must(t, os.WriteFile(file, []byte(text), 0o600))
		if pool, err := (ACME{RootsFile: file}).roots(); err == nil {
			t.Errorf("%q: %v", text, pool)
		}
	}
}

func TestClosingWaitsForNoIssuer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(asked)
		<-req.Context().Done()
	}))
	t.Cleanup(slow.Close)
	r.config.ControlURL = slow.URL
	r.start()
	failed := make(chan error)
	go func() { _, err := r.get("a.longhouse.localhost"); failed <- err }()
	<-asked
	r.stop()
	if err := <-failed; err == nil {
		t.Error("a certificate came from nowhere")
	}
	if f := r.certs.Figures(); f.Failing != 0 {
		t.Errorf("that we ended is held against the host: %+v", f)
	}
}
