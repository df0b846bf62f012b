package users

import (
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

func TestANewPasswordIsAsTheWorkspaceWantsIt(t *testing.T) {
	t.Parallel()
	all := config.Password{Min: 10, Lowercase: true, Uppercase: true, Number: true, Symbol: true}
	const lacks = "model.user.is_valid.pwd_lowercase_uppercase_number_symbol.app_error"
	for _, c := range []struct {
		rules    config.Password
		password string
		id       string
	}{
		{config.Password{Min: 8}, "only-low", ""},
		{config.Password{Min: 8}, "1234567", "model.user.is_valid.pwd_min_length.app_error"},
		{config.Password{Min: 8}, string(make([]byte, 73)), "model.user.is_valid.pwd_min_length.app_error"},
		{config.Password{Min: 5, Number: true, Symbol: true}, "abcde1", "model.user.is_valid.pwd_number_symbol.app_error"},
		{config.Password{Min: 5, Number: true, Symbol: true}, "abc 1", ""},
		{all, "Timber-house1", ""},
		{all, "timber-house1", lacks},
		{all, "TIMBER-HOUSE1", lacks},
		{all, "Timber-houses", lacks},
		{all, "Timberhouse12", lacks},
	} {
		d := &Directory{Config: config.NewBook(nil, nil, nil, config.Settings{Password: c.rules}, config.Identity{})}
		if err := d.acceptable(c.password); (err == nil) != (c.id == "") || err != nil && !fault.Is(err, c.id) {
			t.Errorf("%+v, %q: %v, want %s", c.rules, c.password, err, c.id)
		}
	}
}
