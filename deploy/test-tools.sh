#!/usr/bin/env bash
# Puts programs that only tests need into bin/, where the machine has none of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

# promtool is in Debian's package of Prometheus; unpacking it starts no server and needs no root.
if ! command -v promtool >/dev/null && [ ! -x bin/promtool ]; then
  printf 'test-tools: unpacking promtool from the Debian package prometheus\n'
  mkdir -p bin
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  (cd "$folder" && { apt-get -o APT::Sandbox::User=root download -qq prometheus || { apt-get update -qq && apt-get -o APT::Sandbox::User=root download -qq prometheus; }; } >/dev/null && dpkg-deb -x prometheus_*.deb .)
  install -m 755 "$folder/usr/bin/promtool" bin/promtool
fi

# What docs/restore-by-hand.md has an operator install, whose commands a test runs.
missing=()
for tool in age zstd jq rclone curl xxd; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
  printf 'test-tools: installing the Debian packages %s\n' "${missing[*]}"
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
