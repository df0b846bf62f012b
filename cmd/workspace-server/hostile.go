//go:build hostile

package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/attack"
)

// A server built with this tag is for tests only: whoever reaches the socket "h" beside the edge's has it attack.
func init() {
	if len(os.Args) != 2 || os.Args[1] != "serve" {
		return
	}
	listen, _ := strings.CutPrefix(os.Getenv("MM_SERVICESETTINGS_LISTENADDRESS"), "unix:")
	ln, err := net.Listen("unix", filepath.Join(filepath.Dir(listen), "h"))
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /attack/{name}", func(w http.ResponseWriter, r *http.Request) {
		var aim attack.Aim
		err := json.NewDecoder(r.Body).Decode(&aim)
		aim.Own = os.Getenv("TMPDIR")
		var tries []attack.Try
		if err == nil {
			tries, err = attack.Run(r.PathValue("name"), aim)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(tries) // the caller is gone
	})
	go func() { panic(http.Serve(ln, mux)) }()
}
