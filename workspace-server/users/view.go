package users

import (
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// ForSelf is a user as they and system admins see them. A password's hash is never part of it.
func ForSelf(u dbsql.User) wire.User {
	w := ForOthers(u)
	w.EmailVerified = u.EmailVerified
	w.NotifyProps = u.NotifyProps
	w.LastPasswordUpdate = u.LastPasswordUpdate
	w.FailedAttempts = int(u.FailedAttempts)
	w.LastLogin = u.LastLogin
	w.MfaActive = u.SecondFactor
	return w
}

// ForOthers is a user as any other user sees them.
func ForOthers(u dbsql.User) wire.User {
	return wire.User{
		ID:                u.ID,
		CreateAt:          u.CreateAt,
		UpdateAt:          u.UpdateAt,
		DeleteAt:          u.DeleteAt,
		Username:          u.Username,
		Email:             u.Email,
		Nickname:          u.Nickname,
		FirstName:         u.FirstName,
		LastName:          u.LastName,
		Position:          u.Position,
		Roles:             u.Roles,
		Props:             u.Props,
		LastPictureUpdate: u.LastPictureUpdate,
		Locale:            u.Locale,
		Timezone:          u.Timezone,
		IsBot:             u.IsBot,
		BotDescription:    u.BotDescription,
	}
}
