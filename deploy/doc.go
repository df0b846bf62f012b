// Package deploy holds what operators put beside Longhouse: the set-up script, alert rules and dashboards. It has no
// code of its own; its tests check the files with the programs that read them.
package deploy
