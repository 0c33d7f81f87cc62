#!/usr/bin/env bash
# Sets up what the browser check needs: axe-core from npm, as its lock file names it, and Debian's Chromium where there is no
# browser and packages may be installed. Does nothing when that is there already.
set -euo pipefail
cd "$(dirname "$0")"

if [[ -z "${RULES_BROWSER:-}" ]] && ! command -v chromium google-chrome chromium-browser >/dev/null; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        printf 'no browser: install the package chromium, or name one in RULES_BROWSER\n' >&2
        exit 2
    fi
    apt-get update --quiet
    apt-get install --quiet --yes --no-install-recommends chromium
fi
if ! cmp --silent package-lock.json node_modules/.from; then
    npm ci --ignore-scripts --no-audit --no-fund --silent
    cp package-lock.json node_modules/.from
fi
