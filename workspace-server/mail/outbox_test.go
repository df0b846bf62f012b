package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/internal/testmail"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// office is an outbox with a database, a mail server that can be out of reach, and a clock of its own.
type office struct {
	*Outbox
	t      *testing.T
	caught *testmail.Catcher
	log    bytes.Buffer
	logger *slog.Logger

	mu    sync.Mutex
	at    time.Time
	away  bool
	calls int
}

func setup(t *testing.T) *office {
	t.Helper()
	dsn := testdb.FromTemplate(t, "workspace", func(ctx context.Context, dsn string) error {
		db, err := store.Open(dsn, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(ctx)
		return err
	})
	db, err := store.Open(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	o := &office{t: t, caught: testmail.Catch(t), at: time.Now()}
	o.logger = slog.New(slog.NewTextHandler(&o.log, nil))
	site, _ := url.Parse("https://team.example.com")
	o.Outbox = NewOutbox(db, o.now, config.NewBook(nil, nil, nil, config.Settings{SiteName: "The Shed", SiteURL: site, Dial: o.dial,
		Mail: config.Mail{Server: "mail.invalid:25", Address: "no-reply@example.com"}}, config.Identity{}))
	return o
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

func (o *office) dial(ctx context.Context, network, address string) (net.Conn, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if network != "tcp" || address != "mail.invalid:25" {
		o.t.Errorf("asked for %s %s", network, address)
	}
	if o.away {
		return nil, errors.New("nobody is there")
	}
	return new(net.Dialer).DialContext(ctx, network, o.caught.SMTP)
}

func (o *office) put(letters ...Letter) {
	o.t.Helper()
	err := o.DB.Tx(o.t.Context(), func(q *dbsql.Queries) error {
		var err error
		for _, l := range letters {
			err = errors.Join(err, o.Put(o.t.Context(), q, l))
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// round sends what is due, and answers for how long nothing will be.
func (o *office) round() time.Duration {
	o.t.Helper()
	wait, err := o.SendDue(o.t.Context(), o.logger)
	if err != nil {
		o.t.Fatal(err)
	}
	return wait
}

func TestALetterThatIsTakenBackIsNotSent(t *testing.T) {
	t.Parallel()
	o := setup(t)
	back := errors.New("no")
	if err := o.DB.Tx(t.Context(), func(q *dbsql.Queries) error {
		return errors.Join(o.Put(t.Context(), q, o.Reset("ann@example.com", "x")), back)
	}); !errors.Is(err, back) {
		t.Fatal(err)
	}
	if o.round() != 10*time.Minute || len(o.caught.Inbox("")) != 0 {
		t.Errorf("sent: %+v", o.caught.Inbox(""))
	}
}

func TestAPromisedMailIsTriedEverMoreRarelyUntilItIsSent(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.put(o.Reset("ann@example.com", "the-token"))
	o.away = true
	var waits []time.Duration
	for range 8 {
		wait := o.round()
		if again := o.round(); again > wait || o.calls != len(waits)+1 {
			t.Fatalf("tried %d times, and again in %s", o.calls, again)
		}
		waits = append(waits, wait)
		o.later(time.Hour)
	}
	if waits[0] > 20*time.Second || waits[4] < 2*time.Minute || waits[7] != 10*time.Minute {
		t.Errorf("it waits %v", waits)
	}
	o.away = false
	if o.round(); len(o.caught.Inbox("ann@example.com")) != 1 {
		t.Error("it was not sent once it could be")
	}
	if !strings.Contains(o.log.String(), "mail put off") || strings.Contains(o.log.String(), "the-token") {
		t.Errorf("the log says %s", &o.log)
	}
}

func TestAMailThatCanNotBeSentIsGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.put(o.Reset("ann@example.com", "the-token"))
	o.away = true
	o.later(23 * time.Hour)
	o.round()
	if strings.Contains(o.log.String(), "given up") {
		t.Error("it was given up before")
	}
	o.later(2 * time.Hour)
	if o.round(); !strings.Contains(o.log.String(), "given up") || strings.Contains(o.log.String(), "the-token") {
		t.Errorf("the log says %s", &o.log)
	}
	o.away = false
	o.later(2 * time.Hour)
	if o.round(); len(o.caught.Inbox("")) != 0 {
		t.Error("it was sent after that")
	}
}

// One that the mail server doesn't take keeps no other waiting.
func TestAMailThatIsRefusedKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.put(o.Reset("no address", "x"), o.Reset("ann@example.com", "x"))
	if o.round(); len(o.caught.Inbox("ann@example.com")) != 1 {
		t.Error("the other one was not sent")
	}
}

func TestSeveralInstancesSendEachMailOnce(t *testing.T) {
	t.Parallel()
	o := setup(t)
	const all = 40
	for i := range all {
		o.put(o.Reset(fmt.Sprintf("ann%d@example.com", i), "x"))
	}
	var at sync.WaitGroup
	for range 3 {
		at.Go(func() {
			if _, err := o.SendDue(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	at.Wait()
	got := map[string]int{}
	for _, m := range o.caught.Inbox("") {
		got[m.To[0]]++
	}
	if len(got) != all || o.calls != all {
		t.Errorf("%d connections for %d mails to %d people", o.calls, all, len(got))
	}
}

// An instance that dies after it has taken a mail leaves it to the others.
func TestAMailWhoseInstanceDiedIsSentByAnother(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.put(o.Reset("ann@example.com", "x"))
	now := o.now()
	if _, err := o.DB.TakeMail(t.Context(), dbsql.TakeMailParams{Now: now.UnixMilli(), Until: now.Add(Lease).UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	if wait := o.round(); wait > Lease || len(o.caught.Inbox("")) != 0 {
		t.Fatalf("while it may still be sent: %+v, next in %s", o.caught.Inbox(""), wait)
	}
	o.later(Lease)
	if o.round(); len(o.caught.Inbox("ann@example.com")) != 1 {
		t.Error("nobody sent it")
	}
}

func TestAMailIsSentAsSoonAsItIsPromised(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { o.Run(ctx, slog.New(slog.DiscardHandler)); close(ended) }()
	o.put(o.Reset("ann@example.com", "x"))
	o.Ring()
	o.caught.Await("ann@example.com", 1)
	o.put(o.Reset("ann@example.com", "y"))
	o.Ring()
	o.caught.Await("ann@example.com", 2)
	cancel()
	<-ended
}
