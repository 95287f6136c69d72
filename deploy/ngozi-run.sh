#!/usr/bin/env bash
# Runs a command with Ngozi's settings, as Ngozi's user, on a machine with the systemd units:
#   sudo deploy/ngozi-run.sh ngozi check
#   sudo deploy/ngozi-run.sh /opt/ngozi/deploy/backup.sh /var/backups/ngozi
set -euo pipefail
[ $# -gt 0 ] || { echo "ngozi: no command; expected e.g. 'ngozi-run.sh ngozi check'" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "ngozi: run by user $(id -un); expected root (sudo)" >&2; exit 2; }
exec systemd-run --quiet --wait --collect --pipe --uid=ngozi --gid=ngozi \
    --property=EnvironmentFile=/etc/ngozi/ngozi.env --property=WorkingDirectory=/var/lib/ngozi \
    --property=UMask=0077 --property=NoNewPrivileges=yes \
    --setenv=PATH=/opt/ngozi/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    /usr/bin/env -- "$@"
