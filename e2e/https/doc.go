// Package https reaches workspaces of a real machine by https, as people do who trust its local authority. It holds only tests.
package https
