package config

// RateLimit is how often somebody may ask. The zero RateLimit means as often as they like.
type RateLimit struct {
	PerSecond, Burst int
	Most             int  // people and addresses that are remembered
	ByAddress        bool // all who ask from an address together
	ByUser           bool // each who is signed in
	ProxyHeader      string
}

func (e *environment) rateLimit() RateLimit {
	const p = "MM_RATELIMITSETTINGS_"
	l := RateLimit{
		PerSecond:   int(e.number(p+"PERSEC", 10, 1, 1_000_000)),
		Burst:       int(e.number(p+"MAXBURST", 100, 0, 1_000_000)),
		Most:        int(e.number(p+"MEMORYSTORESIZE", 10_000, 10, 10_000_000)),
		ByAddress:   e.flag(p+"VARYBYREMOTEADDR", true),
		ByUser:      e.flag(p+"VARYBYUSER", false),
		ProxyHeader: e.get("MM_SERVICESETTINGS_TRUSTEDPROXYIPHEADER"),
	}
	if !e.flag(p+"ENABLE", false) {
		return RateLimit{}
	}
	if !l.ByAddress && !l.ByUser {
		e.refuse(p+"VARYBYREMOTEADDR", "false", "true, because "+p+"VARYBYUSER is false too")
	}
	return l
}
