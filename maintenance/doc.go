// Package maintenance decides when things happen to workspaces: windows, rollouts of releases, backups and how long
// they are kept, exports, and the notices that go before. It never does them: it writes down operations, and the
// provisioner carries them out. It seals the audit trail, and tells the webhooks of tenants what is in it.
package maintenance
