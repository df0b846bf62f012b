package edge

import (
	"errors"
	"net/http"
)

var (
	errNoStatus = errors.New("the instance answered with a status below 100")
	errSwitched = errors.New("the instance switched protocols, which nobody asked for")
)

// sound refuses what no request is answered with: a status that HTTP doesn't have, at which net/http would panic, and a
// switch of protocols, after which the connection would be nobody's.
func sound(res *http.Response) error {
	switch {
	case res.StatusCode < http.StatusContinue:
		return errNoStatus
	case res.StatusCode == http.StatusSwitchingProtocols:
		return errSwitched
	}
	return nil
}
