// Package hostile runs a workspace that attacks everything around it, on a machine where others live, and looks whether
// anything gave way and whether the others noticed. It never says how a border is kept.
package hostile
