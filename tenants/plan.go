package tenants

// Plan is what a tenant pays for.
type Plan string

// The plans.
const (
	// Free: small teams, no payment.
	Free Plan = "free"
	// Professional: per user and month.
	Professional Plan = "professional"
	// Enterprise: by contract.
	Enterprise Plan = "enterprise"
)

// Plans lists all of them.
var Plans = []Plan{Free, Professional, Enterprise}

// workspacesAllowed is how many workspaces a tenant of each plan may have at a time.
var workspacesAllowed = map[Plan]int64{Free: 3, Professional: 10, Enterprise: 1000}
