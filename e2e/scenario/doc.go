// Package scenario plays the main job from end to end with the official client, and tries to cross the borders between
// two workspaces. It holds only tests.
package scenario
