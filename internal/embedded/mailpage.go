package embedded

import (
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"os"
	"regexp"
)

//go:embed mailpage.html
var mailPageSource string

var mailPage = template.Must(template.New("mail").Funcs(template.FuncMap{"pieces": pieces}).Parse(mailPageSource))

// mailView is one message, or without an ID the list.
type mailView struct {
	Message message
	List    []message
}

// newMailPage serves GET /, GET /messages/{id}, GET /api/messages?to=ADDRESS and GET /api/messages/{id}.
func newMailPage(box *mailbox) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		found, err := box.list("")
		show(w, mailView{List: found}, err)
	})
	mux.HandleFunc("GET /messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, err := box.get(r.PathValue("id"))
		show(w, mailView{Message: m}, err)
	})
	mux.HandleFunc("GET /api/messages", func(w http.ResponseWriter, r *http.Request) {
		found, err := box.list(r.URL.Query().Get("to"))
		answer(w, struct {
			Messages []message `json:"messages"`
		}{found}, err)
	})
	mux.HandleFunc("GET /api/messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, err := box.get(r.PathValue("id"))
		answer(w, m, err)
	})
	return onlyByLoopbackName(mux)
}

// onlyByLoopbackName keeps a web page, whose name was rebound to 127.0.0.1, from reading the mail.
func onlyByLoopbackName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "The mail catcher answers to localhost and 127.0.0.1 only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func show(w http.ResponseWriter, data any, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_ = mailPage.Execute(w, data) // a reader who has gone needs no page
}

func answer(w http.ResponseWriter, data any, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(data)
}

func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, os.ErrNotExist) {
		http.Error(w, "There is no such mail (only the last 500 are kept).", http.StatusNotFound)
		return
	}
	http.Error(w, "The mail can't be read: "+err.Error(), http.StatusInternalServerError)
}

// piece is a stretch of text, which is a link or not.
type piece struct {
	Text string
	Link bool
}

var link = regexp.MustCompile(`https?://[^\s<>"]+`)

func pieces(text string) []piece {
	var all []piece
	end := 0
	for _, at := range link.FindAllStringIndex(text, -1) {
		all = append(all, piece{Text: text[end:at[0]]}, piece{Text: text[at[0]:at[1]], Link: true})
		end = at[1]
	}
	return append(all, piece{Text: text[end:]})
}
