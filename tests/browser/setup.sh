#!/usr/bin/env bash
# Sets up what the browser check needs besides Chromium: axe-core from npm, as its lock file names it.
# Does nothing when that is there already.
set -euo pipefail
cd "$(dirname "$0")"

if ! cmp --silent package-lock.json node_modules/.from; then
    npm ci --ignore-scripts --no-audit --no-fund --silent
    cp package-lock.json node_modules/.from
fi
