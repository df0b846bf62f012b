package provisioner

import (
	"context"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

// measureEvery is how often the engine looks how full the cells are, and measureWithin how long one cell may take.
const (
	measureEvery  = 30 * time.Second
	measureWithin = 20 * time.Second
)

// measureCells looks how full each cell is. One that does not answer keeps its last figures, and the others theirs.
func (e *Engine) measureCells(ctx context.Context) error {
	var first error
	for _, cell := range e.cells.all() {
		if err := e.measureCell(ctx, cell); err != nil && first == nil {
			first = fmt.Errorf("cell %s: %w", id.Show(id.Cell, cell.ID), err)
		}
	}
	return first
}

func (e *Engine) measureCell(ctx context.Context, cell *Cell) error {
	ctx, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	found, err := cell.measure(ctx)
	if err != nil {
		return err
	}
	return e.store.NoteCapacity(ctx, cell.ID, found)
}

// measure asks the database server, and the machine as far as the cell is on this one.
func (c *Cell) measure(ctx context.Context) ([]tenants.Measurement, error) {
	server, err := loadOf(ctx, c.Databases)
	if err != nil {
		return nil, err
	}
	found := []tenants.Measurement{
		{Dimension: tenants.DatabaseDimension, Used: server.Bytes},
		{Dimension: tenants.ConnectionsDimension, Used: server.Sessions, Limit: &server.Most},
	}
	if c.Disk != "" {
		used, all, err := diskOf(c.Disk)
		if err != nil {
			return nil, err
		}
		found = append(found, tenants.Measurement{Dimension: tenants.DiskDimension, Used: used, Limit: &all})
	}
	if c.Outputs.Workloads.Engine == terraform.ProcessEngine && path.IsAbs(c.Outputs.Workloads.Endpoint) {
		used, all, err := memory()
		if err != nil {
			return nil, err
		}
		found = append(found, tenants.Measurement{Dimension: tenants.MemoryDimension, Used: used, Limit: &all})
	}
	return found, nil
}

// diskOf counts as df does: what only root may still use is neither used nor there.
func diskOf(folder string) (used, all int64, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return 0, 0, fmt.Errorf("look at the disk under %s: %w", folder, err)
	}
	used = int64(fs.Blocks-fs.Bfree) * fs.Bsize
	return used, used + int64(fs.Bavail)*fs.Bsize, nil
}

// memory is this machine's. What the kernel would give up for a program is not used.
func memory() (used, all int64, err error) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, fmt.Errorf("look at the memory: %w", err)
	}
	used, all = parseMemory(data)
	return used, all, nil
}

// parseMemory reads /proc/meminfo, see proc_meminfo(5).
func parseMemory(data []byte) (used, all int64) {
	amounts := map[string]int64{}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			kib, _ := strconv.ParseUint(fields[1], 10, 43) // more is no memory
			amounts[strings.TrimSuffix(fields[0], ":")] = int64(kib) << 10
		}
	}
	all = amounts["MemTotal"]
	return max(0, all-amounts["MemAvailable"]), all
}
