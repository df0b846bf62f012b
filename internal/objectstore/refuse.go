package objectstore

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// refuse answers what versitygw would accept and ignore, or would do although it should not: encryption asked for by the
// client, its own administration (PATCH), and uploads by HTML form.
func refuse(ctx fiber.Ctx) error {
	reason := refusal(ctx)
	if reason == "" {
		return ctx.Next()
	}
	requestID, hostID := utils.EnsureRequestIDs(ctx)
	ctx.Response().Header.SetContentType(fiber.MIMEApplicationXML)
	answer := unsupported(reason)
	return ctx.Status(answer.StatusCode()).Send(s3err.S3Error(answer).XMLBody(requestID, hostID))
}

func refusal(ctx fiber.Ctx) string {
	switch ctx.Method() {
	case http.MethodPatch:
		return "PATCH"
	case http.MethodPost:
		if strings.HasPrefix(ctx.Get("Content-Type"), "multipart/form-data") {
			return "uploads by HTML form"
		}
	}
	for name := range ctx.Request().Header.All() {
		if asksForEncryption(string(name)) {
			return asksReason(string(name))
		}
	}
	for name := range ctx.Request().URI().QueryArgs().All() { // of a presigned URL
		if asksForEncryption(string(name)) {
			return asksReason(string(name))
		}
	}
	return ""
}

func asksForEncryption(name string) bool {
	return strings.Contains(strings.ToLower(name), "server-side-encryption")
}

func asksReason(name string) string {
	return strings.ToLower(name) + ": every object is encrypted with its bucket's key anyway, and with no other"
}
