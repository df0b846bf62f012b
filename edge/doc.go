// Package edge owns the data plane: the only way into a workspace. It listens, finds the route for a host, and hands
// HTTP/1.1 requests and web sockets to the workspace's instance. It learns routes from the control plane's stream and
// keeps them on disk, so that workspaces serve while the control plane is down.
//
// It never speaks SQL, never decides what a workspace's route should be, never trusts an address or a forwarding
// header from outside, and serves nothing that it has no route for.
package edge
