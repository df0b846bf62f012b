package controlplane

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/tenants"
)

const prefix = "/api/v1"

const (
	get    = http.MethodGet
	put    = http.MethodPut
	post   = http.MethodPost
	remove = http.MethodDelete
)

// operationTable is the whole API. Every row says who may call it.
func (s *Server) operationTable() []row {
	return []row{
		{post, "/signup", "sign-up", "Become a customer", public(), http.StatusCreated, call(s.signUp)},
		{post, "/login", "log-in", "Open a session", public(), http.StatusCreated, call(s.login)},
		{post, "/logout", "log-out", "End the session", session(), http.StatusNoContent, call(s.logout)},
		{get, "/me", "get-me", "Who am I", signedIn(), http.StatusOK, call(s.me)},
		{post, "/confirmations", "confirm-email", "Confirm an e-mail address", public(), http.StatusNoContent, call(s.confirm)},
		{post, "/break-glass", "ask-break-glass", "Have links mailed to an owner whom an IP filter shuts out", public(), http.StatusAccepted, call(s.askBreakGlass)},
		{get, "/break-glass/link", "get-break-glass", "What such a link would do", public(), http.StatusOK, call(s.lookThroughGlass)},
		{post, "/break-glass/code", "mail-break-glass-code", "Have the code mailed that a link takes", public(), http.StatusAccepted, call(s.mailBreakGlassCode)},
		{post, "/break-glass/use", "use-break-glass", "Let in for an hour the address that this comes from", public(), http.StatusOK, call(s.useBreakGlass)},
		{get, "/slugs/{slug}", "get-slug", "Is this slug free", public(), http.StatusOK, call(s.slug)},
		{get, "/borders", "list-borders", "Whether workspaces are kept apart", public(), http.StatusOK, call(s.borders)},
		{get, "/regions", "list-regions", "Where data can be kept", public(), http.StatusOK, call(s.regions)},

		{get, "/tenants", "list-tenants", "Tenants that I have a part in", signedIn(), http.StatusOK, call(s.tenants)},
		{get, "/tenants/{tenant}", "get-tenant", "A tenant", inTenant(tenants.ReadTenant), http.StatusOK, call(s.tenant)},
		{put, "/tenants/{tenant}/plan", "set-plan", "Put a tenant on another plan", operator(), http.StatusOK, call(s.setPlan)},
		{get, "/tenants/{tenant}/members", "list-members", "Who is in a tenant", inTenant(tenants.ReadMembers), http.StatusOK, call(s.members)},
		{put, "/tenants/{tenant}/members", "set-member", "Give somebody a role", inTenant(tenants.WriteMembers), http.StatusOK, call(s.setMember)},
		{remove, "/tenants/{tenant}/members/{person}", "remove-member", "Take a role away", inTenant(tenants.WriteMembers), http.StatusNoContent, call(s.removeMember)},
		{get, "/tenants/{tenant}/tokens", "list-tokens", "API tokens of a tenant", inTenant(tenants.WriteTokens), http.StatusOK, call(s.tokens)},
		{post, "/tenants/{tenant}/tokens", "create-token", "Make an API token", inTenant(tenants.WriteTokens), http.StatusCreated, call(s.createToken)},
		{remove, "/tenants/{tenant}/tokens/{token}", "revoke-token", "Make an API token useless", inTenant(tenants.WriteTokens), http.StatusNoContent, call(s.revokeToken)},
		{get, "/tenants/{tenant}/audit-events", "list-audit-events", "Who did what", inTenant(tenants.ReadAudit), http.StatusOK, call(s.auditEvents)},
		{get, "/tenants/{tenant}/audit-report", "verify-audit", "Is a tenant's audit trail as it was written", inTenant(tenants.ReadAudit), http.StatusOK, searching(s, s.verifyTenant)},
		{get, "/tenants/{tenant}/audit-export", "export-audit", "A tenant's audit trail, to be verified without us", inTenant(tenants.ReadAudit), http.StatusOK, stream("application/x-ndjson", s.exportTenant)},
		{get, "/audit-key", "get-audit-key", "The key that signs audit trails", public(), http.StatusOK, call(s.auditKey)},
		{get, "/audit-events", "list-operator-audit-events", "What operators and Longhouse itself did", operator(), http.StatusOK, call(s.operatorEvents)},
		{get, "/audit-report", "verify-all-audit", "Are all audit trails as they were written", operator(), http.StatusOK, searching(s, s.verifyAll)},
		{get, "/audit-export", "export-operator-audit", "The operators' audit trail, to be verified without us", operator(), http.StatusOK, stream("application/x-ndjson", s.exportAll)},

		{get, "/tenants/{tenant}/webhooks", "list-webhooks", "Who is told of a tenant's events", inTenant(tenants.ReadWebhooks), http.StatusOK, call(s.webhooks)},
		{post, "/tenants/{tenant}/webhooks", "create-webhook", "Have events sent to a URL", inTenant(tenants.WriteWebhooks), http.StatusCreated, call(s.createWebhook)},
		{get, "/tenants/{tenant}/webhooks/{webhook}", "get-webhook", "A webhook", inTenant(tenants.ReadWebhooks), http.StatusOK, call(s.webhook)},
		{put, "/tenants/{tenant}/webhooks/{webhook}", "update-webhook", "Change a webhook", inTenant(tenants.WriteWebhooks), http.StatusOK, call(s.updateWebhook)},
		{remove, "/tenants/{tenant}/webhooks/{webhook}", "remove-webhook", "Remove a webhook and its log", inTenant(tenants.WriteWebhooks), http.StatusNoContent, call(s.removeWebhook)},
		{post, "/tenants/{tenant}/webhooks/{webhook}/rotate-secret", "rotate-webhook-secret", "Give a webhook another secret", inTenant(tenants.WriteWebhooks), http.StatusOK, call(s.rotateWebhookSecret)},
		{post, "/tenants/{tenant}/webhooks/{webhook}/test", "test-webhook", "Send a message of no meaning", inTenant(tenants.WriteWebhooks), http.StatusAccepted, call(s.testWebhook)},
		{post, "/tenants/{tenant}/webhooks/{webhook}/replay", "replay-events", "Have everything since a time sent again", inTenant(tenants.WriteWebhooks), http.StatusAccepted, call(s.replayEvents)},
		{get, "/tenants/{tenant}/webhooks/{webhook}/deliveries", "list-deliveries", "What was sent to a webhook, and waits", inTenant(tenants.ReadWebhooks), http.StatusOK, call(s.deliveries)},
		{get, "/tenants/{tenant}/webhooks/{webhook}/deliveries/{delivery}", "get-delivery", "A delivery with its attempts", inTenant(tenants.ReadWebhooks), http.StatusOK, call(s.delivery)},
		{post, "/tenants/{tenant}/webhooks/{webhook}/deliveries/{delivery}/replay", "replay-delivery", "Have one message sent again", inTenant(tenants.WriteWebhooks), http.StatusAccepted, call(s.replayDelivery)},

		{get, "/tenants/{tenant}/workspaces", "list-tenant-workspaces", "Workspaces of a tenant", inTenant(tenants.ReadTenant), http.StatusOK, call(s.tenantWorkspaces)},
		{post, "/tenants/{tenant}/workspaces", "create-workspace", "Make a workspace", inTenant(tenants.CreateWorkspace), http.StatusAccepted, call(s.createWorkspace)},
		{get, "/workspaces", "list-workspaces", "Workspaces of all my tenants", signedIn(), http.StatusOK, call(s.workspaces)},
		{get, "/workspaces/{workspace}", "get-workspace", "A workspace", ofWorkspace(tenants.ReadTenant), http.StatusOK, call(s.workspace)},
		{remove, "/workspaces/{workspace}", "delete-workspace", "Delete a workspace and its data at a date", ofWorkspace(tenants.DeleteWorkspace), http.StatusAccepted, call(s.delete)},
		{post, "/workspaces/{workspace}/undelete", "undelete-workspace", "Bring a workspace back before that date", ofWorkspace(tenants.DeleteWorkspace), http.StatusAccepted, call(s.undelete)},
		{post, "/workspaces/{workspace}/stop", "stop-workspace", "Stop a workspace, keep its data", ofWorkspace(tenants.OperateWorkspace), http.StatusAccepted, call(s.stop)},
		{post, "/workspaces/{workspace}/start", "start-workspace", "Run a stopped workspace", ofWorkspace(tenants.OperateWorkspace), http.StatusAccepted, call(s.start)},
		{post, "/workspaces/{workspace}/hibernate", "hibernate-workspace", "Let a workspace rest that nobody uses; a request wakes it", ofWorkspace(tenants.OperateWorkspace), http.StatusAccepted, call(s.hibernate)},
		{post, "/workspaces/{workspace}/wake", "wake-workspace", "Wake a hibernated workspace", ofWorkspace(tenants.OperateWorkspace), http.StatusAccepted, call(s.wake)},
		{put, "/workspaces/{workspace}/rest", "set-rest", "Set when a workspace hibernates", ofWorkspace(tenants.OperateWorkspace), http.StatusOK, call(s.setRest)},
		{post, "/workspaces/{workspace}/open", "open-workspace", "Be signed in as its first admin", ofWorkspace(tenants.OpenWorkspace), http.StatusOK, call(s.open)},
		{get, "/workspaces/{workspace}/ip-filter", "get-ip-filter", "From where a workspace may be reached", ofWorkspace(tenants.ReadIPFilter), http.StatusOK, call(s.ipFilter)},
		{put, "/workspaces/{workspace}/ip-filter", "set-ip-filter", "Set from where a workspace may be reached", ofWorkspace(tenants.WriteIPFilter), http.StatusOK, roomy(ipFilterMost, call(s.setIPFilter))},
		{post, "/workspaces/{workspace}/ip-filter/confirm", "confirm-ip-filter", "Keep an IP filter that is on trial", ofWorkspace(tenants.WriteIPFilter), http.StatusOK, call(s.confirmIPFilter)},
		{post, "/workspaces/{workspace}/ip-filter/simulate", "simulate-ip-filter", "Whom an IP filter would cut off", ofWorkspace(tenants.WriteIPFilter), http.StatusOK, roomy(ipFilterMost, call(s.simulateIPFilter))},
		{post, "/workspaces/{workspace}/ip-filter/break-glass", "request-break-glass", "Have a link mailed to an owner that lets them in for an hour", ofWorkspace(tenants.BreakTheGlass), http.StatusAccepted, call(s.requestBreakGlass)},
		{get, "/workspaces/{workspace}/ip-filter/activity", "get-ip-activity", "Whom an IP filter let in, and whom it denied", ofWorkspace(tenants.ReadIPFilter), http.StatusOK, call(s.ipActivity)},
		{get, "/workspaces/{workspace}/ip-filter/history", "list-ip-filter-versions", "Who set which IP filter, and why", ofWorkspace(tenants.ReadIPFilter), http.StatusOK, call(s.ipFilterHistory)},
		{get, "/workspaces/{workspace}/access-log", "list-access-log", "What was asked of a workspace, by whom, and how it was answered", ofWorkspace(tenants.ReadAudit), http.StatusOK, call(s.accessLog)},
		{get, "/workspaces/{workspace}/access-log/export", "export-access-log", "A workspace's access log as a stream", ofWorkspace(tenants.ReadAudit), http.StatusOK, stream("application/x-ndjson", s.exportAccessLog)},
		{get, "/workspaces/{workspace}/domains", "list-domains", "By which domains of its own a workspace is reached", ofWorkspace(tenants.ReadDomains), http.StatusOK, call(s.domains)},
		{post, "/workspaces/{workspace}/domains", "add-domain", "Claim a domain for a workspace, and read which records prove it", ofWorkspace(tenants.WriteDomains), http.StatusCreated, call(s.addDomain)},
		{get, "/workspaces/{workspace}/domains/{domain}", "get-domain", "A domain, and what looks at its records found", ofWorkspace(tenants.ReadDomains), http.StatusOK, call(s.domain)},
		{remove, "/workspaces/{workspace}/domains/{domain}", "remove-domain", "Take a domain out of service, and free it", ofWorkspace(tenants.WriteDomains), http.StatusNoContent, call(s.removeDomain)},
		{post, "/workspaces/{workspace}/domains/{domain}/check", "check-domain", "Have a domain's records looked at now", ofWorkspace(tenants.WriteDomains), http.StatusAccepted, call(s.checkDomain)},
		{post, "/workspaces/{workspace}/domains/{domain}/primary", "set-primary-domain", "Send browsers to a domain that come to another name of the workspace", ofWorkspace(tenants.WriteDomains), http.StatusOK, call(s.setPrimaryDomain)},
		{remove, "/workspaces/{workspace}/domains/{domain}/primary", "unset-primary-domain", "Send them there no more", ofWorkspace(tenants.WriteDomains), http.StatusOK, call(s.unsetPrimaryDomain)},
		{get, "/workspaces/{workspace}/backups", "list-backups", "Backups of a workspace", ofWorkspace(tenants.ReadBackups), http.StatusOK, call(s.backups)},
		{post, "/workspaces/{workspace}/backups", "back-up-workspace", "Back a workspace up", ofWorkspace(tenants.WriteBackups), http.StatusAccepted, call(s.backUp)},
		{get, "/workspaces/{workspace}/deletion-certificate", "get-deletion-certificate", "What was removed of a workspace, signed", ofWorkspace(tenants.ReadCertificates), http.StatusOK, call(s.certificate)},
		{get, "/certificate-key", "get-certificate-key", "The key that signs certificates of deletion", public(), http.StatusOK, call(s.certificateKey)},
		{get, "/tls-authority", "get-tls-authority", "The root that signs TLS certificates where no public issuer does", public(), http.StatusOK, call(s.tlsAuthority)},
		{get, "/operations", "list-operations", "Operations of all my tenants", signedIn(), http.StatusOK, call(s.operations)},
		{get, "/operations/{operation}", "get-operation", "An operation with its steps", ofOperation(tenants.ReadTenant), http.StatusOK, call(s.operation)},
		{get, "/operations/{operation}/events", "follow-operation", "An operation's progress, as it happens", ofOperation(tenants.ReadTenant), http.StatusOK, stream("text/event-stream", s.operationEvents)},
		{get, "/operations/{operation}/why-stuck", "why-stuck", "What an operation waits for", ofOperation(tenants.ReadTenant), http.StatusOK, call(s.whyStuck)},
		{post, "/operations/{operation}/cancel", "cancel-operation", "Have an operation taken back", ofOperation(tenants.OperateWorkspace), http.StatusAccepted, call(s.cancel)},
		{post, "/operations/{operation}/retry", "retry-operation", "Make an operation's next attempt now, or ask again for what was taken back", ofOperation(tenants.OperateWorkspace), http.StatusAccepted, call(s.retry)},

		{get, "/cells", "list-cells", "Cells of this installation", operator(), http.StatusOK, call(s.cells)},
		{get, "/cells/{cell}", "get-cell", "A cell and how full it is", operator(), http.StatusOK, call(s.cell)},
		{put, "/cells/{cell}/limits", "limit-cell", "Declare how much a cell has", operator(), http.StatusOK, call(s.limitCell)},
		{post, "/cells/{cell}/open", "open-cell", "Let a cell take new workspaces", operator(), http.StatusOK, call(s.openCell)},
		{post, "/cells/{cell}/close", "close-cell", "Let a cell take no new workspaces for the time being", operator(), http.StatusOK, call(s.closeCell)},
		{post, "/cells/{cell}/drain", "drain-cell", "Let a cell take no new workspaces, to give it up", operator(), http.StatusOK, call(s.drainCell)},
		{post, "/cells", "add-cell", "Write a further cell down, to be planned and applied", operator(), http.StatusCreated, call(s.addCell)},
		{put, "/cells/{cell}", "change-cell", "Change how a cell is reached", operator(), http.StatusOK, call(s.changeCell)},
		{remove, "/cells/{cell}", "remove-cell", "Take a cell back that was never applied", operator(), http.StatusNoContent, call(s.removeCell)},
		{post, "/cells/{cell}/plan", "plan-cell", "Have terraform say what it would change", operator(), http.StatusAccepted, call(s.planCell)},
		{post, "/cells/{cell}/apply", "apply-cell", "Have terraform do exactly what a plan says", operator(), http.StatusAccepted, call(s.applyCell)},
		{post, "/cells/{cell}/drift", "drift-cell", "Have terraform say what somebody else has changed", operator(), http.StatusAccepted, call(s.driftCell)},
		{post, "/cells/{cell}/destroy", "destroy-cell", "Have terraform take a cell away that nobody lives in", operator(), http.StatusAccepted, call(s.destroyCell)},
		{post, "/cells/{cell}/accept-loss", "accept-loss", "Say that what a restore does not find in a cell is gone", operator(), http.StatusOK, call(s.acceptLoss)},
		{post, "/cells/{cell}/give-up", "give-up-cell", "Say that a cell is lost with everything in it", operator(), http.StatusOK, call(s.giveUpCell)},
		{post, "/cells/{cell}/storages/{storage}/discard", "discard-storage", "Remove what a restore has kept aside in a cell, or what no row owns", operator(), http.StatusAccepted, call(s.discardStorage)},
		{get, "/cells/{cell}/runs", "list-cell-runs", "What terraform was asked to do about a cell", operator(), http.StatusOK, call(s.cellRuns)},
		{get, "/cells/{cell}/runs/{run}", "get-cell-run", "A run and its changes", operator(), http.StatusOK, call(s.cellRun)},
		{get, "/edges", "list-edges", "Edges, and whether each has the newest routes", operator(), http.StatusOK, call(s.edges)},
		{post, "/edges/{edge}/fence", "fence-edge", "Let an edge serve nothing", operator(), http.StatusOK, call(s.fenceEdge)},
		{post, "/edges/{edge}/unfence", "unfence-edge", "Let a fenced edge serve again", operator(), http.StatusOK, call(s.unfenceEdge)},
		{get, "/tls-certificates", "list-tls-certificates", "TLS certificates of workspaces, and hosts that get none", operator(), http.StatusOK, call(s.tlsCertificates)},
		{post, "/tls-certificates/{host}/revoke", "revoke-tls-certificate", "Let nobody use a TLS certificate any more", operator(), http.StatusNoContent, call(s.revokeTLS)},
		{get, "/clock", "get-clock", "How far the clock is believed", operator(), http.StatusOK, call(s.clock)},
		{post, "/clock/trust", "trust-clock", "Say that the clock is right", operator(), http.StatusOK, call(s.trustClock)},
		{get, "/releases", "list-releases", "Releases of this installation", operator(), http.StatusOK, call(s.releases)},
	}
}

// plainTable is what is served beside the API. What isn't public answers for its own credentials.
func (s *Server) plainTable() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/":                      s.page("signup.html"),
		"/confirm":               s.page("confirm.html"),
		"/break-glass":           s.page("break-glass.html"),
		"/page/{file}":           s.pageFile,
		healthPath:               s.healthz,
		readyPath:                s.readyz,
		prefix + "/openapi.json": s.document,
		feed.Path:                s.edgeRoutes, // by the edges' token
	}
}
