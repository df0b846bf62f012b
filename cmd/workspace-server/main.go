// Command workspace-server is the chat server of one workspace: `migrate` brings its database's schema up to date,
// `serve` answers clients, `version` says which release this is, `schema` to which schema `migrate` brings the database,
// and `capabilities` what it can be asked for beyond the original. It is configured by the environment alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/server"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
)

// The exit codes: a mistake in the configuration will not go away by trying again.
const (
	exitFailed  = 1
	exitInvalid = 2
)

func main() {
	verb := ""
	if len(os.Args) == 2 {
		verb = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var err error
	switch verb {
	case "migrate":
		err = migrate(ctx)
	case "serve":
		err = serve(ctx)
	case "version":
		fmt.Println(config.Version)
	case "schema":
		fmt.Println(store.Latest())
	case "capabilities":
		fmt.Println(strings.Join(config.Capabilities, "\n"))
	default:
		err = &config.Invalid{Name: "the verb", Value: verb, Allowed: "migrate, serve, version, schema or capabilities"}
	}
	os.Exit(report(err))
}

func report(err error) int {
	var invalid *config.Invalid
	switch {
	case err == nil:
		return 0
	case errors.As(err, &invalid):
		fmt.Fprintln(os.Stderr, "workspace-server:", invalid)
		return exitInvalid
	}
	fmt.Fprintln(os.Stderr, "workspace-server:", err)
	return exitFailed
}

func migrate(ctx context.Context) error {
	source, err := config.LoadDataSource(os.Getenv)
	if err != nil {
		return err
	}
	db, err := store.Open(source, nil)
	if err != nil {
		return &config.Invalid{Name: "MM_SQLSETTINGS_DATASOURCE", Value: "(not shown)", Allowed: err.Error()}
	}
	defer db.Close()
	from, err := db.Migrate(ctx)
	if err == nil {
		fmt.Fprintf(os.Stderr, "schema was %d, is %d\n", from, store.Latest())
	}
	return err
}

func serve(ctx context.Context) error {
	settings, err := config.Load(os.Getenv)
	if err != nil {
		return err
	}
	// Many workspaces share a machine: collect early, and give back rather than grow.
	debug.SetGCPercent(50)
	// Of a heap of so few MiB half is used up by a few requests, and collecting was two fifths of what reading a page of posts
	// costs. This counts as heap, is never touched, and so takes no memory.
	ballast := make([]byte, 12<<20)
	defer runtime.KeepAlive(ballast)
	var level slog.Level
	_ = level.UnmarshalText([]byte(settings.LogLevel)) // Load has checked it
	return server.Serve(ctx, settings, slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
}
