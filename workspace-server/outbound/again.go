package outbound

import (
	"errors"
	"net"
	"net/http"
)

// Again reports whether a call that had this answer, or this error, is worth another try: the program says that it has failed, was not connected to,
// or broke off. Not where it has the call and is slow, says too much, or may not be reached.
func Again(answer Answer, err error) bool {
	var (
		unconnected *unconnectedError
		slow        net.Error
	)
	switch {
	case err == nil:
		return answer.Status >= http.StatusInternalServerError
	case errors.Is(err, ErrForbidden), errors.Is(err, errLong), errors.Is(err, errNowhere):
		return false
	case errors.As(err, &unconnected):
		return true
	}
	return !errors.As(err, &slow) || !slow.Timeout()
}
