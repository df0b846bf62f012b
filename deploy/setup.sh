#!/usr/bin/env bash
# Installs what Longhouse needs and this machine lacks, and says so. Quick when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$1"; }
fail() { printf 'setup: %s\n' "$1" >&2; exit 1; }

command -v go >/dev/null || fail "Go is missing: install Go 1.21 or newer (the version that go.mod names comes by itself)"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || fail "installing $* needs root or sudo, and this machine has neither"
  sudo "$@"
}

# PostgreSQL 15 or newer: only its programs. Debian's own cluster is not wanted, and not made.
newest_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
bin=$(newest_postgres)
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ] || ! as_number=$(basename "$(dirname "$bin")") || [ "$as_number" -lt 15 ]; then
  command -v apt-get >/dev/null || fail "PostgreSQL 15 or newer is missing, and this machine has no apt-get to install it with"
  say "installing the Debian packages postgresql and postgresql-contrib"
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql postgresql-contrib >/dev/null
fi

# terraform 1.11 or newer, or OpenTofu 1.11 or newer, which is built from the Go module proxy where neither is.
recent() {
  command -v "$1" >/dev/null || return 1
  local version
  # OpenTofu may print warnings before its version.
  version=$(CHECKPOINT_DISABLE=1 "$1" version 2>/dev/null | sed -n 's/^\(Terraform\|OpenTofu\) v\([0-9.]*\).*/\2/p')
  [ -n "$version" ] && [ "$(printf '%s\n1.11.0\n' "$version" | sort -V | head -n 1)" = 1.11.0 ]
}
if ! recent terraform && ! recent tofu && ! recent "$PWD/bin/tofu"; then
  say "there is no terraform >= 1.11"
  deploy/tofu.sh
fi
