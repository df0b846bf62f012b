package config

import "testing"

func TestAppsAreLetInAndDontRegisterThemselvesUnlessASettingSaysOtherwise(t *testing.T) {
	t.Parallel()
	const provider, registration = "MM_SERVICESETTINGS_ENABLEOAUTHSERVICEPROVIDER", "MM_SERVICESETTINGS_ENABLEDYNAMICCLIENTREGISTRATION"
	for _, c := range []struct {
		provider, registration string
		want                   OAuth
	}{{"", "", OAuth{Enabled: true}}, {"false", "", OAuth{}}, {"true", "true", OAuth{Enabled: true, Registration: true}}, {"false", "true", OAuth{Registration: true}}} {
		s, err := Load(environ(provider, c.provider, registration, c.registration))
		if err != nil || s.OAuth != c.want || s.OAuth.Registers() != (c.want.Enabled && c.want.Registration) || s.ForUsers(Identity{}, false)["EnableOAuthServiceProvider"] == "true" != c.want.Enabled {
			t.Errorf("%+v: %+v (%v)", c, s.OAuth, err)
		}
	}
	if _, err := Load(environ(provider, "maybe")); err == nil {
		t.Error("maybe is taken")
	}
}
