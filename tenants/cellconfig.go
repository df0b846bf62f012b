package tenants

import (
	"cmp"
	"net"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// CellConfig is what workers and terraform have to be told of a cell. It holds no secret, only the paths of files that do.
type CellConfig struct {
	Database    CellDatabase `json:"database"`
	ObjectStore CellStore    `json:"object_store"`
	Agent       string       `json:"agent,omitempty"` // socket of the agent that runs its instances; empty: that of the worker's machine
	Disk        string       `json:"disk,omitempty"`  // a folder on the disk under databases and objects; empty: not on the worker's machine
}

// CellDatabase is a cell's PostgreSQL cluster.
type CellDatabase struct {
	Host         string `json:"host"` // a host name, or the folder of a unix socket
	Port         int    `json:"port"`
	AdminURLFile string `json:"admin_url_file"` // holds the URL that opens the cluster as a superuser
}

// CellStore is a cell's object store.
type CellStore struct {
	Endpoint    string `json:"endpoint"` // host:port
	Region      string `json:"region"`
	TLS         bool   `json:"tls"`
	PathStyle   bool   `json:"path_style"`
	AdminSocket string `json:"admin_socket"` // of the store's administration
	SecretFile  string `json:"secret_file"`  // holds the secret of the credential that owns the cell's own buckets
}

var cellName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

var regionName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

const badRegion = "the region %q must be 1 to 31 lower-case letters, digits and dashes, a letter first"

// Validate names the first thing that is wrong, and what is allowed.
func (c CellConfig) Validate() error {
	for field, file := range map[string]string{"database.admin_url_file": c.Database.AdminURLFile, "object_store.admin_socket": c.ObjectStore.AdminSocket,
		"object_store.secret_file": c.ObjectStore.SecretFile, "agent": cmp.Or(c.Agent, "/"), "disk": cmp.Or(c.Disk, "/")} {
		if !path.IsAbs(file) || strings.ContainsRune(file, 0) {
			return refuse(Invalid, "config", "%s is %q; it must be an absolute path on the machine of the workers", field, file)
		}
	}
	host, _, err := net.SplitHostPort(c.ObjectStore.Endpoint)
	port := portOf(c.ObjectStore.Endpoint)
	switch {
	case c.Database.Host == "" || strings.ContainsAny(c.Database.Host, "@: ") || !path.IsAbs(c.Database.Host) && strings.Contains(c.Database.Host, "/"):
		return refuse(Invalid, "config", "database.host is %q; it must be a host name, or the absolute path of a socket's folder", c.Database.Host)
	case c.Database.Port < 1 || c.Database.Port > 65535:
		return refuse(Invalid, "config", "database.port is %d; it must be from 1 to 65535", c.Database.Port)
	case err != nil || host == "" || port < 1 || port > 65535:
		return refuse(Invalid, "config", "object_store.endpoint is %q; it must be of the form host:port", c.ObjectStore.Endpoint)
	case c.ObjectStore.Region == "":
		return refuse(Invalid, "config", "object_store.region is missing; it is the region that S3 clients name")
	}
	return nil
}

func portOf(endpoint string) int {
	_, port, _ := net.SplitHostPort(endpoint)
	n, _ := strconv.Atoi(port)
	return n
}

// shares says what two cells would have in common, or nothing: each has to have a cluster and a store of its own.
func (c CellConfig) shares(other CellConfig) string {
	switch {
	case path.Clean(c.Database.Host) == path.Clean(other.Database.Host) && c.Database.Port == other.Database.Port,
		path.Clean(c.Database.AdminURLFile) == path.Clean(other.Database.AdminURLFile):
		return "database server"
	case c.ObjectStore.Endpoint == other.ObjectStore.Endpoint, path.Clean(c.ObjectStore.AdminSocket) == path.Clean(other.ObjectStore.AdminSocket):
		return "object store"
	}
	return ""
}
