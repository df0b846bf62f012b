package terraform

import "strings"

// LocalCell is what has to be known to make the cell of one machine.
type LocalCell struct {
	Cell        string           `json:"cell"` // name: lower-case letters, digits and dashes
	Region      string           `json:"region"`
	Database    LocalDatabase    `json:"database"`
	ObjectStore LocalObjectStore `json:"object_store"`
	Workloads   Workloads        `json:"workloads"`
}

// LocalDatabase is the PostgreSQL cluster that `longhouse up` runs for workspaces.
type LocalDatabase struct {
	Host string `json:"host"` // directory of its socket
	Port int    `json:"port"` // 5432: part of the socket's name
}

// LocalObjectStore is the object store that `longhouse up` runs.
type LocalObjectStore struct {
	Endpoint  string `json:"endpoint"` // host:port
	Region    string `json:"region"`
	TLS       bool   `json:"tls"`
	PathStyle bool   `json:"path_style"`
}

// Stack is the cell's stack, with the provider to carry it out.
func (c LocalCell) Stack(p Provider) Stack {
	return Stack{Name: "cell_" + strings.ReplaceAll(c.Cell, "-", "_"), Module: "cell-local", Inputs: c, Provider: p}
}
