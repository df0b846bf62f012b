#!/usr/bin/env bash
# Lets each fuzz target of this module look for as long, or at as many inputs, as its argument says: 20s, 500x. All get their turn; at the
# end those that found something are named.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz
found=()

# look runs one target. It is built once for all targets of its package. To make an input that is new shorter would take a minute each.
look() { # folder target
  (cd "$1" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$time" -test.fuzzminimizetime 1s -test.fuzzcachedir "$cache/$1") </dev/null 2>&1 | tee "$work/said"
}

# outOfTime is whether nothing went wrong but that the fuzzer took the end of its time for a failure: https://go.dev/issue/75804, which
# Go 1.27 mends.
outOfTime() {
  [ "$(grep -cE '^ +[^ ]' "$work/said")" = 1 ] && grep -qE '^ +context deadline exceeded$' "$work/said" && ! grep -q 'Failing input' "$work/said"
}

time=$1
for folder in $(git grep --untracked -lE '^func Fuzz' -- '*_test.go' ':!e2e' | xargs -n1 dirname | sort -u); do
  go test -c -fuzz . -o "$work/fuzz.test" "./$folder"
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9]*)\(.*/\1/p' "$folder"/*_test.go); do
    echo "$folder $target"
    look "$folder" "$target" || outOfTime || found+=("$folder/$target")
  done
done
if [ ${#found[@]} -gt 0 ]; then
  echo "these found something: ${found[*]}"
  exit 1
fi
