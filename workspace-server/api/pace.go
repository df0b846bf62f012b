package api

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// paceByAddress holds whoever asks, from wherever, to the rate that is set. It comes before anything is read from the database.
func (a *API) paceByAddress(next http.Handler) http.Handler {
	if a.Pace == nil || !a.Config.Settings().RateLimit.ByAddress {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if late, refused := a.take(w, "from "+a.address(r)); refused {
			late.Write(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// paceByUser holds each who is signed in to the rate, and who is not by their address.
func (a *API) paceByUser(w http.ResponseWriter, r *Request) (late Response, refused bool) {
	switch by := a.Config.Settings().RateLimit; {
	case a.Pace == nil || !by.ByUser:
		return late, false
	case r.SignedIn():
		return a.take(w, "of "+r.User.ID.String())
	case by.ByAddress:
		return late, false // it was held to it before
	}
	return a.take(w, "from "+a.address(r.Request))
}

// take answers in the route's place when there is no turn left: by a plain text, as the protocol has it here and nowhere else.
func (a *API) take(w http.ResponseWriter, key string) (late Response, refused bool) {
	t := a.Pace.Take(key, a.Now())
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(t.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(t.Left))
	h.Set("X-RateLimit-Reset", seconds(t.Reset))
	if !t.Refused {
		return late, false
	}
	h.Set("Retry-After", seconds(t.Retry))
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "limit exceeded", http.StatusTooManyRequests)
	}}, true
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// address is where a request comes from, as far as that tells people apart: a network of IPv6 is one address, as who has one has them all.
func (a *API) address(r *http.Request) string {
	ip := a.from(r)
	switch {
	case !ip.IsValid():
		return ""
	case ip.Is4():
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// from is the address that a request comes from; invalid: nobody knows. On a unix socket only the edge asks, which says for whom; over TCP a proxy is believed whose header a
// setting names, as far as it wrote that itself, which is the end.
func (a *API) from(r *http.Request) netip.Addr {
	text, _, err := net.SplitHostPort(r.RemoteAddr)
	header := a.Config.Settings().RateLimit.ProxyHeader
	if err != nil {
		header = "X-Forwarded-For"
	}
	if told := strings.Join(r.Header.Values(header), ","); header != "" && told != "" {
		text = strings.TrimSpace(told[strings.LastIndexByte(told, ',')+1:])
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}
