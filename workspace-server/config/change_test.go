package config

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// Each setting that admins may decide is one of the protocol's, is there by default as it says there, and is told to clients as it is kept.
func TestEverySettingIsOneOfTheDocument(t *testing.T) {
	t.Parallel()
	s, err := Load(environ())
	if err != nil {
		t.Fatal(err)
	}
	document := usually()
	for i, one := range changeable {
		usual, is := document[one.section][one.name]
		if !is {
			t.Errorf("the document has no %s", one.full())
			continue
		}
		if v := one.get(&s); v != nil && !same(v, usual) {
			t.Errorf("%s is %s, and in the document %s", one.full(), v, usual)
		}
		if slices.ContainsFunc(changeable[:i], func(other setting) bool { return other.full() == one.full() }) {
			t.Errorf("%s is there twice", one.full())
		}
		again := s
		if allowed := one.set(&again, json.RawMessage("{}")); allowed == "" || !strings.HasPrefix(one.refused(), "model.config.is_valid.") {
			t.Errorf("%s takes anything", one.full())
		}
	}
}

// What is said in the environment, and what admins decide, is taken in the same way.
func TestTheEnvironmentAndAdminsSayTheSame(t *testing.T) {
	t.Parallel()
	for full, said := range map[string][2]string{
		"TeamSettings.SiteName":                    {`The Shed`, `"The Shed"`},
		"TeamSettings.EnableOpenServer":            {`1`, `true`},
		"TeamSettings.RestrictCreationToDomains":   {`A.example b.example`, `"A.example b.example"`},
		"ServiceSettings.PostEditTimeLimit":        {`0`, `0`},
		"ServiceSettings.SessionLengthWebInHours":  {`5`, `5`},
		"PasswordSettings.MinimumLength":           {`14`, `14`},
		"ThemeSettings.AllowedThemes":              {`denim onyx`, `["denim","onyx"]`},
		"AnnouncementSettings.BannerColor":         {`#fff`, `"#fff"`},
		"LocalizationSettings.AvailableLocales":    {`en,pt-BR`, `"en,pt-BR"`},
		"NativeAppSettings.AppDownloadLink":        {`https://example.com/x?y=<z>`, `"https://example.com/x?y=<z>"`},
		"ServiceSettings.EnableUserTypingMessages": {`false`, `false`},
	} {
		section, name, _ := strings.Cut(full, ".")
		one, is := find(section, name)
		s, err := Load(environ(variable(section, name), said[0]))
		if !is || err != nil || !s.fixed(section, name) {
			t.Errorf("%s: %v", full, err)
			continue
		}
		base, _ := Load(environ())
		decided, ignored := base.with(decided{full: json.RawMessage(said[1])})
		if a, b := one.get(&s), one.get(&decided); string(a) != string(b) || len(ignored) > 0 {
			t.Errorf("%s is %s, and %s", full, a, b)
		}
		if fixed, _ := s.with(map[string]json.RawMessage{full: one.get(&base)}); string(one.get(&fixed)) != string(one.get(&s)) {
			t.Errorf("%s: what admins decided wins over the environment", full)
		}
	}
}

// What was decided once and can't be any more doesn't keep the server from starting.
func TestWhatIsNotAllowedAnyMoreIsIgnored(t *testing.T) {
	t.Parallel()
	base, err := Load(environ("LONGHOUSE_MAX_FILE_SIZE", "1000"))
	if err != nil {
		t.Fatal(err)
	}
	b := NewBook(nil, nil, slog.New(slog.DiscardHandler), base, Identity{})
	before := b.VersionHeader()
	b.turn(1, decided{"TeamSettings.SiteName": json.RawMessage(`""`), "New.Setting": json.RawMessage(`1`), "FileSettings.MaxFileSize": json.RawMessage(`5000`), "EmailSettings.RequireEmailVerification": json.RawMessage(`true`)})
	s := b.Settings()
	if s.SiteName != "Longhouse" || s.MaxFileSize != 1000 || s.Mail.Confirmed || b.VersionHeader() == before {
		t.Errorf("%+v", s)
	}
	now := b.VersionHeader()
	if b.turn(1, nil); b.VersionHeader() != now {
		t.Error("a version holds twice")
	}
}

// The hash is that of what was decided, however that was written.
func TestTheVersionIsOfWhatWasDecided(t *testing.T) {
	t.Parallel()
	who := Identity{ConfigHash: "abc"}
	const stored = `{"a": "<x>é  ", "b": ["y", "z"], "c": 1}` // as the database writes it
	var read decided
	if err := json.Unmarshal([]byte(stored), &read); err != nil {
		t.Fatal(err)
	}
	written := decided{"c": encoded(1), "b": encoded([]string{"y", "z"}), "a": encoded("<x>é  ")}
	if who.header(read) != who.header(written) || who.header(nil) != Version+"."+Version+".abc.true" || who.header(read) == who.header(nil) {
		t.Errorf("%s, %s", who.header(read), who.header(written))
	}
}
