package provisioner

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// environment is the runtime contract: what a server is told, in the original's own variables, and after them the
// capabilities that only our own engine has.
func (c *Cell) environment(row dbsql.Storage, keys secrets, workspace, host string) workload.Env {
	store := c.Outputs.ObjectStore
	return workload.Env{
		"MM_SQLSETTINGS_DRIVERNAME":  "postgres",
		"MM_SQLSETTINGS_DATASOURCE":  c.dataSource(row, keys),
		"MM_SERVICESETTINGS_SITEURL": c.Edge.URL(host),

		"MM_FILESETTINGS_DRIVERNAME":              "amazons3",
		"MM_FILESETTINGS_AMAZONS3ENDPOINT":        store.Endpoint,
		"MM_FILESETTINGS_AMAZONS3REGION":          store.Region,
		"MM_FILESETTINGS_AMAZONS3SSL":             strconv.FormatBool(store.TLS),
		"MM_FILESETTINGS_AMAZONS3BUCKET":          row.FilesBucket,
		"MM_FILESETTINGS_AMAZONS3ACCESSKEYID":     row.FilesAccess,
		"MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY": keys.Files,

		"MM_FILESETTINGS_DEDICATEDEXPORTSTORE":          "true",
		"MM_FILESETTINGS_EXPORTDRIVERNAME":              "amazons3",
		"MM_FILESETTINGS_EXPORTAMAZONS3ENDPOINT":        store.Endpoint,
		"MM_FILESETTINGS_EXPORTAMAZONS3REGION":          store.Region,
		"MM_FILESETTINGS_EXPORTAMAZONS3SSL":             strconv.FormatBool(store.TLS),
		"MM_FILESETTINGS_EXPORTAMAZONS3BUCKET":          row.ExportsBucket,
		"MM_FILESETTINGS_EXPORTAMAZONS3ACCESSKEYID":     row.ExportsAccess,
		"MM_FILESETTINGS_EXPORTAMAZONS3SECRETACCESSKEY": keys.Exports,

		"MM_EMAILSETTINGS_SMTPSERVER":    c.Mail.Host,
		"MM_EMAILSETTINGS_SMTPPORT":      strconv.Itoa(c.Mail.Port),
		"MM_EMAILSETTINGS_FEEDBACKEMAIL": c.Mail.From,
		"MM_LOGSETTINGS_CONSOLELEVEL":    "INFO",

		"MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS":  strconv.FormatBool(c.PushProxy != ""),
		"MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER": c.PushProxy,

		"MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS": strings.ReplaceAll(c.Internet, ",", " "),

		"LONGHOUSE_WORKSPACE_ID": workspace,
		"LONGHOUSE_CONTROL_KEY":  c.Control.PublicKey(),
	}
}

// tellControl tells a server that asks the control plane for something where that listens, and by which secret it knows the instance.
func (c *Cell) tellControl(env workload.Env, capabilities []string, token string) {
	if c.asks(capabilities) {
		env[upcall.AddressVariable], env[upcall.TokenVariable] = "unix:"+c.Console, token
	}
}

// dataSource is the address of the storage's database, with its role's password.
func (c *Cell) dataSource(row dbsql.Storage, keys secrets) string {
	query := url.Values{"host": {c.Outputs.Database.Host}}
	if c.Outputs.Database.Port != 0 {
		query.Set("port", fmt.Sprint(c.Outputs.Database.Port))
	}
	// A plus sign for a space is known to web forms, not to PostgreSQL's clients.
	address := url.URL{Scheme: "postgres", User: url.UserPassword(row.RoleName, keys.Database), Path: "/" + row.DatabaseName,
		RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20")}
	return address.String()
}
