#!/usr/bin/env bash
# Sets up what the tests need besides cargo: moto in a virtual environment, and the managed policies it carries.
# Does nothing when that is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Of two runs at once the second waits for the first.
mkdir -p target
exec 9>target/.setup
if command -v flock >/dev/null; then flock 9; fi

requirements=tests/aws/requirements.txt
.ci/venv .venv "$requirements"

policies=target/managed-policies
if ! cmp --silent "$requirements" "$policies/.from"; then
    rm -rf "$policies"
    .venv/bin/python tests/aws/managed_policies.py "$policies"
    cp "$requirements" "$policies/.from"
fi
