package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func clockCommand() *cobra.Command {
	return group("clock", "How far the clock is believed, for operators", showClockCommand(), writing(trustClockCommand()))
}

func showClockCommand() *cobra.Command {
	return &cobra.Command{Use: "show", Short: "Show how far the clock is believed, and what waits for that", Args: cobra.NoArgs,
		Long: "Show how far the clock is believed, and what waits for that. A clock that leapt forward is doubted for a day: nothing that can't be\n" +
			"taken back is done by it, such as the removal of workspaces. Put it right if it is wrong; if it is right, `clock trust` ends the wait.",
		RunE: func(c *cobra.Command, _ []string) error {
			api, err := connect()
			if err != nil {
				return err
			}
			clock, err := answer[client.Clock](api.GetClock(c.Context()))
			if err != nil {
				return err
			}
			return showClock(c, clock)
		}}
}

func trustClockCommand() *cobra.Command {
	var date string
	c := &cobra.Command{Use: "trust", Short: "Say that the clock is right, so that what is due is done", Args: cobra.NoArgs,
		Long: "Say that the clock is right, so that what is due is done at once: workspaces whose date has come are removed for good. The date is\n" +
			"today's in UTC, as another clock than the machine's shows it.",
		RunE: func(c *cobra.Command, _ []string) error {
			if date == "" {
				return usage("nothing was done; look at another clock, and give today's date in UTC by --date")
			}
			api, err := connect()
			if err != nil {
				return err
			}
			clock, err := answer[client.Clock](api.TrustClock(c.Context(), nil, client.TrustClockBody{Date: date}))
			if err != nil {
				return err
			}
			return showClock(c, clock)
		}}
	c.Flags().StringVar(&date, "date", "", "today's date in UTC, as another clock shows it: 2026-12-24")
	return c
}

func showClock(c *cobra.Command, clock client.Clock) error {
	return show(c, clock, func(line func(...any)) {
		line("clock", when(clock.SeenAt))
		if clock.DoubtSeconds == 0 {
			line("believed", "yes")
			return
		}
		line("believed", "no: it leapt forward by "+asDuration(clock.DoubtSeconds))
		line("certain", when(clock.Certain))
		line("steady for", asDuration(clock.SteadySeconds)+"; after 24h0m0s it is believed")
		line("removals that wait", clock.RemovalsHeld)
	})
}

func asDuration(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}
