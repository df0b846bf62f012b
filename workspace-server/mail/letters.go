package mail

import (
	"encoding/json"
	"net/url"
)

// Letter is a mail to one person about one thing.
type Letter struct {
	to, subject string
	before      []string // paragraphs
	said        string   // by whoever has it sent, in their own words
	posts       []Said
	label, path string // of the one link; without one there is none
	after       []string
}

// Reset is for somebody who forgot their password.
func (o *Outbox) Reset(to, token string) Letter {
	return Letter{to: to, subject: "Set a new password for " + o.name(),
		before: []string{"Somebody, hopefully you, asked for a new password for your account at " + o.name() + " (" + o.site + ")."},
		label:  "Set a new password", path: "/reset_password_complete?token=" + url.QueryEscape(token),
		after: []string{"The link works once, and for a day. If it was not you, ignore this mail: your password stays as it is."}}
}

// Confirm is for somebody whose address nobody has shown to be theirs.
func (o *Outbox) Confirm(to, token string) Letter {
	return Letter{to: to, subject: "Confirm your e-mail address for " + o.name(),
		before: []string{"Somebody, hopefully you, has an account with this e-mail address at " + o.name() + " (" + o.site + ")."},
		label:  "Confirm the address", path: "/do_verify_email?token=" + url.QueryEscape(token) + "&email=" + url.QueryEscape(to),
		after: []string{"The link works for a day. If you have no account there, ignore this mail."}}
}

// Moved tells who reads the address of before that an account has another one.
func (o *Outbox) Moved(to, username, next string) Letter {
	return Letter{to: to, subject: "Your e-mail address at " + o.name() + " was changed",
		before: []string{"Your account " + username + " at " + o.name() + " (" + o.site + ") has the e-mail address " + next + " from now on, and mail no longer comes here.",
			"If it was not you, tell an administrator of " + o.name() + "."}}
}

// SecondFactor tells somebody that their account has a second factor from now on, or none any more.
func (o *Outbox) SecondFactor(to, username string, has bool) Letter {
	subject, says := "A second factor was set up for your account at "+o.name(), "asks for a code of your device beside your password from now on"
	if !has {
		subject, says = "The second factor of your account at "+o.name()+" was removed", "asks for your password alone from now on"
	}
	return Letter{to: to, subject: subject,
		before: []string{"Your account " + username + " at " + o.name() + " (" + o.site + ") " + says + ".",
			"If it was neither you nor an administrator whom you asked, tell an administrator of " + o.name() + "."}}
}

// Invited is whom an invitation is for, to what, and by whom.
type Invited struct {
	To, Token      string
	Team, TeamName string // what people read, and what stands in addresses
	Inviter        string
	Message        string // may be empty
	Outside        bool   // they become a guest, in some channels alone
}

// Invite is for somebody who is asked into a team.
func (o *Outbox) Invite(g Invited) Letter {
	about, _ := json.Marshal(map[string]string{"email": g.To, "display_name": g.Team, "name": g.TeamName}) // strings always encode
	as := ""
	if g.Outside {
		as = ", as a guest"
	}
	return Letter{to: g.To, subject: g.Inviter + " invites you to " + g.Team + " at " + o.name() + as,
		before: []string{g.Inviter + " invites you to the team " + g.Team + " at " + o.name() + " (" + o.site + ")" + as + "."},
		said:   g.Message,
		label:  "Join the team", path: "/signup_user_complete/?d=" + url.QueryEscape(string(about)) + "&t=" + url.QueryEscape(g.Token),
		after: []string{"The link works once, and for two days. If you don't know who this is, ignore this mail."}}
}
