package config

import (
	"cmp"
	"net"
	netmail "net/mail"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/mail"
)

// Mail is how this server sends mail. The zero Mail means that it sends none.
type Mail struct {
	Server   string // host:port
	Address  string // from which it comes
	Name     string // with the address; empty: the workspace's
	Security mail.Security
	Login    mail.Login

	Invitations   bool // members invite people by mail
	Confirmed     bool // nobody signs in whose address is not confirmed
	Notifications bool // people are told by mail of posts that concern them
	Batched       bool // when they want to be; otherwise as soon as may be
	Textless      bool // without what the posts say, and where
}

const (
	mailSettings = "MM_EMAILSETTINGS_"
	smtpServer   = mailSettings + "SMTPSERVER"
)

func (e *environment) mail() Mail {
	const p = mailSettings
	host := e.get(smtpServer)
	if host == "" {
		return Mail{}
	}
	if e.get("MM_SERVICESETTINGS_SITEURL") == "" {
		e.refuse("MM_SERVICESETTINGS_SITEURL", "", "where the links in mails lead, because "+smtpServer+" is set")
	}
	from, err := netmail.ParseAddress(e.get(p + "FEEDBACKEMAIL"))
	if err != nil {
		e.refuse(p+"FEEDBACKEMAIL", e.get(p+"FEEDBACKEMAIL"), "one address, from which mail comes, because "+smtpServer+" is set")
		return Mail{}
	}
	m := Mail{
		Server:        net.JoinHostPort(host, strconv.FormatInt(e.number(p+"SMTPPORT", 25, 1, 65535), 10)),
		Address:       from.Address,
		Name:          e.get(p + "FEEDBACKNAME"),
		Security:      mail.Security(e.choice(p+"CONNECTIONSECURITY", "", "", string(mail.StartTLS), string(mail.TLS))),
		Invitations:   true,
		Notifications: true,
		Batched:       true,
	}
	if e.flag(p+"ENABLESMTPAUTH", false) {
		m.Login = mail.Login{Username: e.get(p + "SMTPUSERNAME"), Password: e.get(p + "SMTPPASSWORD")}
	}
	return m
}

// From is who mail is from, in a header's words: an address with a name.
func (s *Settings) From() string {
	return (&netmail.Address{Name: cmp.Or(s.Mail.Name, s.SiteName), Address: s.Mail.Address}).String()
}

func (s *Settings) mailContents() string {
	if s.Mail.Textless {
		return "generic"
	}
	return "full"
}
