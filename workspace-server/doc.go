// Package workspaceserver is the room of the chat server that every workspace runs. It owns one workspace's
// people, teams, channels, posts and files, and speaks the Mattermost API v4 and its web socket to
// unmodified clients (docs/workspace-api.md). It never knows about tenants, plans or other workspaces; code lives
// in the folders below, one per noun.
package workspaceserver
