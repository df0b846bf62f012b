#!/usr/bin/env bash
# Unpacks Debian's kernels, an emulator to boot them in, and a shell for the guest, into bin/kernels. Installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

to=$PWD/bin/kernels
[ ! -e "$to/complete" ] || exit 0
printf 'kernels: unpacking Linux 6.1 and 6.12, qemu and busybox from Debian\n'
rm -rf "$to"
mkdir -p "$to/cache/partial" "$to/root"
apt() { apt-get -qq -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"; }
fetch() { apt -y --no-install-recommends -o Dir::Cache::archives="$to/cache" install --download-only qemu-system-x86 busybox-static linux-image-cloud-amd64 linux-image-6.12-cloud-amd64; }
fetch >/dev/null 2>&1 || { apt update && fetch; } >/dev/null
for package in "$to"/cache/*.deb; do
  dpkg-deb -x "$package" "$to/root"
  rm "$package"
done
touch "$to/complete"
