package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// nameForm is short, as the socket's path holds it: a word, and what tells one of several from the others.
var nameForm = regexp.MustCompile(`^[a-z]{1,8}(-[a-z0-9]{1,3})?$`)

// mostUnnamed is how many processes of the same roles find a name on one machine without being given one.
const mostUnnamed = 999

// takeName returns the name under which this process is asked for its figures and its health, and the file that holds it until
// it is closed. A name that was given is shared with whoever has it: the one takes the other's place. Otherwise it is the first
// that nobody has.
func takeName(layout datadir.Layout, given string, roles []Role) (name string, held *os.File, err error) {
	if given != "" {
		if !nameForm.MatchString(given) {
			return "", nil, fmt.Errorf("name %q: must be up to 8 small letters, for one of several followed by a number or letters, as in worker-2 or worker-b", given)
		}
		held, err = hold(layout, given, syscall.LOCK_SH)
		if errors.Is(err, syscall.EWOULDBLOCK) { // somebody found it free, and has to go without
			err = nil
		}
		return given, held, err
	}
	family := "worker"
	if slices.Contains(roles, API) {
		family = "control"
	}
	for n := 1; n <= mostUnnamed; n++ {
		name := family
		if n > 1 {
			name = fmt.Sprintf("%s-%d", family, n)
		}
		held, err := hold(layout, name, syscall.LOCK_EX)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return name, held, err
		}
	}
	return "", nil, fmt.Errorf("%d processes of this machine are called %s already; give this one a name of its own", mostUnnamed, family)
}

// hold locks a name. The kernel lets go of it when the process ends, however it ends.
func hold(layout datadir.Layout, name string, how int) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(layout.RolesDir(), name+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take a name: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("take the name %s: %w", name, err)
	}
	return file, nil
}
