package tenants

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// byPlan reads what an operator says for tenants of each plan: one value for all plans, values for some of them, or both, as in
// "1h,free=10m". Plans that are left out have the value for all, or the usual one. Kind is what the values are, in a word.
func byPlan[T any](text, kind string, usual map[Plan]T, parse func(string) (T, error)) (map[Plan]T, error) {
	said := maps.Clone(usual)
	named := map[Plan]T{}
	for i, part := range strings.Split(text, ",") {
		plan, value, isNamed := strings.Cut(strings.TrimSpace(part), "=")
		if !isNamed {
			plan, value = "", plan
		}
		read, err := parse(value)
		switch {
		case text == "":
			continue
		case err != nil:
			return nil, err
		case !isNamed && i > 0:
			return nil, fmt.Errorf("%.40q comes after the first part: allowed is one %s for all plans, and then plan=%s", part, kind, kind)
		case !isNamed:
			for _, p := range Plans {
				said[p] = read
			}
		case !slices.Contains(Plans, Plan(plan)):
			return nil, fmt.Errorf("there is no plan %.40q: allowed are %s, %s and %s", plan, Free, Professional, Enterprise)
		default:
			named[Plan(plan)] = read
		}
	}
	maps.Copy(said, named)
	return said, nil
}
