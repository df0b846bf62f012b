package provisioner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	adminAnswerMost  = 64 << 10
	visitsAnswerMost = 1 << 20
	adminAnswerDepth = 4
	detailMost       = 500
)

// answer is what an instance says. It may be anybody's word: what runs in a workspace is not ours to trust.
type answer interface {
	// check refuses what such an answer can't be.
	check() error
}

// readAnswer takes one whole answer, small and of its form. The error repeats nothing of it, which may be a secret.
func readAnswer(body io.Reader, into answer) error {
	most := adminAnswerMost
	if _, long := into.(*visits); long {
		most = visitsAnswerMost
	}
	text, err := io.ReadAll(io.LimitReader(body, int64(most)+1))
	switch {
	case err != nil:
		return err
	case len(text) > most:
		return fmt.Errorf("it has more than %d bytes", most)
	case strictjson.Check(text, adminAnswerDepth) != nil || json.Unmarshal(text, into) != nil:
		return errors.New("it is not JSON of the form that an instance answers")
	}
	return into.check()
}

type madeUser struct {
	UserID string `json:"user_id"`
}

var userID = regexp.MustCompile(`^[a-z0-9]{26}$`)

func (u *madeUser) check() error {
	if !userID.MatchString(u.UserID) {
		return errors.New("the user's id is not 26 letters and digits")
	}
	return nil
}

type madeLink struct {
	Path string `json:"path"`
}

var linkPath = regexp.MustCompile(`^/[!-~]{1,500}$`)

// check lets nobody lead a browser away: behind the host's name, only a slash ends it.
func (l *madeLink) check() error {
	if !linkPath.MatchString(l.Path) || strings.HasPrefix(l.Path, "//") || strings.ContainsAny(l.Path, `\"<>#@`) {
		return errors.New("the link is not a path within the workspace")
	}
	return nil
}

type openedSession struct {
	Token string `json:"token"`
}

var sessionToken = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]{1,500}$`)

func (s *openedSession) check() error {
	if !sessionToken.MatchString(s.Token) {
		return errors.New("the session's token is not one that a header can bear")
	}
	return nil
}

// tried is one try, as a canary tells it.
type tried struct {
	Border  string          `json:"border"`
	Outcome tenants.Outcome `json:"outcome"`
	Detail  string          `json:"detail"`
}

type tries []tried

func (t *tries) check() error {
	for _, one := range *t {
		if !slices.Contains(tenants.Outcomes, one.Outcome) || utf8.RuneCountInString(one.Detail) > detailMost {
			return errors.New("a try has no known outcome, or too much to say about it")
		}
	}
	return nil
}

// repose is how an instance could be put to rest.
type repose struct {
	NextWakeAt json.RawMessage `json:"next_wake_at"` // a time of RFC 3339, or null: nothing is due
	WebSockets *int            `json:"web_sockets"`  // that are open

	due *time.Time
}

// check takes nothing that is left out for nothing that is due: an instance must not be put to rest by mistake.
func (r *repose) check() error {
	if r.WebSockets == nil || *r.WebSockets < 0 {
		return errors.New("it does not say how many web sockets are open")
	}
	if r.NextWakeAt == nil || json.Unmarshal(r.NextWakeAt, &r.due) != nil {
		return errors.New("it does not say when something is due, or that nothing is")
	}
	return nil
}

// visits are by whom and from where sessions were used last.
type visits struct {
	Visits []struct {
		UserID   string     `json:"user_id"`
		Username string     `json:"username"`
		Address  netip.Addr `json:"address"`
		Sessions int        `json:"sessions"`
		LastAt   time.Time  `json:"last_at"`
	} `json:"visits"`
	LeftOut int `json:"left_out"` // sessions that are not in visits
}

// check takes no name that would do something to who reads it.
func (v *visits) check() error {
	if v.Visits == nil || v.LeftOut < 0 || v.LeftOut > sessionsMost {
		return errors.New("it does not say who visited, or how many are left out")
	}
	for _, one := range v.Visits {
		if !userID.MatchString(one.UserID) || !shownName.MatchString(one.Username) || !one.Address.IsValid() || one.Sessions < 1 || one.Sessions > sessionsMost {
			return errors.New("a visit is not that of a user, from an address, by sessions")
		}
	}
	return nil
}

// sessionsMost keeps sums of what instances say from overflowing.
const sessionsMost = 1 << 30

var shownName = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)
