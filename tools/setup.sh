#!/usr/bin/env bash
# Sets up what a target needs and says what it cannot: a virtual environment always, then what is asked for by name.
#   tools/setup.sh [dev] [node] [browser] [proxies]
# It is quick when nothing changed: each part leaves a stamp of what it was made from.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "setup: $*"; exit 1; }

find_python() {
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "Python 3.11 or newer is needed, and none was found. Next: install one, or name it: PYTHON=/path/to/python3.12 make ..."
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"; else return 1; fi
}

python_part() { # extras
    local stamp=.venv/.made-from want
    want="$(cksum <pyproject.toml) $1"
    if [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null && grep -qxF "$want" "$stamp" 2>/dev/null; then return; fi
    local python
    python="$(find_python)"
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; say "setup: making .venv with $python"; "$python" -m venv .venv ||
        stop "python -m venv failed. Next: install your system's venv package (Debian: apt-get install python3-venv)."; }
    say "setup: installing Python packages (the first time takes a few minutes)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".$1" ||
        stop "pip could not install the packages. Next: read the lines above; the package index must be reachable."
    printf '%s\n' "$want" >>"$stamp"
}

node_part() {
    command -v node >/dev/null && command -v npm >/dev/null || { say "setup: installing Node.js"; as_root sh -c 'apt-get update -qq && apt-get install -y -qq nodejs npm' >/dev/null; } ||
        stop "Node.js 20 is needed to test the tracker. Next: install nodejs and npm (a shop that only runs the server needs neither)."
    local stamp=tracker_js/node_modules/.made-from want
    want="$(cksum <tracker_js/package-lock.json)"
    grep -qxF "$want" "$stamp" 2>/dev/null && return
    say "setup: installing the tracker's build tools"
    (cd tracker_js && npm ci --no-audit --no-fund --loglevel=error) || stop "npm ci failed. Next: read the lines above."
    printf '%s\n' "$want" >"$stamp"
}

browser_part() {
    for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return; done
    say "setup: installing Chromium (about a minute)"
    as_root sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium' >/dev/null ||
        stop "the browser tests need Chromium, and it could not be installed. Next: install it (Debian: apt-get install chromium) or name one: CHROMIUM=/path/to/chrome"
}

proxies_part() {
    command -v nginx >/dev/null && command -v caddy >/dev/null && return
    say "setup: installing nginx and Caddy, for the tests of deploy/"
    # A run level of 1: neither is started. Without them their tests are left out, and everything else is not.
    as_root sh -c 'apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light caddy' >/dev/null 2>&1 ||
        say "setup: they could not be installed, so the recipes in deploy/ are not tested here (Debian: apt-get install nginx-light caddy)"
}

extras=""
for part in "$@"; do [ "$part" = dev ] && extras="[dev]"; done
# What the demo alone needs is part of what the tests need: never install less than is there.
[ -z "$extras" ] && grep -qF "$(cksum <pyproject.toml) [dev]" .venv/.made-from 2>/dev/null && extras="[dev]"
python_part "$extras"
for part in "$@"; do
    case "$part" in
        dev) ;;
        node) node_part ;;
        browser) browser_part ;;
        proxies) proxies_part ;;
        *) stop "unknown part: $part. Next: use dev, node, browser or proxies." ;;
    esac
done
