#!/usr/bin/env bash
# Installs what the tests need from the system's packages: redis-server, PostgreSQL, chromium, docker-compose.
set -euo pipefail
missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
# Reads deploy/compose.yaml without an engine; docker's own plugin does too.
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
[ ${#missing[@]} -eq 0 ] && exit 0
echo "== installing ${missing[*]} from the system's packages"
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "ngozi: the tests need ${missing[*]}; expected root or sudo to install them (or install them by hand)" >&2; exit 2; }
    sudo=sudo
fi
command -v apt-get >/dev/null || {
    echo "ngozi: the tests need ${missing[*]}; expected a system with apt-get (or install them by hand)" >&2; exit 2; }
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq >/dev/null
$sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
    echo "ngozi: 'apt-get install ${missing[*]}' failed; expected the system's packages to be reachable" >&2; exit 2; }
