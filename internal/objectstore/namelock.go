package objectstore

import "sync"

// nameLocks are locks by name. Names never share one, so that a long operation delays nobody else. Who needs the lock of
// an upload and that of its object takes them in this order.
type nameLocks struct {
	mu    sync.Mutex
	locks map[string]*nameLock
}

type nameLock struct {
	sync.Mutex
	users int // who hold it or wait for it; guarded by nameLocks.mu
}

// lock waits for the lock of that name and returns what gives it back.
func (n *nameLocks) lock(name string) (unlock func()) {
	n.mu.Lock()
	l := n.locks[name]
	if l == nil {
		if n.locks == nil {
			n.locks = map[string]*nameLock{}
		}
		l = &nameLock{}
		n.locks[name] = l
	}
	l.users++
	n.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		n.mu.Lock()
		defer n.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(n.locks, name)
		}
	}
}
