package accesslog

import (
	"context"
	"errors"
)

const (
	// rawMost, objectsMost and daysMost bound what is looked through for one page.
	rawMost     = 64 << 20
	objectsMost = 600
	daysMost    = 100
	// restarts is how often it is begun anew without having found a line, as what is read is being sorted: that happens once an hour.
	restarts = 3
)

// Page is a part of the lines that a query wants, the last first.
type Page struct {
	Lines []Line
	// Next asks for what is behind; zero: there is nothing. A page may have few lines, or none, and others behind it: what is looked through
	// for one page is bounded.
	Next Key
}

// Read returns a page of at most so many lines.
func (s *Store) Read(ctx context.Context, q Query, most int) (p Page, err error) {
	last, err := s.each(ctx, q, &allowance{raw: rawMost, objects: objectsMost, days: daysMost}, func(e entry) (bool, error) {
		if len(p.Lines) == most {
			return false, nil
		}
		l, err := ParseLine(e.text)
		if err != nil {
			return false, err
		}
		p.Lines = append(p.Lines, l)
		return true, nil
	})
	if err != nil {
		return Page{}, err
	}
	p.Next = last
	return p, nil
}

// Stream calls each with all lines that a query wants, the last first, as JSON without a line feed.
func (s *Store) Stream(ctx context.Context, q Query, each func(line []byte) error) error {
	_, err := s.each(ctx, q, nil, func(e entry) (bool, error) { return true, each(e.text) })
	return err
}

// each calls do with what is wanted until that says false, there is no more, or the allowance is used up; nil is without a bound. All that was not
// given to do is before last; zero: there is none.
func (s *Store) each(ctx context.Context, q Query, a *allowance, do func(entry) (bool, error)) (last Key, err error) {
	for try := 0; ; try++ {
		w, err := s.walk(ctx, q, a)
		if err != nil {
			return Key{}, err
		}
		for {
			e, state, err := w.next(ctx)
			if errors.Is(err, errGone) && try < restarts {
				break // from where it was
			}
			if err != nil || state == nothing {
				return Key{}, err
			}
			if state == spent {
				return w.reached(), nil
			}
			on, err := do(e)
			if err != nil || !on {
				return q.Before, err
			}
			q.Before, try = e.key, 0
		}
	}
}

// allowance is what may be looked through.
type allowance struct{ raw, objects, days int }

func (a *allowance) spent() bool { return a != nil && (a.raw <= 0 || a.objects <= 0 || a.days <= 0) }

func (a *allowance) take(raw, objects, days int) {
	if a != nil {
		a.raw, a.objects, a.days = a.raw-raw, a.objects-objects, a.days-days
	}
}
