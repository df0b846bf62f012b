package ipfilter

import (
	"errors"
	"fmt"
	"slices"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/cidr"
)

// Usable returns f without the rules and exceptions that can't be read, which the error names. f itself, which may be nil, stays as
// it is.
func Usable(f *feed.Filter) (*feed.Filter, error) {
	if f == nil || !slices.ContainsFunc(f.Rules, func(r feed.Rule) bool { return check(r) != nil }) &&
		!slices.ContainsFunc(f.Exceptions, func(e feed.Exception) bool { return checkException(e) != nil }) {
		return f, nil
	}
	var unusable []error
	less := feed.Filter{Open: f.Open}
	for _, r := range f.Rules {
		if err := check(r); err != nil {
			unusable = append(unusable, err)
			continue
		}
		less.Rules = append(less.Rules, r)
	}
	for _, e := range f.Exceptions {
		if err := checkException(e); err != nil {
			unusable = append(unusable, err)
			continue
		}
		less.Exceptions = append(less.Exceptions, e)
	}
	return &less, errors.Join(unusable...)
}

func check(r feed.Rule) error {
	if _, err := cidr.Parse(r.Network); err != nil {
		return fmt.Errorf("rule %.40q of the IP filter lets nobody in: %w", r.ID, err)
	}
	return nil
}
