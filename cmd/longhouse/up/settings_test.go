package up

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

func good() Options {
	return Options{Data: "/d", BaseDomain: "longhouse.localhost", HTTP: "127.0.0.1:0", API: "127.0.0.1:0", Metrics: "127.0.0.1:0",
		UIDBase: datadir.DefaultUIDBase, Blanks: 4, Lease: 10 * time.Second}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestValidateNamesTheOptionItsValueAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	must(t, good().Validate())
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.HTTP = "8065" }, `--http "8065": must be host:port`},
		{func(o *Options) { o.Internet = "10.0.0.1/8" }, `--internet "10.0.0.1/8": "10.0.0.1/8" is not a network such as 10.1.0.0/16`},
		{func(o *Options) { o.IdleAfter = "gold=1h" }, `--idle-after "gold=1h": there is no plan "gold": allowed are free, professional and enterprise`},
		{func(o *Options) { o.WorkspaceRate = "gold=1" }, `--workspace-rate "gold=1": there is no plan "gold": allowed are free, professional and enterprise`},
		{func(o *Options) { o.AddressRate = "many" }, `--address-rate "many": "many": allowed is 1 to 1000000, or 0 for as many as come`},
		{func(o *Options) { o.WorkspaceConnections = "-1" }, `--workspace-connections "-1": "-1": allowed is 1`},
		{func(o *Options) { o.PushProxy = "push.example.com" }, `--push-proxy "push.example.com": must be an http:// or https:// address`},
		{func(o *Options) { o.PushProxy = "https://u:p@push.example.com" }, `without a user`},
		{func(o *Options) { o.Webhooks = "10.0.0.1/8" }, `--webhooks "10.0.0.1/8": "10.0.0.1/8" is not a network such as 10.1.0.0/16`},
		{func(o *Options) { o.Canaries = time.Millisecond }, `--canaries 1ms: must be 0, or from 1s to 24h`},
		{func(o *Options) { o.Metrics = "9090" }, `--metrics "9090": must be host:port`},
		{func(o *Options) { o.Traces = "127.0.0.1:4318" }, `--traces "127.0.0.1:4318": must be the http:// or https:// address`},
		{func(o *Options) { o.API = "" }, `--api "": must be host:port`},
		{func(o *Options) { o.API = "127.0.0.1:http" }, `--api "127.0.0.1:http": the port must be a number from 0 to 65535`},
		{func(o *Options) { o.HTTP = "127.0.0.1:65536" }, "from 0 to 65535"},
		{func(o *Options) { o.HTTP = "127.0.0.1:-1" }, "from 0 to 65535"},
		{func(o *Options) { o.HTTP = "example.com:80" }, `--http "example.com:80": the host must be an IP address or localhost`},
		{func(o *Options) { o.HTTP, o.API = "127.0.0.1:80", "127.0.0.1:80" }, "must have ports of their own"},
		{func(o *Options) { o.HTTP, o.API = ":80", "127.0.0.1:80" }, "must have ports of their own"},
		{func(o *Options) { o.HTTP, o.API = "127.0.0.1:80", "0.0.0.0:80" }, "must have ports of their own"},
		{func(o *Options) { o.BaseDomain = "" }, `--base-domain "": must be a lower-case domain name`},
		{func(o *Options) { o.BaseDomain = "Example.com" }, `--base-domain "Example.com"`},
		{func(o *Options) { o.BaseDomain = "-a.com" }, `--base-domain "-a.com"`},
		{func(o *Options) { o.BaseDomain = "a..com" }, `--base-domain "a..com"`},
		{func(o *Options) { o.BaseDomain = "a.com\n" }, "--base-domain"},
		{func(o *Options) { o.BaseDomain = strings.Repeat("a.", 90) + "com" }, "--base-domain"},
		{func(o *Options) { o.Blanks = -1 }, "--blanks -1: must be from 0 to 1000"},
		{func(o *Options) { o.AccessLogDays = -1 }, "--access-log-days -1: must be from 1 to 3650"},
		{func(o *Options) { o.AccessLogDays = 3651 }, "--access-log-days 3651: must be from 1 to 3650"},
		{func(o *Options) { o.Blanks = 1001 }, "--blanks 1001: must be from 0 to 1000"},
		{func(o *Options) { o.Lease = time.Millisecond }, "--lease 1ms: must be from 100ms to 10m"},
		{func(o *Options) { o.Lease = time.Hour }, "--lease 1h0m0s: must be from 100ms to 10m"},
		{func(o *Options) { o.UIDBase = 0 }, "--uid-base 0: must be from 1000 to 2000000000"},
		{func(o *Options) { o.UIDBase = 2_000_000_001 }, "--uid-base 2000000001"},
	} {
		o := good()
		c.change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: err = %v, want %s", o, err, c.want)
		}
	}
	for _, address := range []string{":0", "0.0.0.0:0", "[::1]:8065", "localhost:8065"} {
		o := good()
		o.HTTP = address
		must(t, o.Validate())
	}
	o := good()
	o.HTTP, o.API = "127.0.0.1:80", "127.0.0.2:80"
	must(t, o.Validate())
}

// directory is a data directory without anything in it.
func directory(t *testing.T) datadir.Layout {
	t.Helper()
	return datadir.Layout{Root: t.TempDir(), UIDBase: datadir.DefaultUIDBase}
}

func TestPortsAreChosenOnceAndKept(t *testing.T) {
	t.Parallel()
	l := directory(t)
	first, before, err := settle(good(), l)
	must(t, err)
	if before != (datadir.Settings{}) {
		t.Errorf("before = %+v", before)
	}
	ports := map[string]bool{}
	for _, address := range []string{first.EdgeHTTP, first.API, first.Metrics, first.S3, first.SMTP, first.MailHTTP} {
		host, port, err := net.SplitHostPort(address)
		if err != nil || host != "127.0.0.1" || len(port) != 5 || port < "20000" || port > "31999" || ports[port] {
			t.Errorf("address %s, %v", address, err)
		}
		ports[port] = true
	}
	must(t, l.WriteSettings(first))
	again, before, err := settle(good(), l)
	must(t, err)
	if again != first || before != first {
		t.Errorf("then %+v, before that %+v, first %+v", again, before, first)
	}
}

func TestWhatIsChosenNowWins(t *testing.T) {
	t.Parallel()
	l := directory(t)
	first, _, err := settle(good(), l)
	must(t, err)
	must(t, l.WriteSettings(first))
	o := good()
	o.HTTP, o.API, o.Blanks, o.Lease = "127.0.0.1:8065", "127.0.0.2:0", 0, time.Minute
	now, before, err := settle(o, l)
	must(t, err)
	if now.EdgeHTTP != "127.0.0.1:8065" || !strings.HasPrefix(now.API, "127.0.0.2:") || now.Blanks != 0 || now.Lease.Duration != time.Minute {
		t.Errorf("now = %+v", now)
	}
	if now.S3 != first.S3 || now.SMTP != first.SMTP || now.MailHTTP != first.MailHTTP || before != first {
		t.Errorf("what was not chosen now has changed: %+v", now)
	}
}

func TestChosenPortsKeepClearOfThoseThatAreSet(t *testing.T) {
	t.Parallel()
	var addresses []address
	for n := 20000; n < 26000; n++ {
		addresses = append(addresses, address{wanted: "127.0.0.1:0", before: "127.0.0.1:" + strconv.Itoa(n), set: new(string)})
	}
	for range 300 { // so many that two would get the same by chance
		addresses = append([]address{{wanted: "127.0.0.1:0", set: new(string)}}, addresses...)
	}
	must(t, choose(addresses))
	seen := map[string]bool{}
	for _, a := range addresses {
		if seen[*a.set] || a.before != "" && *a.set != a.before {
			t.Fatalf("%s was chosen, before it was %q", *a.set, a.before)
		}
		seen[*a.set] = true
	}
	taken := map[string]bool{}
	for n := 20000; n < 32000; n++ {
		taken[strconv.Itoa(n)] = true
	}
	if port, err := freePort("127.0.0.1", taken); err == nil || !strings.Contains(err.Error(), "no free port was found on 127.0.0.1 from 20000 to 31999") {
		t.Errorf("%s, %v", port, err)
	}
}

func TestWhatCannotChangeIsRefused(t *testing.T) {
	t.Parallel()
	l := directory(t)
	first, _, err := settle(good(), l)
	must(t, err)
	must(t, l.WriteSettings(first))
	for want, change := range map[string]func(*Options){
		"serves longhouse.localhost; a change to example.com is not possible yet": func(o *Options) { o.BaseDomain = "example.com" },
		"has its user ids from 300000 up; a change to 400000 is not possible":     func(o *Options) { o.UIDBase = 400000 },
	} {
		o := good()
		change(&o)
		if _, _, err := settle(o, l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
	must(t, os.WriteFile(l.SettingsFile(), []byte("nonsense = 1\n"), 0o600))
	if _, _, err := settle(good(), l); err == nil || !strings.Contains(err.Error(), `no setting "nonsense"`) {
		t.Errorf("err = %v", err)
	}
}

func TestPortInUseIsSaidAndNothingIsMade(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	o := good()
	o.Data = filepath.Join(t.TempDir(), "data")
	o.HTTP = l.Addr().String()
	err = Run(t.Context(), o, nil, nil, quiet)
	if err == nil || !strings.Contains(err.Error(), "--http can't listen on "+o.HTTP) {
		t.Errorf("err = %v", err)
	}
	if _, err := os.Stat(o.Data); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}

func TestMissingServerIsSaidAndNothingIsMade(t *testing.T) {
	t.Parallel()
	o := good()
	o.Data = filepath.Join(t.TempDir(), "data")
	for _, path := range []string{"/nonexistent/workspace-server", "/tmp"} {
		o.Server = path
		if err := Run(t.Context(), o, nil, nil, quiet); err == nil || !strings.Contains(err.Error(), "there is no workspace-server at "+path) {
			t.Errorf("err = %v", err)
		}
	}
	if _, err := os.Stat(o.Data); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}

func TestSecretIsMadeOnceAndNoLinkIsFollowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "secret"), filepath.Join(dir, "link")
	make := func() string { return "made" }
	if text, err := readOr(file, make); err != nil || text != "made" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, os.WriteFile(file, []byte("kept\n"), 0o600))
	if text, err := readOr(file, make); err != nil || text != "kept" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, os.Symlink(file, link))
	for _, path := range []string{link, dir} {
		if text, err := readOr(path, make); err == nil {
			t.Errorf("%s: %q", path, text)
		}
	}
}

func TestNobodyChoosesAPortThatSomebodyElseHasChosen(t *testing.T) {
	t.Parallel()
	chosen := map[string]bool{}
	for range 300 { // of 12,000: by chance alone some four would be there twice
		port, err := freePort("127.0.0.1", nil)
		must(t, err)
		if chosen[port] {
			t.Fatalf("%s is chosen twice", port)
		}
		chosen[port] = true
	}
}

func TestTheUsualTimeOfAccessLogsIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	l := directory(t)
	for days, want := range map[int]int{0: 0, datadir.UsualAccessLogDays: 0, 30: 30} {
		o := good()
		o.AccessLogDays = days
		now, _, err := settle(o, l)
		must(t, err)
		if now.AccessLogDays != want || days != 30 && now.AccessLogKept() != datadir.UsualAccessLogDays || days == 30 && now.AccessLogKept() != 30 {
			t.Errorf("%d days are written as %d, and are %d", days, now.AccessLogDays, now.AccessLogKept())
		}
	}
}

// TestRatesAreKeptSoThatTheVersionBeforeReadsThem where it can: it knows one number for all plans, and nothing of connections.
func TestRatesAreKeptSoThatTheVersionBeforeReadsThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		number int
		byPlan string
	}{"": {0, ""}, "500": {500, ""}, "0": {0, "0"}, "500,free=100": {0, "500,free=100"}} {
		if number, byPlan := keptRate(text); number != want.number || byPlan != want.byPlan {
			t.Errorf("%q is kept as %d and %q", text, number, byPlan)
		}
	}
}
