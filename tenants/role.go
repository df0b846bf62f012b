package tenants

import "slices"

// Role is what a member is to a tenant.
type Role string

// The roles.
const (
	// Owner may do everything, also give the tenant to others.
	Owner Role = "owner"
	// Admin runs the workspaces and invites people.
	Admin Role = "admin"
	// Billing sees what is used and pays for it.
	Billing Role = "billing"
	// Security sees who did what, and sets who may come in.
	Security Role = "security"
	// Auditor sees everything and changes nothing.
	Auditor Role = "auditor"
)

// Roles lists all of them.
var Roles = []Role{Owner, Admin, Billing, Security, Auditor}

// Permission is one thing that a principal may do within a tenant.
type Permission string

// The permissions.
const (
	// ReadTenant: see the tenant, its workspaces and their operations.
	ReadTenant Permission = "tenant:read"
	// ReadMembers: see who is in the tenant.
	ReadMembers Permission = "members:read"
	// WriteMembers: invite, change and remove members.
	WriteMembers Permission = "members:write"
	// CreateWorkspace: ask for a new workspace.
	CreateWorkspace Permission = "workspaces:create"
	// OperateWorkspace: start and stop a workspace.
	OperateWorkspace Permission = "workspaces:operate"
	// OpenWorkspace: be signed in to a workspace as its system admin.
	OpenWorkspace Permission = "workspaces:open"
	// DeleteWorkspace: delete a workspace and all of its data.
	DeleteWorkspace Permission = "workspaces:delete"
	// ReadCertificates: see the certificates of what was deleted.
	ReadCertificates Permission = "certificates:read"
	// WriteTokens: make, list and revoke API tokens of the tenant.
	WriteTokens Permission = "tokens:write"
	// ReadAudit: see who did what.
	ReadAudit Permission = "audit:read"
	// ReadWebhooks: see webhooks, and what was delivered.
	ReadWebhooks Permission = "webhooks:read"
	// WriteWebhooks: make, change, test and remove webhooks, and have events delivered again.
	WriteWebhooks Permission = "webhooks:write"
	// ReadIPFilter: see from where a workspace may be reached, and who set that.
	ReadIPFilter Permission = "ip-filter:read"
	// WriteIPFilter: set from where a workspace may be reached.
	WriteIPFilter Permission = "ip-filter:write"
	// BreakTheGlass: get back in for an hour, where an IP filter shuts its owner out.
	BreakTheGlass Permission = "ip-filter:break-glass"
	// ReadDomains: see by which domains a workspace is reached, and what their records have to be.
	ReadDomains Permission = "domains:read"
	// WriteDomains: add and remove domains, and choose the primary one.
	WriteDomains Permission = "domains:write"
	// ReadBackups: see which backups of a workspace there are.
	ReadBackups Permission = "backups:read"
	// WriteBackups: have a workspace backed up.
	WriteBackups Permission = "backups:write"
)

// Permissions lists all of them; an API token's scopes are a choice of these.
var Permissions = []Permission{
	ReadTenant, ReadMembers, WriteMembers, CreateWorkspace, OperateWorkspace, OpenWorkspace, DeleteWorkspace,
	WriteTokens, ReadAudit, ReadCertificates, ReadWebhooks, WriteWebhooks,
	ReadIPFilter, WriteIPFilter, BreakTheGlass, ReadDomains, WriteDomains, ReadBackups, WriteBackups,
}

var granted = map[Role][]Permission{
	Owner: Permissions,
	Admin: {ReadTenant, ReadMembers, WriteMembers, CreateWorkspace, OperateWorkspace, OpenWorkspace, WriteTokens,
		ReadAudit, ReadWebhooks, WriteWebhooks, ReadIPFilter, WriteIPFilter, ReadDomains, WriteDomains, ReadBackups, WriteBackups},
	Billing:  {ReadTenant, ReadMembers},
	Security: {ReadTenant, ReadMembers, ReadAudit, ReadCertificates, ReadIPFilter, WriteIPFilter, ReadDomains, ReadBackups},
	Auditor:  {ReadTenant, ReadMembers, ReadAudit, ReadCertificates, ReadWebhooks, ReadIPFilter, ReadDomains, ReadBackups},
}

// rolesThatMay lists the roles that grant the permission.
func rolesThatMay(p Permission) (list []Role) {
	for _, r := range Roles {
		if r.May(p) {
			list = append(list, r)
		}
	}
	return list
}

// May reports whether the role grants the permission.
func (r Role) May(p Permission) bool { return slices.Contains(granted[r], p) }
