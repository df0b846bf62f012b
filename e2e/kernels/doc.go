// Package kernels boots Debian's kernels in an emulator, with cgroup v2 alone as Debian mounts it, and runs the tests of the
// process engine there. The machine that a test runs on has one kernel and one layout of groups; customers have others.
package kernels
