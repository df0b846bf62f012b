package up

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// readOr reads a secret, or makes it where there is none yet. The file may lie in a folder of the part that needs it:
// no link is followed, as the part, were it taken over, could have other people's secrets given to it.
func readOr(file string, otherwise func() string) (string, error) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if os.IsNotExist(err) {
		return otherwise(), nil
	}
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("read a secret: %s is not an ordinary file", file)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
