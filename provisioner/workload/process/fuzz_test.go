package process

import (
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// FuzzDescription: what an agent takes for an instance's description is the whole body, can be started by the system, and no
// refusal tells a secret.
func FuzzDescription(f *testing.F) {
	const id = "in_01h0000000000000000000000g"
	good := `{"id":"` + id + `","generation":1,"binary":"/bin/x","args":["serve"],"sha256":"` + strings.Repeat("a", 64) + `","uid":1,"env":{"A":"secret-of-a"},` +
		`"limits":{"memory_bytes":1,"cpu_percent":1,"pids":1},"reach":["127.0.0.1:80"],"drain_grace_ns":1}`
	for _, body := range []string{good, good + "{}", good[:len(good)-1], strings.Replace(good, `"A"`, `"A=B"`, 1), strings.Replace(good, "serve", `a\u0000b`, 1), strings.Replace(good, "/bin/x", "/bin/../x", 1),
		strings.Replace(good, "secret-of-a", `secret-of-a\u0000`, 1), "null", "", strings.Repeat("[", 10_000)} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		d, err := described(strings.NewReader(body), id)
		if err == nil {
			err = d.Validate()
		}
		for name, value := range d.Env {
			if err != nil && len(value) > 8 && strings.Contains(value, "secret") && strings.Contains(err.Error(), value) {
				t.Errorf("the refusal tells a secret: %v", err)
			}
			if err == nil && (strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") || name == workload.ListenVariable) {
				t.Errorf("variable %q was let through", name)
			}
		}
		if err != nil {
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := described(strings.NewReader(string(again)), id); err != nil || !reflect.DeepEqual(back, d) || !json.Valid([]byte(body)) || strings.Contains(strings.Join(d.Args, ""), "\x00") {
			t.Errorf("%q was taken for %s, %v", body, again, err)
		}
	})
}

// FuzzAgentAnswer: an answer is taken whole or not at all, and a refusal is one of those that callers tell apart, or of no kind.
func FuzzAgentAnswer(f *testing.F) {
	for _, body := range []string{`{"id":"in_01h0000000000000000000000g","state":"running","ready":true,"pid":7}`, `[{"id":"x"},null]`, `{"code":"stale","message":"it is older"}`, `{"code":"stale"}`,
		`{"kernel":{"landlock":1},"missing":[{"border":"x"}]}`, `{"pid":1e99}`, `{}{}`, "null", "", strings.Repeat("[", 20_000), "<html>"} {
		f.Add(200, []byte(body))
		f.Add(409, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, into := range []any{new(workload.Observed), new([]workload.Observed), new(Borders), nil} {
			err := take(status, strings.NewReader(string(body)), into)
			if status/100 != 2 {
				kinds := slices.DeleteFunc([]error{workload.ErrStale, workload.ErrInvalid, errStopping}, func(kind error) bool { return !errors.Is(err, kind) })
				if err == nil || err.Error() == "" || len(kinds) > 1 || len(kinds) == 1 && !json.Valid(body) {
					t.Errorf("%d %q is %v, and is %v", status, body, err, kinds)
				}
				continue
			}
			if err == nil && into != nil && !json.Valid(body) {
				t.Errorf("%q was taken for %+v", body, into)
			}
		}
	})
}

// FuzzCgroups: where a group is mounted and which is ours is what the kernel says, whatever the folders' names.
func FuzzCgroups(f *testing.F) {
	f.Add("/sys/fs/cgroup/memory", "/system.slice/a b", "shared:1", []byte(""))
	f.Add("/a b\tc\\d#", "/x:y", "", []byte("0::/x\n:\n1:a,b\n"))
	f.Add("/", "/\xff", "unbindable", []byte("1 1 1:1 / /x - cgroup2 c\n - cgroup\n"))
	f.Fuzz(func(t *testing.T, dir, group, optional string, raw []byte) {
		if strings.Contains(group, "\n") || strings.ContainsAny(optional, " \n") || optional == "-" || !filepath.IsAbs(dir) {
			return // none of these comes from the kernel
		}
		escaped := strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`, "#", `\043`).Replace(dir)
		info := "36 35 98:0 / " + escaped + " rw,noatime " + optional + " - cgroup cgroup rw,memory\n36 35 98:0 / /x rw - ext4 /dev/x rw\n"
		if got := cgroupMounts([]byte(info)); len(got) != 1 || got[0].dir != dir || got[0].v2 || !slices.Equal(got[0].options, []string{"rw", "memory"}) {
			t.Errorf("%q is %+v", info, got)
		}
		ours := ownCgroups([]byte("12:cpu,cpuacct:/x\n4:memory:" + group + "\n0::/y\n"))
		if ours["memory"] != group || ours["cpu"] != "/x" || ours["cpuacct"] != "/x" || ours[""] != "/y" {
			t.Errorf("%q is %q", group, ours)
		}
		_, _ = cgroupMounts(raw), ownCgroups(raw)
	})
}

// FuzzEnvironment: whatever a process writes into its environment, the folder that it is taken to have is one of ours.
func FuzzEnvironment(f *testing.F) {
	c := Config{Dir: "/data"}
	good := workload.AdminListenVariable + "=unix:" + c.adminSocket("abcdefgh")
	for _, env := range []string{good, "A=1\x00" + good + "\x00", workload.AdminListenVariable + "=unix:/data/run/../../x/admin/s", workload.AdminListenVariable + "=unix:", strings.Replace(good, "abcdefgh", "..", 1),
		strings.Replace(good, "abcdefgh", "a/b", 1), strings.Replace(good, "abcdefgh", "", 1)} {
		f.Add([]byte(env))
	}
	f.Fuzz(func(t *testing.T, env []byte) {
		name := c.socketDirOf(env)
		if name == "" {
			return
		}
		path := c.adminSocket(name)
		if name != filepath.Base(name) || name == ".." || name == "." || name == "/" || !strings.HasPrefix(path, "/data/") || !strings.Contains(string(env), path) {
			t.Errorf("%q has the folder %q", env, name)
		}
	})
}

// FuzzPlace: an instance gets connections to the places of its description as they are written there and, where it may, to the internet,
// and to no mail server in any way of writing one.
func FuzzPlace(f *testing.F) {
	for _, address := range []string{"db.test:5432", "/run/db/s", "example.com:443", "example.com:25", "example.com:025", "example.com:smtp", "[::1]:25", "example.com:65561", "db.test:05432", "DB.test:5432", "/run/db/../db/s", "", ":80", "a:b:80"} {
		f.Add("tcp", address, true)
		f.Add("unix", address, false)
	}
	f.Add("tcp4", "1.1.1.1:443", true)
	f.Add("udp", "1.1.1.1:53", true)
	f.Fuzz(func(t *testing.T, network, address string, internet bool) {
		places := []workload.Place{{Address: "db.test:5432"}, {Address: "/run/db/s"}}
		d := &dialer{allowed: workload.Broker{Places: places, Internet: internet}}
		at, err := d.find(network, address)
		if err != nil {
			return
		}
		if at < len(places) {
			if address != places[at].Address || (network == "unix") != (address[0] == '/') {
				t.Errorf("%s %q is taken for %q", network, address, places[at].Address)
			}
			return
		}
		_, port, err := net.SplitHostPort(address)
		if number, lookErr := net.DefaultResolver.LookupPort(t.Context(), "tcp", port); !internet || !strings.HasPrefix(network, "tcp") || err != nil || lookErr == nil && number == mailPort {
			t.Errorf("%s %q is of the internet: port %d, %v", network, address, number, err)
		}
	})
}
