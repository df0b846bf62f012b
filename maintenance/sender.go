package maintenance

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	sendWithin  = 10 * time.Second
	answerMost  = 4 << 10
	reasonMost  = 500
	headersMost = 16 << 10
	askedMost   = 7 * 24 * time.Hour // of what a receiver may ask to be left alone
)

// Sender makes single requests to webhooks. It follows no redirect, uses no proxy, and goes nowhere but to the public
// internet and the networks that the operator named.
type Sender struct {
	encrypted, plain *http.Client
	within           time.Duration
	now              func() time.Time
	attempts         *prometheus.CounterVec
}

// NewSender returns a sender that counts its attempts in metrics.
func NewSender(networks egress.Networks, metrics prometheus.Registerer) *Sender {
	s := &Sender{encrypted: client(networks, true, nil), plain: client(networks, false, nil), within: sendWithin, now: time.Now,
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_webhook_attempts_total",
			Help: "Requests to webhooks, by what came of them."}, []string{"outcome"})}
	for _, outcome := range tenants.AttemptOutcomes {
		s.attempts.WithLabelValues(string(outcome))
	}
	metrics.MustRegister(s.attempts)
	return s
}

func client(networks egress.Networks, secure bool, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            networks.Dialer(sendWithin, secure).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    sendWithin,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: headersMost,
			MaxIdleConns:           quickAtATime + slowAtATime,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send makes one attempt. It takes 10 s at the most, the reading of the answer included.
func (s *Sender) Send(ctx context.Context, p *tenants.Parcel) tenants.Attempt {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	began := s.now().UTC()
	a := s.try(ctx, p, began)
	a.At, a.Took = began.Truncate(time.Microsecond), s.now().Sub(began)
	s.attempts.WithLabelValues(string(a.Outcome)).Inc()
	return a
}

func (s *Sender) try(ctx context.Context, p *tenants.Parcel, at time.Time) tenants.Attempt {
	r, err := request(ctx, p, at)
	if err != nil {
		return tenants.Attempt{Outcome: tenants.Unreachable, Message: "the URL is not usable"}
	}
	by := s.encrypted
	if r.URL.Scheme != "https" {
		by = s.plain
	}
	res, err := by.Do(r)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, answerMost)) // the status says all that counts
	a := tenants.Attempt{Outcome: tenants.Acknowledged, Status: res.StatusCode, Answer: string(answer)}
	if res.StatusCode/100 != 2 {
		a.Outcome, a.Message = tenants.Refused, refusal(res.StatusCode)
		a.RetryAfter = retryAfter(res.Header, at)
	}
	return a
}

func request(ctx context.Context, p *tenants.Parcel, at time.Time) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Longhouse-Webhooks/1")
	r.Header.Set("Webhook-Id", p.Message)
	r.Header.Set("Webhook-Timestamp", stamp(at))
	r.Header.Set("Webhook-Signature", signature(p.Keys, p.Message, at, p.Body))
	return r, nil
}

func refusal(status int) string {
	if status/100 == 3 {
		return fmt.Sprintf("the receiver answered %d; redirects are not followed", status)
	}
	return fmt.Sprintf("the receiver answered %d; only 2xx acknowledges", status)
}

// retryAfter is what a receiver asks for by Retry-After, in seconds or as a date (RFC 9110, 10.2.3), up to a week.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) { // then it is the nearest that there is
		return time.Duration(max(0, min(seconds, int64(askedMost/time.Second)))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), askedMost))
	}
	return 0
}

// broken tells why there was no answer, in words that give away nothing of the network that we are in.
func broken(err error) tenants.Attempt {
	resolve, refused := (*net.DNSError)(nil), tenants.Attempt{Outcome: tenants.Unreachable}
	certificate := (*tls.CertificateVerificationError)(nil)
	errno := syscall.Errno(0)
	switch {
	case errors.Is(err, egress.ErrForbidden):
		return tenants.Attempt{Outcome: tenants.AddressForbidden, Message: "the host's address is not on the public internet, or is not encrypted; webhooks don't go there"}
	case errors.As(err, &resolve):
		refused.Message = "the host's name can't be resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return tenants.Attempt{Outcome: tenants.TimedOut, Message: "there was no answer within 10 s"}
	case errors.As(err, &certificate):
		why := certificate.Err.Error() // with names that the receiver chose
		refused.Message = "the receiver's certificate is not to be trusted: " + why[:min(len(why), reasonMost)]
	case errors.As(err, &errno):
		refused.Message = "the connection did not come to be, or broke: " + errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		refused.Message = "the receiver hung up without an answer"
	default:
		refused.Message = "the receiver did not answer as a web server does"
	}
	return refused
}
