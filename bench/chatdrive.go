package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// driveReport is what is read of the load program's report.
type driveReport struct {
	Results []driven `json:"results"`
}

// driven is one scenario at one setting. The server is watched, and PostgreSQL.
type driven struct {
	Scenario string               `json:"scenario"`
	Setting  string               `json:"setting"`
	Ops      int                  `json:"ops"`
	AllOps   int                  `json:"ops_with_warmup"`
	Errors   int                  `json:"errors"`
	PerSec   float64              `json:"ops_per_s"`
	Latency  quantiles            `json:"latency_ms"`
	More     map[string]quantiles `json:"more_ms"`
	Values   map[string]float64   `json:"values"`
	Watch    []struct {
		CPU float64 `json:"cpu_s"`
		RSS float64 `json:"rss_kb"`
	} `json:"watch"`
}

type quantiles struct {
	P99 float64 `json:"p99"`
}

// rows are the report's figures.
func (r driveReport) rows() (rows []Row, err error) {
	most := 0.0
	for _, d := range r.Results {
		if d.Errors > 0 || d.AllOps == 0 || len(d.Watch) != 2 {
			return nil, fmt.Errorf("%s %s: %d operations, %d errors", d.Scenario, d.Setting, d.AllOps, d.Errors)
		}
		rows, most = append(rows, d.rows()...), max(most, d.Watch[0].RSS)
	}
	return append(rows, Row{"chat_load_rss", most / 1024, "MiB", len(r.Results)}), nil
}

// rows has the processor time of server and PostgreSQL for each operation.
func (d driven) rows() []Row {
	_, setting, _ := strings.Cut(d.Setting, "=")
	number, _, _ := strings.Cut(setting, " ")
	cpu := func(name string) Row {
		return Row{name + "_cpu_ms", (d.Watch[0].CPU + d.Watch[1].CPU) / float64(d.AllOps) * 1000, "ms", d.AllOps}
	}
	switch d.Scenario {
	case "login", "read":
		name := "chat_" + d.Scenario
		return []Row{{name + "_ops", d.PerSec, "1/s", d.Ops}, cpu(name)}
	case "post":
		name := "chat_post" + number
		return []Row{{name + "_ops", d.PerSec, "1/s", d.Ops}, cpu(name)}
	case "fanout":
		name := "chat_fanout" + number
		return []Row{{name + "_p99", d.Latency.P99, "ms", d.Ops}, cpu(name)}
	case "sockets":
		return []Row{{"chat_ws_kib", d.Values["kib_per_socket"], "KiB", d.Ops}}
	case "search":
		if number != "1" {
			return []Row{{"chat_search_at_" + number + "_p99", d.Latency.P99, "ms", d.Ops}}
		}
		rows := []Row{{"chat_search_p99", d.Latency.P99, "ms", d.Ops}}
		for _, kind := range slices.Sorted(maps.Keys(d.More)) {
			rows = append(rows, Row{"chat_search_" + strings.ReplaceAll(kind, " ", "_") + "_p99", d.More[kind].P99, "ms", d.Ops / len(d.More)})
		}
		return rows
	}
	return nil
}
