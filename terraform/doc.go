// Package terraform owns how cells are made: a module per cell type, the provider for what the modules need of
// Longhouse itself, and the runner that plans and applies them. No secret passes through it into terraform, neither as
// an attribute nor as a variable, and it knows no tenant and no workspace.
package terraform
