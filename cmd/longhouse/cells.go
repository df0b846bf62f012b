package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func cellsCommand() *cobra.Command {
	return group("cells", "Cells: what workspaces live in, and how full it is; for operators",
		listCellsCommand(), showCellCommand(), cellRunsCommand(),
		writing(addCellCommand()), writing(changeCellCommand()), writing(removeCellCommand()),
		writing(planCellCommand()), writing(applyCellCommand()), writing(driftCellCommand()), writing(destroyCellCommand()),
		writing(acceptLossCommand()), writing(giveUpCellCommand()), writing(discardCommand()),
		writing(limitCellCommand()),
		cellStateCommand("open", "Let a cell take new workspaces", (*client.Client).OpenCell),
		cellStateCommand("close", "Let a cell take no new workspaces for the time being", (*client.Client).CloseCell),
		cellStateCommand("drain", "Let a cell take no new workspaces, to give it up", (*client.Client).DrainCell))
}

func listCellsCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List cells", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		list, err := answer[client.ListCell](api.ListCells(c.Context()))
		if err != nil {
			return err
		}
		return show(c, list.Items, func(line func(...any)) {
			line("NAME", "REGION", "KIND", "STATE", "REACHED", "FORECAST", "TIGHTEST")
			for _, cell := range list.Items {
				line(cell.Name, cell.Region, cell.Kind, cell.State, reached(cell.Contact), outlook(cell), tightest(cell))
			}
		})
	}}
}

// reached says when a worker reached a cell last, or since when none does.
func reached(contact client.CellContact) string {
	switch {
	case contact.FailingSince != nil:
		return "not since " + when(*contact.FailingSince)
	case contact.ReachedAt != nil:
		return when(*contact.ReachedAt)
	}
	return "-"
}

// outlook says what of a cell will be full first and, where something is full, what comes next.
func outlook(cell client.Cell) string {
	text := forecastText(cell.Forecast)
	if cell.Forecast.Outlook == client.CellForecastOutlookFull && cell.Next.Outlook == client.CellForecastOutlookGrowing {
		text += ", next " + forecastText(cell.Next)
	}
	return text
}

func forecastText(f client.CellForecast) string {
	if f.Dimension == nil || f.Outlook == client.CellForecastOutlookSteady {
		return f.Text
	}
	return string(*f.Dimension) + " " + f.Text
}

// tightest names the dimension of which the largest share is used.
func tightest(cell client.Cell) string {
	text, most := "-", -1.0
	for _, a := range cell.Capacity {
		if a.Used == nil || a.Limit == nil {
			continue
		}
		if ratio := float64(*a.Used) / max(1, float64(*a.Limit)); ratio > most {
			text, most = fmt.Sprintf("%s %.0f %%", a.Dimension, 100*ratio), ratio
		}
	}
	return text
}

func showCellCommand() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Show how full a cell is, and when it will be", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		cell, err := answer[client.Cell](api.GetCell(c.Context(), args[0]))
		if err != nil {
			return err
		}
		return showCell(c, cell)
	}}
}

func showCell(c *cobra.Command, cell client.Cell) error {
	return show(c, cell, func(line func(...any)) {
		line("id", cell.ID)
		line("name", cell.Name)
		line("region", cell.Region)
		line("kind", cell.Kind)
		line("state", cell.State)
		line("says", cell.Sentence)
		line("reached", reached(cell.Contact))
		if cell.Contact.Failure != nil {
			line("failure", *cell.Contact.Failure)
		}
		for _, a := range cell.Capacity {
			line(a.Dimension, amountText(a), a.Forecast.Text)
		}
	})
}

func amountText(a client.CellAmount) string {
	d := tenants.Dimension(a.Dimension)
	used, limit, source := "?", "no limit known", ""
	if a.Used != nil {
		used = d.Show(*a.Used)
	}
	if a.Limit != nil {
		limit, source = "of "+d.Show(*a.Limit), ", measured"
		if a.Declared {
			source = ", declared"
		}
	}
	return used + " " + limit + source
}

// cellCall is a call of the API on one cell, or edge, that has no body.
type cellCall[P any] = func(api *client.Client, ctx context.Context, cell string, params *P, editors ...client.RequestEditorFn) (*http.Response, error)

// cellStateCommand lets a cell be in another state.
func cellStateCommand[P any](verb, short string, do cellCall[P]) *cobra.Command {
	return writing(&cobra.Command{Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		cell, err := answer[client.Cell](do(api.Client, c.Context(), args[0], nil))
		if err != nil {
			return err
		}
		return showCell(c, cell)
	}})
}

func limitCellCommand() *cobra.Command {
	return &cobra.Command{Use: "limit NAME DIMENSION=AMOUNT...", Short: "Declare how much a cell has", Args: cobra.MinimumNArgs(2),
		Long: "Declare how much a cell has of workspaces, database_bytes, disk_bytes, connections or memory_bytes, as in\n`longhouse cells limit local workspaces=200 disk_bytes=500GiB`. DIMENSION=measured lets what is measured count again.",
		RunE: func(c *cobra.Command, args []string) error {
			limits, err := parseLimits(args[1:])
			if err != nil {
				return err
			}
			api, err := connect()
			if err != nil {
				return err
			}
			cell, err := answer[client.Cell](api.LimitCell(c.Context(), args[0], nil, client.LimitsBody{Limits: limits}))
			if err != nil {
				return err
			}
			return showCell(c, cell)
		}}
}

// parseAmount reads 200, 500GiB or measured.
func parseAmount(text string) (*int64, error) {
	if text == "measured" {
		return nil, nil
	}
	number, factor := text, int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if before, ok := strings.CutSuffix(text, unit); ok {
			number, factor = before, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return nil, usage("%q is not an amount: a whole number, also with KiB, MiB, GiB or TiB, or the word measured", text)
	}
	n *= factor
	return &n, nil
}
