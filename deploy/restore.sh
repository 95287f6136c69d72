#!/usr/bin/env bash
# Puts a backup back where the settings say, on a machine where nothing of Ngozi runs:
#   restore.sh BACKUP
# Overwrites nothing: the database must be absent (SQLite) or empty (PostgreSQL), the photograph folder without a file
# of another content. Afterwards run 'ngozi migrate', 'ngozi check', and start.
set -euo pipefail
umask 077
backup=${1:?folder of one backup (ngozi-...)}
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
[ -f "$backup/SHA256SUMS" ] || { echo "ngozi: '$backup' has no SHA256SUMS; expected a folder that backup.sh made" >&2; exit 2; }
(cd "$backup" && sha256sum --check --quiet --strict SHA256SUMS) || { echo "ngozi: '$backup' is damaged; nothing was restored" >&2; exit 1; }
places=$("$python" "$here/place.py")
eval "$places"

refuse() { echo "ngozi: $1; nothing was restored" >&2; exit 1; }
if [ "$kind" = sqlite ]; then
    [ -f "$backup/database.sqlite3" ] || refuse "the backup is of PostgreSQL and NGOZI_DATABASE_URL names SQLite"
    for file in "$sqlite" "$sqlite-wal" "$sqlite-shm"; do
        [ ! -e "$file" ] || refuse "'$file' is there already; expected no database (move it away)"
    done
else
    [ -f "$backup/database.dump" ] || refuse "the backup is of SQLite and NGOZI_DATABASE_URL names PostgreSQL"
    tables=$(psql --no-psqlrc --quiet --tuples-only --no-align --command "select count(*) from information_schema.tables where table_schema = 'public'")
    [ "$tables" = 0 ] || refuse "the database has $tables tables; expected an empty one"
fi
put() { # FROM TO: refuses another content under the same name, before anything is written
    for file in "$1"/*; do
        [ -e "$file" ] || continue
        there=$2/$(basename "$file")
        [ ! -e "$there" ] || cmp -s "$file" "$there" || refuse "'$there' is there already with another content"
    done
}
[ -z "$media" ] || put "$backup/media" "$media"
put "$backup/spool" "$spool"
if [ -f "$backup/secret_key" ] && [ -z "${NGOZI_SECRET_KEY:-}" ] && [ -e "$key_file" ]; then
    cmp -s "$backup/secret_key" "$key_file" || refuse "'$key_file' holds another key"
fi

mkdir -p "$home" && chmod 700 "$home"
if [ -n "$media" ]; then
    mkdir -p "$media" && chmod 700 "$media"
    cp -Rp "$backup/media/." "$media/"
fi
mkdir -p "$spool" && chmod 700 "$spool"
cp -Rp "$backup/spool/." "$spool/"
if [ -f "$backup/secret_key" ] && [ -z "${NGOZI_SECRET_KEY:-}" ]; then
    install -m 0600 "$backup/secret_key" "$key_file"
fi
# The database last: while it is missing nothing can start on half a restore.
if [ "$kind" = sqlite ]; then
    mkdir -p "$(dirname "$sqlite")"
    install -m 0600 "$backup/database.sqlite3" "$sqlite"
else
    pg_restore --no-owner --no-privileges --single-transaction --exit-on-error --dbname "$PGDATABASE" "$backup/database.dump"
fi
echo "restored from $backup; next: ngozi migrate, ngozi check, start"
