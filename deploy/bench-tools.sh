#!/usr/bin/env bash
# Puts what the edge is measured beside into bin/, where the machine has none of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

# Unpacking Debian's package starts no server and needs no root.
if ! command -v nginx >/dev/null && [ ! -x bin/nginx ]; then
  printf 'bench-tools: unpacking nginx from the Debian package nginx\n'
  mkdir -p bin
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  (cd "$folder" && { apt-get -o APT::Sandbox::User=root download -qq nginx || { apt-get update -qq && apt-get -o APT::Sandbox::User=root download -qq nginx; }; } >/dev/null && dpkg-deb -x nginx_*.deb .)
  install -m 755 "$folder/usr/sbin/nginx" bin/nginx
fi
