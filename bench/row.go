package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// Row is one figure.
type Row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	N     int     `json:"n"` // how many measurements it was made of
}

// readRows reads the rows of earlier runs; no file is no rows.
func readRows(file string) ([]Row, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []Row
	for decoder := json.NewDecoder(bytes.NewReader(data)); ; {
		var r Row
		switch err := decoder.Decode(&r); {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		rows = append(rows, r)
	}
}

// replace returns old with the fresh rows in the places of those with the same names.
func replace(old, fresh []Row) []Row {
	for _, r := range fresh {
		i := slices.IndexFunc(old, func(o Row) bool { return o.Name == r.Name })
		if i < 0 {
			old = append(old, r)
		} else {
			old[i] = r
		}
	}
	return old
}

func writeRows(file string, rows []Row) error {
	var data bytes.Buffer
	for _, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		data.Write(append(line, '\n'))
	}
	return os.WriteFile(file, data.Bytes(), 0o644)
}

func table(out io.Writer, rows []Row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "figure\tvalue\tunit\tn")
	for _, r := range rows {
		_, _ = fmt.Fprintf(w, "%s\t%.4g\t%s\t%d\n", r.Name, r.Value, r.Unit, r.N)
	}
	_ = w.Flush()
}

// quantile is the value at q of 1 among values, by the nearest rank.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
