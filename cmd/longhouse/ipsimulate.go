package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func simulateIPFilterCommand() *cobra.Command {
	var file string
	c := onWorkspace("simulate", "Show whom a closed IP filter would cut off of those who were there in the last 7 days", func(c *cobra.Command, api *connection, ws client.Workspace) error {
		was, err := answer[client.IPFilter](api.GetIPFilter(c.Context(), ws.ID, &client.GetIPFilterParams{}))
		if err != nil {
			return err
		}
		body := bodyOf(was)
		if file != "" {
			raw, err := readIPFilterFile(c, file)
			if err != nil {
				return err
			}
			f, err := decodeIPFilter(raw)
			if err != nil {
				return usage("--file: %s", err)
			}
			f.onto(&body)
		}
		sim, err := answer[client.IPSimulation](api.SimulateIPFilter(c.Context(), ws.ID, nil, client.SimulateIPFilterBody{Rules: body.Rules}))
		if err != nil {
			return err
		}
		return show(c, sim, func(line func(...any)) { showSimulation(line, sim) })
	})
	c.Long = "Show whom a closed IP filter would cut off of those who were there in the last 7 days: one of the rules that there are or, by --file, of others."
	c.Flags().StringVar(&file, "file", "", "the rules, as for `longhouse ip-filter set`; - for standard input")
	return c
}

func showSimulation(line func(...any), sim client.IPSimulation) {
	line(fmt.Sprintf("%s of %s in the last 7 days would be cut off", several(sim.SessionsCutOff, "session", "sessions"), several(sim.PeopleCutOff, "person", "people")))
	line(fmt.Sprintf("there were %s of %s", several(sim.Sessions, "session", "sessions"), several(sim.People, "person", "people")))
	if sim.LeftOut > 0 {
		line(fmt.Sprintf("and %d more sessions, of which nothing is known", sim.LeftOut))
	}
	if sim.Denied > 0 {
		line(fmt.Sprintf("of %s that were denied %d would be let in", several(sim.Denied, "address", "addresses"), sim.LetIn))
	}
	if len(sim.CutOff) == 0 {
		return
	}
	line()
	line("CUT OFF", "ADDRESS", "SESSIONS", "LAST")
	for _, v := range sim.CutOff {
		line(v.Username, v.Address, v.Sessions, when(v.LastAt))
	}
}

func several(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
