package config

import (
	"net"
	netmail "net/mail"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/mail"
)

// Mail is how this server sends mail. The zero Mail means that it sends none.
type Mail struct {
	Server   string // host:port
	From     string // an address with a name
	Security mail.Security
	Login    mail.Login

	Invitations bool // members invite people by mail
	Confirmed   bool // nobody signs in whose address is not confirmed
}

func (e *environment) mail(siteName string) Mail {
	const p = "MM_EMAILSETTINGS_"
	confirmed := e.flag(p+"REQUIREEMAILVERIFICATION", false)
	host := e.get(p + "SMTPSERVER")
	if host == "" {
		if confirmed {
			e.refuse(p+"SMTPSERVER", "", "a mail server's name, because "+p+"REQUIREEMAILVERIFICATION is true")
		}
		return Mail{}
	}
	if e.get("MM_SERVICESETTINGS_SITEURL") == "" {
		e.refuse("MM_SERVICESETTINGS_SITEURL", "", "where the links in mails lead, because "+p+"SMTPSERVER is set")
	}
	from, err := netmail.ParseAddress(e.get(p + "FEEDBACKEMAIL"))
	if err != nil {
		e.refuse(p+"FEEDBACKEMAIL", e.get(p+"FEEDBACKEMAIL"), "one address, from which mail comes, because "+p+"SMTPSERVER is set")
		return Mail{}
	}
	m := Mail{
		Server:      net.JoinHostPort(host, strconv.FormatInt(e.number(p+"SMTPPORT", 25, 1, 65535), 10)),
		From:        (&netmail.Address{Name: e.text(p+"FEEDBACKNAME", siteName), Address: from.Address}).String(),
		Security:    mail.Security(e.choice(p+"CONNECTIONSECURITY", "", "", string(mail.StartTLS), string(mail.TLS))),
		Invitations: e.flag("MM_SERVICESETTINGS_ENABLEEMAILINVITATIONS", true),
		Confirmed:   confirmed,
	}
	if e.flag(p+"ENABLESMTPAUTH", false) {
		m.Login = mail.Login{Username: e.get(p + "SMTPUSERNAME"), Password: e.get(p + "SMTPPASSWORD")}
	}
	return m
}
