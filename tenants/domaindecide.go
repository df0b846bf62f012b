package tenants

import (
	"fmt"
	"slices"
	"time"
)

// Finding is what a look at one thing found.
type Finding string

// The findings.
const (
	// FoundRight: it is as it has to be.
	FoundRight Finding = "right"
	// FoundWrong: it is not there, or is another.
	FoundWrong Finding = "wrong"
	// FoundNothing: nobody could say. It is as if nobody had looked.
	FoundNothing Finding = "unknown"
)

// DomainSeen is what a look at a domain found.
type DomainSeen struct {
	Proof       Finding  // the record by which it is proven
	Way         Finding  // where it leads
	Certificate Finding  // whether an edge shows its TLS certificate; right, too, where there is no TLS
	Expected    []string // in words, as Found
	Found       []string
	Trouble     string // with the certificate, in words
}

// DomainNews is what the people of a domain are mailed.
type DomainNews string

// The news.
const (
	// DomainServes: it is in service, for the first time or again.
	DomainServes DomainNews = "serving"
	// DomainFails: its records are wrong.
	DomainFails DomainNews = "failing"
	// DomainStillFails: they have been for days.
	DomainStillFails DomainNews = "still_failing"
	// DomainWentOut: they have been for too long, and it is out of service.
	DomainWentOut DomainNews = "lapsed"
)

// DomainNewsKinds lists all of them.
var DomainNewsKinds = []DomainNews{DomainServes, DomainFails, DomainStillFails, DomainWentOut}

const (
	// warnedAgainAfter is how long records are wrong before their people are told once more.
	warnedAgainAfter = 3 * 24 * time.Hour
	// lapsesAfter is how long before the domain is taken out of service.
	lapsesAfter = 14 * 24 * time.Hour
)

// domainStep is what becomes of a domain.
type domainStep struct {
	domain Domain
	news   DomainNews // empty: none
}

// decide says what becomes of a domain after a look at it. taken: another workspace holds the name. What is lost only after a while goes by the
// time that has certainly come.
func (d Domain) decide(seen DomainSeen, taken bool, now, certain time.Time) domainStep {
	next := d
	next.CheckedAt = &now
	if seen.Proof == FoundRight {
		next.doubted = false
	}
	wrong := seen.Proof == FoundWrong || seen.Way == FoundWrong && (d.State == DomainServing || d.State == DomainFailing)
	right := seen.Proof == FoundRight && seen.Way == FoundRight
	var news DomainNews
	switch d.State {
	case DomainPending, DomainLapsed:
		if seen.Proof == FoundRight && !taken {
			next.State = onTheWay(seen)
		}
	case DomainVerified, DomainIssuing:
		switch {
		case wrong:
			news = next.endure(now, certain)
		case seen.Proof == FoundRight && seen.Way != FoundNothing:
			next.State = onTheWay(seen)
		}
	case DomainServing, DomainFailing:
		switch {
		case wrong:
			next.State = DomainFailing
			news = next.endure(now, certain)
		case right && d.State == DomainFailing:
			next.State = onTheWay(seen)
		}
	}
	if right || seen.Proof == FoundRight && (d.State == DomainVerified || d.State == DomainIssuing) || !next.State.Held() {
		next.WrongSince, next.warned = nil, 0
	}
	if next.State == DomainServing && d.State != DomainServing {
		news = DomainServes
	}
	if next.State != d.State {
		next.StateAt = now
	}
	next.Says = next.say(seen, taken)
	next.CheckAt = now.Add(next.pause(now))
	return domainStep{domain: next, news: news}
}

// onTheWay is how far a domain is that is proven.
func onTheWay(seen DomainSeen) DomainState {
	switch {
	case seen.Way != FoundRight:
		return DomainVerified
	case seen.Certificate != FoundRight:
		return DomainIssuing
	}
	return DomainServing
}

// endure counts how long records are wrong that were right, and gives a domain up at the end. One that was never in service has
// nobody to be told.
func (d *Domain) endure(now, certain time.Time) (news DomainNews) {
	served := d.State == DomainFailing
	if d.WrongSince == nil {
		d.WrongSince = &now
	}
	switch wrong := certain.Sub(*d.WrongSince); {
	case wrong >= lapsesAfter, d.doubted:
		d.State, news = DomainLapsed, DomainWentOut
	case d.warned == 0:
		d.warned, news = 1, DomainFails
	case d.warned == 1 && wrong >= warnedAgainAfter:
		d.warned, news = 2, DomainStillFails
	}
	if !served {
		return ""
	}
	return news
}

// pause is how long it takes until somebody looks again: often while somebody may wait for it, then less and less.
func (d Domain) pause(now time.Time) time.Duration {
	since := now.Sub(d.StateAt)
	switch {
	case d.State == DomainServing:
		return 24 * time.Hour
	case d.State == DomainFailing:
		return time.Hour
	case d.State == DomainIssuing:
		return min(max(since/5, 2*time.Second), 10*time.Minute)
	case since > 30*24*time.Hour:
		return 24 * time.Hour
	}
	return min(max(since/20, 10*time.Second), time.Hour)
}

// say is where a domain stands, for its people.
func (d Domain) say(seen DomainSeen, taken bool) string {
	const records = "the records don't agree with what is expected"
	switch d.State {
	case DomainPending, DomainLapsed:
		was := ""
		if d.State == DomainLapsed {
			was = "it is out of service; "
		}
		switch {
		case seen.Proof == FoundNothing:
			return was + "nobody could say whether the TXT record is there; it is looked again"
		case seen.Proof == FoundRight && taken:
			return was + "the TXT record is right, but another workspace holds this domain; it is free as soon as it is removed there, or its record there has been gone for 14 days"
		}
		return was + fmt.Sprintf("waiting for the TXT record at %s", d.ChallengeName())
	case DomainVerified:
		if seen.Proof == FoundWrong {
			return "it was proven to be yours, but the TXT record is gone"
		}
		return fmt.Sprintf("it is proven to be yours; waiting for it to lead to %s", d.Target)
	case DomainIssuing:
		if seen.Proof == FoundWrong {
			return "it was proven to be yours, but the TXT record is gone"
		}
		if seen.Trouble != "" {
			return "it leads here; waiting for its TLS certificate: " + seen.Trouble
		}
		return "it leads here; waiting for its TLS certificate"
	case DomainFailing:
		if !slices.Contains([]Finding{seen.Proof, seen.Way}, FoundWrong) {
			return "nobody could say whether the records are right again; it is looked again"
		}
		return fmt.Sprintf("%s; unless that changes it is taken out of service on %s", records, d.WrongSince.Add(lapsesAfter).UTC().Format("2 January 2006"))
	}
	if seen.Trouble != "" {
		return "the workspace is reached by it; no edge showed its TLS certificate just now: " + seen.Trouble
	}
	return "the workspace is reached by it"
}
