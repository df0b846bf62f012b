package config

// OAuth says whether people may let programs of others act in their name.
type OAuth struct {
	Enabled      bool
	Registration bool // by the programs themselves
}

func (e *environment) oauth() OAuth {
	on := e.flag("MM_SERVICESETTINGS_ENABLEOAUTHSERVICEPROVIDER", true)
	return OAuth{Enabled: on, Registration: e.flag("MM_SERVICESETTINGS_ENABLEDYNAMICCLIENTREGISTRATION", false) && on}
}
