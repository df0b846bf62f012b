package edge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	_ "embed"
)

// refusal is an answer that the edge gives itself. It names nothing that the asker doesn't already know.
type refusal struct {
	reason     string // a word for logs, metrics and the error id
	status     int
	title      string
	message    string
	retryAfter int  // seconds; 0 leaves the header out
	fault      bool // of ours, or of the instance: nobody meant it, and a client has done nothing wrong
}

var (
	badHost = refusal{reason: "bad_host", status: http.StatusBadRequest, title: "Bad request",
		message: "The host name of this request is missing, malformed or named twice."}
	badMethod = refusal{reason: "bad_method", status: http.StatusBadRequest, title: "Bad request",
		message: "The method of this request is malformed."}
	badTarget = refusal{reason: "bad_target", status: http.StatusBadRequest, title: "Bad request",
		message: "The target of this request is malformed; it must be a path that begins with a slash."}
	badBody = refusal{reason: "bad_body", status: http.StatusBadRequest, title: "Bad request",
		message: "The body of this request is malformed."}
	slowClient = refusal{reason: "slow_client", status: http.StatusRequestTimeout, title: "Too slow",
		message: "The request came too slowly. Try again over a better connection."}
	tooManyHeaders = refusal{reason: "too_many_headers", status: http.StatusRequestHeaderFieldsTooLarge, title: "Bad request",
		message: "The request has too many header fields."}
	// Also what a deleted workspace answers: whether a name was ever taken is nobody's business.
	unknownHost = refusal{reason: "unknown_host", status: http.StatusNotFound, title: "No workspace here",
		message: "There is no workspace at this address. Check the address for a typing mistake."}
	misdirected = refusal{reason: "misdirected", status: http.StatusMisdirectedRequest, title: "Wrong connection",
		message: "This connection was made for another workspace. Ask over one of its own."}
	toHTTPS = refusal{reason: "to_https", status: http.StatusPermanentRedirect, title: "Moved",
		message: "This workspace is reached by https."}
	toPrimary = refusal{reason: "to_primary", status: http.StatusTemporaryRedirect, title: "Moved",
		message: "This workspace has another address."}
	starting = refusal{reason: "starting", status: http.StatusServiceUnavailable, title: "Just a moment",
		message: "The service is starting. Try again in a few seconds.", retryAfter: 5, fault: true}
	// Of an edge that operators have taken out: nobody is at fault, and another way in may be open.
	fenced = refusal{reason: "fenced", status: http.StatusServiceUnavailable, title: "Out of service",
		message: "This way in is out of service right now. Try again in a few seconds.", retryAfter: 5}
	// Of an edge that drains; its successor takes the next connection.
	leaving = refusal{reason: "draining", status: http.StatusServiceUnavailable, title: "Just a moment",
		message: "The service is restarting. Try again in a second.", retryAfter: 1}
	notWoken = refusal{reason: "waking", status: http.StatusServiceUnavailable, title: "Just a moment",
		message: "The workspace is waking up, and takes longer than it should. Try again in a few seconds.", retryAfter: 5, fault: true}
	unreachable = refusal{reason: "unreachable", status: http.StatusBadGateway, title: "Not answering",
		message: "The workspace is not answering right now. Try again in a few seconds.", retryAfter: 5, fault: true}
	crowded = refusal{reason: "crowded", status: http.StatusServiceUnavailable, title: "Busy",
		message: "The workspace has too many requests in progress. Try again in a few seconds.", retryAfter: 5, fault: true}
	greedy = refusal{reason: "greedy", status: http.StatusTooManyRequests, title: "Busy",
		message: "Too many requests from your network are in progress. Try again in a few seconds.", retryAfter: 5}
	tooMany = refusal{reason: "too_many", status: http.StatusTooManyRequests, title: "Busy",
		message: "This workspace has as many connections open as it may have. Try again in a few seconds.", retryAfter: 5}
	tooSlow = refusal{reason: "too_slow", status: http.StatusGatewayTimeout, title: "Not answering",
		message: "The workspace took too long to answer. Try again in a few seconds.", retryAfter: 5, fault: true}
)

// addressDenied tells a client what an admin of the workspace needs to know to let it in, and nothing about the workspace.
func addressDenied(client netip.Addr) refusal {
	whose := "Your network address is unknown, and"
	if client.IsValid() {
		whose = "Your network address, " + client.WithZone("").String() + ","
	}
	return refusal{reason: "address_denied", status: http.StatusForbidden, title: "Not allowed from here",
		message: whose + " is not allowed to reach this workspace. Ask an admin of the workspace to let it in."}
}

func stopped(message string) refusal {
	return refusal{reason: "stopped", status: http.StatusServiceUnavailable, title: "Workspace out of service",
		message: cmp.Or(message, "This workspace is stopped."), retryAfter: 30}
}

//go:embed refusal.html
var refusalHTML string

var refusalPage = template.Must(template.New("refusal").Parse(refusalHTML))

// refuse answers with JSON under /api/, with a page where one is understood, else with a line of text.
func (x *exchange) refuse(f refusal) {
	if f.status == 0 { // a stage that did not say
		f = unknownHost
	}
	x.refused, x.fault = f.reason, f.fault
	h := x.w.Header()
	h.Set(requestIDHeader, x.requestID)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if x.bodyPending() {
		h.Set("Connection", "close") // or net/http would wait for the rest of it before it answers
	}
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	body, contentType := f.render(x)
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if strings.HasPrefix(contentType, "text/html") {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
	}
	x.w.WriteHeader(f.status)
	_, _ = x.w.Write(body) // a client that has left needs no answer
}

func (f refusal) render(x *exchange) (body []byte, contentType string) {
	switch {
	case strings.HasPrefix(x.r.URL.Path, "/api/"):
		return f.json(x.requestID), "application/json"
	case strings.Contains(strings.Join(x.r.Header["Accept"], ","), "text/html"):
		return f.html(x.requestID), "text/html; charset=utf-8"
	default:
		return []byte(f.message + "\n"), "text/plain; charset=utf-8"
	}
}

// json is the error body of the chat protocol, so that its clients show the sentence.
func (f refusal) json(requestID string) []byte {
	body, err := json.Marshal(struct {
		ID            string `json:"id"`
		Message       string `json:"message"`
		DetailedError string `json:"detailed_error"`
		RequestID     string `json:"request_id"`
		StatusCode    int    `json:"status_code"`
	}{"longhouse.edge." + f.reason + ".app_error", f.message, "", requestID, f.status})
	if err != nil {
		panic(fmt.Sprintf("encode refusal %s: %v", f.reason, err))
	}
	return body
}

func (f refusal) html(requestID string) []byte {
	var page strings.Builder
	err := refusalPage.Execute(&page, struct{ Title, Message, RequestID string }{f.title, f.message, requestID})
	if err != nil {
		panic(fmt.Sprintf("render refusal %s: %v", f.reason, err))
	}
	return []byte(page.String())
}
