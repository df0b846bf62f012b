//go:build hostile

package server

import (
	"encoding/json"
	"net/http"
	"os"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/internal/broker"
)

// outermost is for tests only: whoever reaches a server that was built so has it attack, with all that it has.
func outermost(h http.Handler, dial broker.Dial) http.Handler {
	attack.Ask = dial
	mux := http.NewServeMux()
	mux.Handle("/", h)
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
	return mux
}
