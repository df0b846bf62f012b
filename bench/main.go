// Command bench measures Longhouse on this machine: it starts a real `longhouse up`, does what customers do, and writes
// one row of JSON per figure. It never fails because a figure is bad; what the figures should be is in
// docs/performance.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"time"
)

// parts are what can be measured on its own, in the order in which they run.
var parts = []struct {
	name    string
	measure func(ctx context.Context, bin string) ([]Row, error)
}{
	{"foundation", foundation},
	{"edge", edgeAlone},
	{"wake", wakeUp},
	{"audit", auditTrail},
	{"chat", chat},
}

func main() {
	bin := flag.String("bin", "bin", "folder of longhouse and workspace-server")
	out := flag.String("o", "bench.jsonl", "file for the rows")
	part := flag.String("part", "", "measure only this part, and replace its rows (default: all)")
	assault := flag.String("attack", "", "attack an edge at -target as the name of an assault says, until standard input ends; for the program's own use")
	target := flag.String("target", "", "with -attack: host:port")
	host := flag.String("host", "", "with -attack: whose workspace")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 45*time.Minute)
	defer cancel()
	if *assault != "" {
		if err := attack(ctx, *assault, *target, *host); err != nil {
			log.Fatal("bench: ", err)
		}
		return
	}
	if err := run(ctx, *bin, *out, *part); err != nil {
		log.Fatal("bench: ", err)
	}
}

func run(ctx context.Context, bin, out, only string) error {
	rows, err := readRows(out)
	if err != nil {
		return err
	}
	var names []string
	for _, part := range parts {
		names = append(names, part.name)
		if only != part.name && (only != "" || part.name == "wake") { // edge measures that too
			continue
		}
		fresh, err := part.measure(ctx, bin)
		if err != nil {
			return fmt.Errorf("measure %s: %w", part.name, err)
		}
		rows = replace(rows, fresh)
	}
	if only != "" && !slices.Contains(names, only) {
		return fmt.Errorf("there is no part %q; there are %v", only, names)
	}
	if err := writeRows(out, rows); err != nil {
		return err
	}
	table(os.Stdout, rows)
	return nil
}
