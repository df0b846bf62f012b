package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
)

// CellOutputs is what every module of a cell, whatever its kind, gives back as its output `cell`: all that the
// provisioner needs to know to fill the cell, beside the credentials, which the keyring holds.
type CellOutputs struct {
	Kind        CellKind    `json:"kind"`
	Region      string      `json:"region"`
	Database    Database    `json:"database"`
	ObjectStore ObjectStore `json:"object_store"`
	Workloads   Workloads   `json:"workloads"`
}

// CellKind names the module that made a cell.
type CellKind string

const (
	Local      CellKind = "local"      // one machine, filled by `longhouse up`
	Kubernetes CellKind = "kubernetes" // an existing Kubernetes cluster
	AWS        CellKind = "aws"        // EKS, RDS and S3
)

// Database is a cell's PostgreSQL cluster.
type Database struct {
	Host     string `json:"host"` // a host name, or the absolute path of a unix socket's directory
	Port     int    `json:"port"`
	Template string `json:"template"` // the database that workspaces' databases are copied from
}

// ObjectStore is a cell's S3 service.
type ObjectStore struct {
	Endpoint      string `json:"endpoint"` // host:port
	Region        string `json:"region"`
	TLS           bool   `json:"tls"`
	PathStyle     bool   `json:"path_style"`     // bucket in the path, not in the host name
	BackupBucket  string `json:"backup_bucket"`  // no workspace's credentials open it
	ArchiveBucket string `json:"archive_bucket"` // nor this one
}

// Workloads is what runs a cell's instances.
type Workloads struct {
	Engine   Engine `json:"engine"`
	Endpoint string `json:"endpoint"` // process: the agent's socket or host:port; kubernetes: the API server's URL
}

// Engine is a workload engine.
type Engine string

const (
	ProcessEngine    Engine = "process"    // a process of this machine per instance
	KubernetesEngine Engine = "kubernetes" // a Deployment per instance
)

// outputDepth is twice what the contract nests.
const outputDepth = 4

// DecodeCell reads a module's output, in which every field of the contract and no other has to be.
func DecodeCell(output []byte) (CellOutputs, error) {
	var out CellOutputs
	if err := strictjson.Check(output, outputDepth); err != nil {
		return out, fmt.Errorf("output cell can't be read: %w", err)
	}
	if err := errors.Join(compareFields(reflect.TypeFor[CellOutputs](), output, "cell")...); err != nil {
		return out, err
	}
	if err := json.Unmarshal(output, &out); err != nil {
		return out, fmt.Errorf("output cell: %w", err)
	}
	return out, out.Validate()
}

// compareFields names each field that an object lacks or has too much, objects inside it included.
func compareFields(t reflect.Type, object []byte, at string) []error {
	var have map[string]json.RawMessage
	if err := json.Unmarshal(object, &have); err != nil || have == nil {
		return []error{fmt.Errorf("output %s must be an object", at)}
	}
	var wrong []error
	for field := range t.Fields() {
		name := field.Tag.Get("json")
		value, ok := have[name]
		delete(have, name)
		switch {
		case !ok || string(value) == "null":
			wrong = append(wrong, fmt.Errorf("output %s.%s is missing", at, name))
		case field.Type.Kind() == reflect.Struct:
			wrong = append(wrong, compareFields(field.Type, value, at+"."+name)...)
		}
	}
	for name := range have {
		wrong = append(wrong, fmt.Errorf("output %s.%s is unknown", at, name))
	}
	return wrong
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Validate names every output that is wrong, and what is allowed.
func (c CellOutputs) Validate() error {
	var wrong []error
	check := func(ok bool, name string, value any, allowed string) {
		if !ok {
			wrong = append(wrong, fmt.Errorf("output cell.%s is %q: it must be %s", name, fmt.Sprint(value), allowed))
		}
	}
	check(slices.Contains([]CellKind{Local, Kubernetes, AWS}, c.Kind), "kind", c.Kind, "local, kubernetes or aws")
	check(isName(c.Region), "region", c.Region, "a region's name")
	check(isHost(c.Database.Host), "database.host", c.Database.Host, "a host name or an absolute path")
	check(c.Database.Port > 0 && c.Database.Port < 1<<16, "database.port", c.Database.Port, "from 1 to 65535")
	check(isName(c.Database.Template), "database.template", c.Database.Template, "a database's name")
	check(isHostPort(c.ObjectStore.Endpoint), "object_store.endpoint", c.ObjectStore.Endpoint, "host:port")
	check(isName(c.ObjectStore.Region), "object_store.region", c.ObjectStore.Region, "a region's name")
	check(bucketName.MatchString(c.ObjectStore.BackupBucket), "object_store.backup_bucket", c.ObjectStore.BackupBucket,
		"a bucket's name")
	check(bucketName.MatchString(c.ObjectStore.ArchiveBucket) && c.ObjectStore.ArchiveBucket != c.ObjectStore.BackupBucket,
		"object_store.archive_bucket", c.ObjectStore.ArchiveBucket, "a bucket's name, another than backup_bucket")
	check(slices.Contains([]Engine{ProcessEngine, KubernetesEngine}, c.Workloads.Engine), "workloads.engine",
		c.Workloads.Engine, "process or kubernetes")
	check(isName(c.Workloads.Endpoint), "workloads.endpoint", c.Workloads.Endpoint, "where the engine takes orders")
	return errors.Join(wrong...)
}

// isName is said of a text that can be shown, and stays in its line.
func isName(text string) bool {
	return text != "" && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

func isHost(host string) bool {
	return isName(host) && (path.IsAbs(host) || !strings.ContainsAny(host, "/:@ "))
}

func isHostPort(endpoint string) bool {
	host, port, err := net.SplitHostPort(endpoint)
	number, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && number > 0 && isName(host) && !strings.ContainsAny(host, "/@ ")
}
