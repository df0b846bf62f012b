// Package conformance holds what every workload engine must pass, and the small server that its instances run
// meanwhile. It owns the meaning of workload.Engine's promises and never looks at how an engine keeps them.
package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// StubbornVariable, set to anything, makes the server ignore SIGTERM.
const StubbornVariable = "STUBBORN"

// UnreadyVariable makes the server say that it isn't ready, or say nothing at all, until it is told to become ready.
const (
	UnreadyVariable = "UNREADY"
	unreadyRefuses  = "refuses"
	unreadySilent   = "silent"
)

// Serve is a server's whole life: it listens where it is told, and shows what an instance sees.
//
//	/api/v4/system/ping  200           /life           a text that no other process has
//	/environ             all of it     /until-drained  answers once SIGTERM came
//	/crash               exit code 3   /become-ready   ends what UnreadyVariable began
//	/processor           milliseconds that it has had of it
//	/leave               leaves something to find, and says what    /attack/NAME  attacks, at what the body says
//
// A test binary calls it when it is run as an instance.
func Serve() error {
	drain, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	var ready atomic.Bool
	ready.Store(os.Getenv(UnreadyVariable) == "")
	mux.HandleFunc("GET /become-ready", func(http.ResponseWriter, *http.Request) { ready.Store(true) })
	mux.HandleFunc("GET /api/v4/system/ping", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case ready.Load():
			fmt.Fprint(w, "ok")
		case os.Getenv(UnreadyVariable) == unreadySilent:
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	life := rand.Text()
	mux.HandleFunc("GET /life", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, life) })
	mux.HandleFunc("GET /processor", serveProcessor)
	mux.HandleFunc("GET /environ", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Join(os.Environ(), "\n"))
	})
	mux.HandleFunc("GET /crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	mux.HandleFunc("GET /until-drained", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-drain.Done()
		fmt.Fprint(w, "drained")
	})
	mux.HandleFunc("GET /leave", leave)
	mux.HandleFunc("POST /attack/{name}", serveAttack)
	srv := &http.Server{Handler: mux}
	failed := make(chan error, 2)
	listen, err := listeners()
	if err != nil {
		return err
	}
	if err := askBroker(listen); err != nil {
		return err
	}
	for _, name := range []string{workload.AdminListenVariable, workload.ListenVariable} { // who is ready serves both
		ln, err := listen(os.Getenv(name))
		if err != nil {
			return err
		}
		go func() { failed <- srv.Serve(ln) }()
	}
	if os.Getenv(StubbornVariable) != "" {
		return <-failed
	}
	select {
	case err := <-failed:
		return err
	case <-drain.Done():
		return srv.Shutdown(context.Background())
	}
}
