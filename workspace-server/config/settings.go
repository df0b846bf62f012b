// Package config owns how a workspace is configured: the MM_* environment of the runtime contract, the LONGHOUSE_*
// capabilities of this engine, and what clients are told of both. It never reads a file or the database's chat data.
package config

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
)

// Settings is everything that the environment decides, and of what it leaves open what the workspace's admins do.
type Settings struct {
	DataSource    string
	SiteURL       *url.URL // nil when unset
	SiteName      string
	Locale        string // that most of what is written here is in
	ClientLocale  string // that people read who have not said another
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
	Push          Push
	RateLimit     RateLimit
	Password      Password
	Admin         Admin
	Drain         time.Duration
	Sockets       Sockets
	Control       Control
	Integrations  Integrations
	LinkPreviews  LinkPreviews
	OAuth         OAuth
	Enabled       Enabled
	SecondFactors SecondFactors
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
	SecondFactors                                                       bool
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

// Control is where whoever hosts the workspace is asked, and the secret by which they know it. The zero Control means that nobody does.
type Control struct{ Socket, Token string }

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
		Locale:        "en",
		ClientLocale:  "en",
		Listen:        env.address("MM_SERVICESETTINGS_LISTENADDRESS", ":8065"),
		LogLevel:      env.choice("MM_LOGSETTINGS_CONSOLELEVEL", "INFO", "DEBUG", "INFO", "WARN", "ERROR"),
		MaxFileSize:   usualFile,
		SessionLength: 30 * 24 * time.Hour,
		Files:         env.bucket(),
		Mail:          env.mail(),
		Push:          env.push(),
		RateLimit:     env.rateLimit(),
		Password:      Password{Min: 8},
		Admin:         env.admin(),
		Drain:         time.Duration(env.number("LONGHOUSE_DRAIN_SECONDS", 5, 0, 600)) * time.Second,
		Sockets:       env.sockets(),
		Control:       env.control(),
		Integrations:  env.integrations(),
		OAuth:         OAuth{Enabled: true},
		LinkPreviews:  LinkPreviews{Enabled: true},
		EditWithin:    -1,
		Enabled: Enabled{UserCreation: true, CustomStatus: true, CustomEmoji: true, Permalinks: true, Typing: true, Guests: true,
			Bots: true, IncomingHooks: true, OutgoingHooks: true, Commands: true, AccessTokens: true, SecondFactors: true},
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
	if s.Mail.Server == "" && s.Mail.Confirmed {
		e.refuse(smtpServer, "", "a mail server's name, because MM_EMAILSETTINGS_REQUIREEMAILVERIFICATION is true")
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
	if s.Push.Proxy == nil {
		s.Push = Push{}
	}
}

// LoadDataSource reads only what `migrate` needs.
func LoadDataSource(getenv func(string) string) (string, error) {
	env := environment{get: getenv}
	env.choice("MM_SQLSETTINGS_DRIVERNAME", "postgres", "postgres")
	source := env.secret("MM_SQLSETTINGS_DATASOURCE")
	return source, env.err
}
