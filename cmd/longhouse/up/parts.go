package up

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// parts are the sockets on which the parts of this machine are asked for their figures and their health, by name: those that
// there always are, and whatever process of the control plane has put its own beside them, also where somebody else runs it. One
// that was killed leaves its socket, and is missed; one that ended in good order does not.
func (m *machine) parts() map[string]string {
	all := map[string]string{"agent": process.Socket(m.layout.Root), "edge": m.layout.EdgeSocket(), "store": m.layout.StoreSocket(), "control": m.layout.RoleSocket("control")}
	entries, _ := os.ReadDir(m.layout.RolesDir()) // without it there are none
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".sock"); ok && e.Type() == os.ModeSocket {
			all[name] = m.layout.RoleSocket(name)
		}
	}
	return all
}

// ofPart asks the part itself. No connection is kept: the next one may have to lead to a successor.
func (m *machine) ofPart(path string) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.URL.Path = "http", r.In.PathValue("part"), path
		},
		Transport: &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 10 * time.Second, DialContext: m.dialPart},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, r.URL.Host+" does not answer\n")
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.parts()[r.PathValue("part")] == "" {
			http.Error(w, "there is no such part; /targets names those that there are", http.StatusNotFound)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// dialPart connects to a part by its name. The folders of sockets are the parts' own, and they may not lead us elsewhere.
func (m *machine) dialPart(ctx context.Context, _, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return unixsocket.Dial(ctx, m.parts()[name])
}

// target is a group of targets as Prometheus' discovery over HTTP has them.
type target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// ofSeveral is what tells one of several processes that do the same from the others.
var ofSeveral = regexp.MustCompile(`-[a-z0-9]+$`)

// targets tells a Prometheus whom to ask, at the address at which it asked.
func (m *machine) targets(w http.ResponseWriter, r *http.Request) {
	list := []target{}
	for _, name := range slices.Sorted(maps.Keys(m.parts())) {
		list = append(list, target{[]string{r.Host}, map[string]string{"__metrics_path__": "/metrics/" + name,
			"job": "longhouse-" + ofSeveral.ReplaceAllString(name, ""), "process": name}})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // nobody is left to tell
}
