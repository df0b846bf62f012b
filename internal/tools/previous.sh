#!/usr/bin/env bash
# Names the release before this one, for e2e/previous: the last commit without the newest migration. Until there are releases
# that is the version that this one's schema has to serve beside it. Run it when a migration has been committed on top of what others have.
set -euo pipefail
cd "$(dirname "$0")/../.."
newest=$(ls tenants/migrations | tail -n 1)
added=$(git log -1 --format=%H --diff-filter=A -- "tenants/migrations/$newest")
if [ -n "$added" ]; then commit=$(git rev-parse "$added^"); else commit=$(git rev-parse HEAD); fi
echo "$commit" >e2e/previous/commit
git log -1 --format="the release before this one: %h %s" "$commit"
