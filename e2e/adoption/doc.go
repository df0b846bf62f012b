// Package adoption ends parts of a machine in every way and expects that workspaces go on serving and that the next
// start takes over what is left. It holds only tests.
package adoption
