package edge

import (
	"context"
	"strings"
	"testing"
	"time"
)

// stalled is a log whose reader does not read.
type stalled struct{ let chan struct{} }

func (s stalled) Write(p []byte) (int, error) {
	<-s.let
	return len(p), nil
}

func TestAccessLinesAreWrittenTogetherAndToTheLast(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	ctx, cancel := context.WithCancel(t.Context())
	begin := func(flush time.Duration) (*accessWriter, chan struct{}) {
		a, done := newAccessWriter(log), make(chan struct{})
		a.flush = flush
		go func() { a.run(ctx); close(done) }()
		return a, done
	}
	prompt, first := begin(time.Millisecond)
	prompt.take(time.Now(), []byte("o"), []byte("ne\n"))
	eventually(t, "the first line", func() bool { return log.String() == "one\n" })
	patient, second := begin(time.Hour)
	patient.take(time.Now(), nil, []byte("two\n"))
	patient.take(time.Now(), nil, []byte("three\n"))
	cancel()
	<-first
	<-second
	if got := log.String(); got != "one\ntwo\nthree\n" {
		t.Errorf("log: %q", got)
	}
}

func TestALogThatNobodyReadsCostsLinesAndNoRequest(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	a := newAccessWriter(stalled{let})
	a.flush, a.most = 0, 100
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.run(ctx); close(done) }()
	line := []byte(strings.Repeat("x", 30) + "\n")
	for a.dropped.Load() == 0 { // ends, as no write waits for the log
		a.take(time.Now(), nil, line)
	}
	close(let)
	cancel()
	<-done
}
