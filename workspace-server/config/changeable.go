package config

import (
	"cmp"
	"time"
)

const (
	team     = "TeamSettings"
	service  = "ServiceSettings"
	support  = "SupportSettings"
	file     = "FileSettings"
	email    = "EmailSettings"
	password = "PasswordSettings"
	guests   = "GuestAccountsSettings"
	banner   = "AnnouncementSettings"
	language = "LocalizationSettings"
	app      = "NativeAppSettings"
	theme    = "ThemeSettings"
)

// changeable are the settings that the environment decides, and where it doesn't a workspace's admins. Each of them is heeded: by this server, or
// where it is about what people are shown, by their clients.
var changeable = []setting{
	kept(team, "SiteName", line(1, 30), func(s *Settings) *string { return &s.SiteName }).named("sitename_length"),
	kept(team, "EnableOpenServer", flag, func(s *Settings) *bool { return &s.OpenServer }),
	kept(team, "EnableUserCreation", flag, func(s *Settings) *bool { return &s.Enabled.UserCreation }),
	inDomains(team, "RestrictCreationToDomains", func(s *Settings) *[]string { return &s.Domains }),
	kept(team, "EnableCustomUserStatuses", flag, func(s *Settings) *bool { return &s.Enabled.CustomStatus }),
	heeded(team, "TeammateNameDisplay", choice("username", "nickname_full_name", "full_name")),
	heeded(team, "CustomDescriptionText", line(0, 500)),
	heeded(team, "EnableConfirmNotificationsToChannel", flag),
	heeded(team, "EnableJoinLeaveMessageByDefault", flag),

	converted(service, "SessionLengthWebInHours", number[int64](1, 24*365*10), func(s *Settings) int64 { return int64(s.SessionLength / time.Hour) },
		func(s *Settings, hours int64) { s.SessionLength = time.Duration(hours) * time.Hour }),
	kept(service, "PostEditTimeLimit", number[int64](-1, 10*365*24*60*60), func(s *Settings) *int64 { return &s.EditWithin }),
	kept(service, "EnableLinkPreviews", flag, func(s *Settings) *bool { return &s.LinkPreviews.Enabled }),
	inDomains(service, "RestrictLinkPreviews", func(s *Settings) *[]string { return &s.LinkPreviews.Except }),
	kept(service, "EnablePermalinkPreviews", flag, func(s *Settings) *bool { return &s.Enabled.Permalinks }),
	kept(service, "EnableCustomEmoji", flag, func(s *Settings) *bool { return &s.Enabled.CustomEmoji }),
	kept(service, "EnableBotAccountCreation", flag, func(s *Settings) *bool { return &s.Enabled.Bots }),
	kept(service, "EnableIncomingWebhooks", flag, func(s *Settings) *bool { return &s.Enabled.IncomingHooks }),
	kept(service, "EnableOutgoingWebhooks", flag, func(s *Settings) *bool { return &s.Enabled.OutgoingHooks }),
	kept(service, "EnableCommands", flag, func(s *Settings) *bool { return &s.Enabled.Commands }),
	kept(service, "EnableUserAccessTokens", flag, func(s *Settings) *bool { return &s.Enabled.AccessTokens }),
	kept(service, "EnableMultifactorAuthentication", flag, func(s *Settings) *bool { return &s.Enabled.SecondFactors }),
	kept(service, "EnforceMultifactorAuthentication", flag, func(s *Settings) *bool { return &s.SecondFactors.Enforced }),
	kept(service, "EnableOAuthServiceProvider", flag, func(s *Settings) *bool { return &s.OAuth.Enabled }),
	kept(service, "EnableDynamicClientRegistration", flag, func(s *Settings) *bool { return &s.OAuth.Registration }),
	kept(service, "EnableUserTypingMessages", flag, func(s *Settings) *bool { return &s.Enabled.Typing }),
	heeded(service, "TimeBetweenUserTypingUpdatesMilliseconds", number[int64](1000, 60_000)).named("time_between_user_typing"),
	kept(service, "EnableEmailInvitations", flag, func(s *Settings) *bool { return &s.Mail.Invitations }),
	heeded(service, "EnableEmojiPicker", flag),
	heeded(service, "EnableLatex", flag),
	heeded(service, "EnableInlineLatex", flag),

	kept(email, "RequireEmailVerification", flag, func(s *Settings) *bool { return &s.Mail.Confirmed }),
	kept(email, "SendEmailNotifications", flag, func(s *Settings) *bool { return &s.Mail.Notifications }),
	kept(email, "EnableEmailBatching", flag, func(s *Settings) *bool { return &s.Mail.Batched }),
	converted(email, "EmailNotificationContentsType", choice("full", "generic"), (*Settings).mailContents, func(s *Settings, contents string) { s.Mail.Textless = contents != "full" }),
	converted(email, "PushNotificationContents", choice(string(Full), string(Generic), string(GenericNoChannel), string(IDLoaded)),
		func(s *Settings) string { return string(cmp.Or(s.Push.Contents, Full)) }, func(s *Settings, contents string) { s.Push.Contents = Contents(contents) }),
	kept(file, "MaxFileSize", number[int64](1, largestFile), func(s *Settings) *int64 { return &s.MaxFileSize }),
	kept(file, "EnablePublicLink", flag, func(s *Settings) *bool { return &s.PublicLinks }),

	kept(password, "MinimumLength", number(leastPassword, MaxPassword), func(s *Settings) *int { return &s.Password.Min }).
		told("PasswordMinimumLength").named("password_length"),
	kept(password, "Lowercase", flag, func(s *Settings) *bool { return &s.Password.Lowercase }).told("PasswordRequireLowercase"),
	kept(password, "Uppercase", flag, func(s *Settings) *bool { return &s.Password.Uppercase }).told("PasswordRequireUppercase"),
	kept(password, "Number", flag, func(s *Settings) *bool { return &s.Password.Number }).told("PasswordRequireNumber"),
	kept(password, "Symbol", flag, func(s *Settings) *bool { return &s.Password.Symbol }).told("PasswordRequireSymbol"),

	kept(guests, "Enable", flag, func(s *Settings) *bool { return &s.Enabled.Guests }).told("EnableGuestAccounts"),
	kept(guests, "EnforceMultifactorAuthentication", flag, func(s *Settings) *bool { return &s.SecondFactors.OfGuests }).
		told("GuestAccountsEnforceMultifactorAuthentication"),
	heeded(guests, "HideTags", flag).told("HideGuestTags"),

	heeded(support, "TermsOfServiceLink", link),
	heeded(support, "PrivacyPolicyLink", link),
	heeded(support, "AboutLink", link),
	heeded(support, "HelpLink", link),
	heeded(support, "ReportAProblemLink", link).named("report_a_problem_link.invalid"),
	heeded(support, "ForgotPasswordLink", link),
	heeded(support, "SupportEmail", address),

	heeded(banner, "EnableBanner", flag),
	heeded(banner, "BannerText", line(0, 1000)),
	heeded(banner, "BannerColor", color),
	heeded(banner, "BannerTextColor", color),
	heeded(banner, "AllowBannerDismissal", flag),

	kept(language, "DefaultServerLocale", locale, func(s *Settings) *string { return &s.Locale }),
	kept(language, "DefaultClientLocale", spoken, func(s *Settings) *string { return &s.ClientLocale }),
	heeded(language, "AvailableLocales", words("languages such as en or pt-BR, with commas between them", locales)).named("localization.available_locales"),

	heeded(app, "AppDownloadLink", link).named("native_app_settings.download_link"),
	heeded(app, "AndroidAppDownloadLink", link).named("native_app_settings.download_link"),
	heeded(app, "IosAppDownloadLink", link).named("native_app_settings.download_link"),

	heeded(theme, "EnableThemeSelection", flag),
	heeded(theme, "DefaultTheme", choice("default", "denim", "sapphire", "quartz", "indigo", "onyx")),
	heeded(theme, "AllowCustomThemes", flag),
	heeded(theme, "AllowedThemes", list),
	heeded("DisplaySettings", "CustomURLSchemes", list).told("CustomUrlSchemes").named("display.custom_url_schemes"),
}
