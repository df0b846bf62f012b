package process

import "time"

// Looking at an instance's files takes no more than a twentieth of one processor, and happens at least every lookWithin.
const (
	lookShare  = 20
	lookWithin = 30 * time.Second
)

// pace spreads looks by what they cost. Only one look at a time may use it.
type pace struct{ next time.Time }

func (p *pace) due(now time.Time) bool { return !now.Before(p.next) }

func (p *pace) took(began, ended time.Time) {
	p.next = ended.Add(min(lookShare*ended.Sub(began), lookWithin))
}
