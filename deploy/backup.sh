#!/usr/bin/env bash
# Copies everything Ngozi keeps into a new folder under DEST, while it runs:
#   backup.sh DEST [--with-key]
# The database first, the photographs after it: every photograph the copied rows name is then in the copy.
# --with-key puts the master key beside them. Without it (better) keep NGOZI_SECRET_KEY somewhere else, for without
# the key no photograph opens. The settings come from the environment (ngozi-run.sh gives them).
set -euo pipefail
umask 077
dest=${1:?folder for backups}
with_key=${2:-}
[ -z "$with_key" ] || [ "$with_key" = --with-key ] || { echo "ngozi: '$with_key'; expected --with-key or nothing" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
places=$("$python" "$here/place.py")
eval "$places"

final=$dest/ngozi-$(date -u +%Y%m%dT%H%M%SZ)
part=$final.part
mkdir -p "$dest"
mkdir "$part"
trap 'rm -rf "$part"' EXIT

if [ "$kind" = sqlite ]; then
    [ -f "$sqlite" ] || { echo "ngozi: no database at '$sqlite'; expected the file NGOZI_DATABASE_URL names" >&2; exit 2; }
    # VACUUM INTO: one consistent state, also while others write; a plain copy of the file would not be.
    "$python" - "$sqlite" "$part/database.sqlite3" <<'PY'
import sqlite3, sys
source = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True, timeout=30)
source.execute("VACUUM INTO ?", (sys.argv[2],))
source.close()
copy = sqlite3.connect(sys.argv[2])
(said,) = copy.execute("PRAGMA integrity_check").fetchone()
copy.close()
sys.exit(0 if said == "ok" else f"ngozi: the copy of the database is damaged ({said})")
PY
else
    pg_dump --format=custom --no-owner --no-privileges --file "$part/database.dump"
fi

mkdir "$part/media" "$part/spool"
copy() { # FROM TO: what vanishes meanwhile was erased or drained, and may
    [ -d "$1" ] || return 0
    find "$1" -maxdepth 1 -type f ! -name '*.part' -print0 | while IFS= read -r -d '' file; do
        cp -p "$file" "$2/" 2>/dev/null || [ ! -e "$file" ] || { echo "ngozi: '$file' cannot be copied" >&2; exit 1; }
    done
}
if [ -n "$media" ]; then copy "$media" "$part/media"
else echo "photographs are not in a folder: back the bucket up by its own means (versions, replication)"; fi
copy "$spool" "$part/spool"

if [ -n "$with_key" ]; then
    if [ -n "${NGOZI_SECRET_KEY:-}" ]; then printf '%s\n' "$NGOZI_SECRET_KEY" > "$part/secret_key"
    else cp -p "$key_file" "$part/secret_key"; fi
else
    echo "the master key is not in this backup: keep NGOZI_SECRET_KEY (or $key_file) somewhere else"
fi

(cd "$part" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
sync "$part" 2>/dev/null || sync
mv "$part" "$final"
trap - EXIT
echo "$final"
