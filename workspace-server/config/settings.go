// Package config owns how a workspace is configured: the MM_* environment of the runtime contract, the LONGHOUSE_*
// capabilities of this engine, and what clients are told of both. It never reads a file or the database's chat data.
package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
)

// Settings is everything that the environment decides, and of what it leaves open what the workspace's admins do.
type Settings struct {
	DataSource    string
	SiteURL       *url.URL // nil when unset
	SiteName      string
	Listen        string
	LogLevel      string
	OpenServer    bool     // anybody may sign up
	Domains       []string // of their addresses, who sign up by themselves; none: any, in lower case
	MaxFileSize   int64
	MostFileSize  int64 // what whoever runs the workspace allows; 0: anything
	PublicLinks   bool  // of files, for who has no account
	SessionLength time.Duration
	Files         Bucket
	Mail          Mail
	RateLimit     RateLimit
	Password      Password
	Admin         Admin
	Drain         time.Duration
	Sockets       Sockets
	Integrations  Integrations
	LinkPreviews  LinkPreviews
	OAuth         OAuth
	Enabled       Enabled
	EditWithin    int64 // seconds after which a post stays as it is; -1: never, 0: at once
	// Dial opens every connection that this server makes. Nil: it opens them by itself.
	Dial broker.Dial

	heeded  map[string]json.RawMessage // by clients alone; see heeded
	environ func(string) string        // nil: the environment decided nothing
}

// Enabled is what may be done in a workspace at all, by those who may do it.
type Enabled struct {
	UserCreation, CustomStatus, CustomEmoji, Permalinks, Typing, Guests bool
	Bots, IncomingHooks, OutgoingHooks, Commands, AccessTokens          bool
}

// Bucket is where the workspace's files lie. The zero Bucket means that there are none.
type Bucket struct {
	Endpoint  string // scheme://host:port
	Region    string
	Name      string
	AccessKey string
	SecretKey string
}

// Admin is the control plane's own way in. The zero Admin means that there is none.
type Admin struct {
	Listen      string
	Key         ed25519.PublicKey
	WorkspaceID string
}

// Sockets are what whoever started this server made for it. The zero Sockets means nothing.
type Sockets struct {
	Inherited int    // how many bound sockets there are, from descriptor 3 up
	Broker    string // where the one calls that makes connections for us
}

// Invalid says which variable is wrong, what it holds and what is allowed.
type Invalid struct{ Name, Value, Allowed string }

func (e *Invalid) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s is not set: it must be %s", e.Name, e.Allowed)
	}
	return fmt.Sprintf("%s is %q: it must be %s", e.Name, e.Value, e.Allowed)
}

const (
	siteName    = "Longhouse" // unless a setting says another
	usualFile   = 100 << 20   // bytes
	largestFile = 10 << 30
)

// Load reads the environment through getenv (os.Getenv) and refuses the first thing that is wrong.
func Load(getenv func(string) string) (Settings, error) {
	env := environment{get: getenv}
	env.choice("MM_SQLSETTINGS_DRIVERNAME", "postgres", "postgres")
	s := Settings{
		DataSource:    env.secret("MM_SQLSETTINGS_DATASOURCE"),
		SiteURL:       env.site("MM_SERVICESETTINGS_SITEURL"),
		SiteName:      siteName,
		Listen:        env.address("MM_SERVICESETTINGS_LISTENADDRESS", ":8065"),
		LogLevel:      env.choice("MM_LOGSETTINGS_CONSOLELEVEL", "INFO", "DEBUG", "INFO", "WARN", "ERROR"),
		MaxFileSize:   usualFile,
		SessionLength: 30 * 24 * time.Hour,
		Files:         env.bucket(),
		Mail:          env.mail(),
		RateLimit:     env.rateLimit(),
		Password:      Password{Min: 8},
		Admin:         env.admin(),
		Drain:         time.Duration(env.number("LONGHOUSE_DRAIN_SECONDS", 5, 0, 600)) * time.Second,
		Sockets:       env.sockets(),
		Integrations:  env.integrations(),
		OAuth:         env.oauth(),
		LinkPreviews:  LinkPreviews{Enabled: true},
		EditWithin:    -1,
		Enabled: Enabled{UserCreation: true, CustomStatus: true, CustomEmoji: true, Permalinks: true, Typing: true, Guests: true,
			Bots: true, IncomingHooks: true, OutgoingHooks: true, Commands: true, AccessTokens: true},
		environ: getenv,
	}
	env.changeable(&s)
	s.MostFileSize = env.number("LONGHOUSE_MAX_FILE_SIZE", max(s.MaxFileSize, usualFile), 1, largestFile)
	s.bound()
	return s, env.err
}

// changeable reads the settings that the environment may leave to the workspace's admins.
func (e *environment) changeable(s *Settings) {
	for _, one := range changeable {
		if text := e.get(one.variable()); text != "" {
			if allowed := one.set(s, one.written(text)); allowed != "" {
				e.refuse(one.variable(), text, allowed)
			}
		}
	}
	if s.Mail.Server == "" {
		if s.Mail.Confirmed {
			e.refuse(smtpServer, "", "a mail server's name, because MM_EMAILSETTINGS_REQUIREEMAILVERIFICATION is true")
		}
		s.Mail = Mail{}
	}
}

// bound keeps what admins decided to what whoever runs the workspace allows.
func (s *Settings) bound() {
	if s.MostFileSize > 0 {
		s.MaxFileSize = min(s.MaxFileSize, s.MostFileSize)
	}
	if s.Mail.Server == "" {
		s.Mail = Mail{}
	}
}

// LoadDataSource reads only what `migrate` needs.
func LoadDataSource(getenv func(string) string) (string, error) {
	env := environment{get: getenv}
	env.choice("MM_SQLSETTINGS_DRIVERNAME", "postgres", "postgres")
	source := env.secret("MM_SQLSETTINGS_DATASOURCE")
	return source, env.err
}

// environment reads variables and keeps the first complaint.
type environment struct {
	get func(string) string
	err error
}

func (e *environment) refuse(name, value, allowed string) {
	if e.err == nil {
		e.err = &Invalid{Name: name, Value: value, Allowed: allowed}
	}
}

func (e *environment) text(name, fallback string) string {
	if v := e.get(name); v != "" {
		return v
	}
	return fallback
}

// secret is required and never repeated in a complaint.
func (e *environment) secret(name string) string {
	v := e.get(name)
	if v == "" {
		e.refuse(name, "", "a PostgreSQL connection URL such as postgres://role:password@/database?host=/socket/directory")
	}
	return v
}

func (e *environment) choice(name, fallback string, allowed ...string) string {
	v := e.text(name, fallback)
	for _, a := range allowed {
		if strings.EqualFold(a, v) {
			return a
		}
	}
	e.refuse(name, v, "one of "+strings.Join(allowed, ", "))
	return fallback
}

func (e *environment) flag(name string, fallback bool) bool {
	v, err := strconv.ParseBool(e.text(name, strconv.FormatBool(fallback)))
	if err != nil {
		e.refuse(name, e.get(name), "true or false")
	}
	return v
}

func (e *environment) number(name string, fallback, low, high int64) int64 {
	v, err := strconv.ParseInt(e.text(name, strconv.FormatInt(fallback, 10)), 10, 64)
	if err != nil || v < low || v > high {
		e.refuse(name, e.get(name), fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return v
}

func (e *environment) site(name string) *url.URL {
	v := e.get(name)
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(v, "#") {
		e.refuse(name, v, "an address such as https://team.example.com, without a path")
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}
}

func (e *environment) address(name, fallback string) string {
	v := e.text(name, fallback)
	path, unix := strings.CutPrefix(v, "unix:")
	switch {
	case unix && (!strings.HasPrefix(path, "/") || len(path) > 107 || strings.ContainsRune(path, 0)):
		e.refuse(name, v, "unix: and an absolute path of at most 107 bytes")
	case !unix && !listenable(v):
		e.refuse(name, v, "host:port, :port or unix:/path")
	}
	return v
}

func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	_, wrong := strconv.ParseUint(port, 10, 16)
	return err == nil && wrong == nil
}

func (e *environment) bucket() Bucket {
	const p = "MM_FILESETTINGS_AMAZONS3"
	if e.get("MM_FILESETTINGS_DRIVERNAME") == "" {
		return Bucket{}
	}
	e.choice("MM_FILESETTINGS_DRIVERNAME", "", "amazons3")
	b := Bucket{
		Endpoint:  e.text(p+"ENDPOINT", "s3.amazonaws.com"),
		Region:    e.text(p+"REGION", "us-east-1"),
		Name:      e.get(p + "BUCKET"),
		AccessKey: e.get(p + "ACCESSKEYID"),
		SecretKey: e.get(p + "SECRETACCESSKEY"),
	}
	for name, v := range map[string]string{"BUCKET": b.Name, "ACCESSKEYID": b.AccessKey, "SECRETACCESSKEY": b.SecretKey} {
		if v == "" {
			e.refuse(p+name, "", "set, because MM_FILESETTINGS_DRIVERNAME is amazons3")
		}
	}
	scheme := "http://"
	if e.flag(p+"SSL", true) {
		scheme = "https://"
	}
	b.Endpoint = scheme + b.Endpoint
	return b
}

func (e *environment) sockets() Sockets {
	s := Sockets{Inherited: int(e.number("LONGHOUSE_INHERITED", 0, 0, 16)), Broker: e.get("LONGHOUSE_BROKER_LISTEN")}
	if s.Broker != "" && !strings.HasPrefix(e.address("LONGHOUSE_BROKER_LISTEN", ""), "unix:") {
		e.refuse("LONGHOUSE_BROKER_LISTEN", s.Broker, "unix: and an absolute path of at most 107 bytes")
	}
	return s
}

func (e *environment) admin() Admin {
	if e.get("LONGHOUSE_ADMIN_LISTEN") == "" {
		return Admin{}
	}
	a := Admin{
		Listen:      e.address("LONGHOUSE_ADMIN_LISTEN", ""),
		WorkspaceID: e.get("LONGHOUSE_WORKSPACE_ID"),
	}
	if a.WorkspaceID == "" {
		e.refuse("LONGHOUSE_WORKSPACE_ID", "", "the workspace's id, because LONGHOUSE_ADMIN_LISTEN is set")
	}
	key, err := base64.StdEncoding.DecodeString(e.get("LONGHOUSE_CONTROL_KEY"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		e.refuse("LONGHOUSE_CONTROL_KEY", e.get("LONGHOUSE_CONTROL_KEY"), "an Ed25519 public key of 32 bytes in standard base64, because LONGHOUSE_ADMIN_LISTEN is set")
	}
	a.Key = key
	return a
}
