package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// errLapsed says that the others take this instance for dead.
var errLapsed = errors.New("this instance was not heard of for too long")

// lookWithin bounds whatever is asked of the database: where it doesn't answer it is asked again.
const lookWithin = 5 * time.Second

func within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	return do(ctx)
}

// Begin announces the instance, before it serves anybody: from then on it tells everything to the instances that are there.
func (t *Tap) Begin(ctx context.Context) error {
	t.me, t.looked, t.aloneFrom = id.New(), t.now(), t.now()
	if err := t.db.ForgetInstances(ctx, keep.Milliseconds()); err != nil {
		return fmt.Errorf("forget other instances: %w", err)
	}
	if err := t.beat(ctx); err != nil {
		return err
	}
	rows, err := t.others(ctx)
	if err != nil {
		return err
	}
	c := decide(t.peers, rows, true)
	t.know(c.peers)
	if c.anyone {
		t.fromBirth = true
		return t.begin(ctx)
	}
	return nil
}

// Run tells and hears until the context ends, and says goodbye then.
func (t *Tap) Run(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			t.end(context.WithoutCancel(ctx))
			return
		case <-t.wake:
			err = within(ctx, t.flush)
		case <-t.heard:
			err = within(ctx, t.hear)
		case <-t.hint:
			err = within(ctx, t.look)
		case <-tick.C:
			if t.due() {
				err = within(ctx, t.look)
			}
		}
		if errors.Is(err, errLapsed) {
			t.again()
			err = within(ctx, t.look)
		}
		if err != nil && ctx.Err() == nil {
			t.log.Warn("other instances", "error", err.Error())
		}
	}
}

// due says whether it is time to look: an idle workspace is to be without a database connection.
func (t *Tap) due() bool {
	if t.Together() || t.anew {
		return true
	}
	since := t.now().Sub(t.looked)
	return since >= lookBusy && t.answered() != t.requests || since >= lookQuiet && t.hub.Sockets() > 0
}

func (t *Tap) others(ctx context.Context) ([]dbsql.PeersRow, error) {
	return t.db.Peers(ctx, dbsql.PeersParams{Me: t.me, Lapse: lapse.Milliseconds()})
}

// look says that this instance lives, and finds who else does.
func (t *Tap) look(ctx context.Context) error {
	t.looked, t.requests = t.now(), t.answered()
	if err := errors.Join(t.flush(ctx), t.beat(ctx), t.sweep(ctx)); err != nil {
		return err
	}
	rows, err := t.others(ctx)
	if err != nil {
		return err
	}
	if err := t.pull(ctx); err != nil {
		return err
	}
	c := decide(t.peers, rows, t.anew)
	t.owed, t.anew = t.owed || c.renew || t.anew, false
	t.know(c.peers)
	if c.anyone {
		t.aloneFrom = t.now()
	}
	return t.follow(ctx, c)
}

func (t *Tap) follow(ctx context.Context, c change) (err error) {
	switch together := t.Together(); {
	case c.anyone && !together:
		t.fromBirth = false
		err = t.begin(ctx)
	case !c.anyone && together && t.now().Sub(t.aloneFrom) > lapse:
		err = t.stop(ctx)
	}
	for _, who := range c.gone {
		t.hub.Forget(who)
	}
	if c.met || len(c.gone) > 0 {
		t.hub.Introduce()
	}
	return errors.Join(err, t.settle(ctx)) // after that nobody is connected for a moment
}

// begin is to tell from now on. What happened before that is known to be missing by whoever sees the new era, so it is written down last.
func (t *Tap) begin(ctx context.Context) error {
	t.tell(true)
	t.era++
	if err := t.announce(ctx, t.era); err != nil {
		t.tell(false)
		return err
	}
	ears, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.deafen = stop
	go t.listen(ears)
	return nil
}

// stop is to tell no more, for nobody is there; and first to say so.
func (t *Tap) stop(ctx context.Context) error {
	if err := t.announce(ctx, 0); err != nil {
		return err
	}
	t.tell(false)
	t.deafen()
	return nil
}

func (t *Tap) announce(ctx context.Context, era int64) error {
	return t.db.Beat(ctx, dbsql.BeatParams{ID: t.me, Era: era, FromBirth: t.fromBirth && era > 0, Sent: t.seq})
}

// beat says that this instance lives. One on which others rely must not come back from the dead: they have given it up.
func (t *Tap) beat(ctx context.Context) error {
	if !t.Together() {
		return t.announce(ctx, 0)
	}
	alive, err := t.db.BeatAgain(ctx, dbsql.BeatAgainParams{ID: t.me, Lapse: lapse.Milliseconds()})
	if err == nil && alive == 0 {
		err = errLapsed
	}
	return err
}

// again is to be another that knows nobody, once others gave this instance up.
func (t *Tap) again() {
	t.tell(false)
	t.deafen()
	for who := range t.peers {
		t.hub.Forget(who)
	}
	t.me, t.seq, t.unsent, t.fromBirth, t.anew = id.New(), 0, nil, false, true
	t.know(map[id.ID]peer{})
}

// end tells what is left and says goodbye.
func (t *Tap) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	if t.Together() {
		t.deafen()
	}
	err := t.flush(ctx)
	if err == nil && !t.mute.Load() { // else they have to notice that something is missing
		err = t.db.EndInstance(ctx, t.me)
	}
	if err != nil {
		t.log.Warn("say goodbye to other instances", "error", err.Error())
	}
	t.tell(false)
}

func (t *Tap) sweep(ctx context.Context) error {
	if !t.Together() || t.now().Sub(t.swept) < time.Minute {
		return nil
	}
	t.swept = t.now()
	return t.db.ForgetInstances(ctx, keep.Milliseconds())
}

// hear receives what others tell.
func (t *Tap) hear(ctx context.Context) error {
	if err := t.pull(ctx); err != nil {
		return err
	}
	return t.settle(ctx)
}

// listen has hear called when somebody tells something. While the database can't be listened to, looking is how this is learned.
func (t *Tap) listen(ctx context.Context) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		if err := t.db.Listen(ctx, func() { ring(t.heard) }); ctx.Err() == nil {
			t.log.Warn("listen to other instances", "error", err.Error())
		}
		wait.Reset(beatEvery)
	}
}
