#!/usr/bin/env bash
# Makes a virtual environment and installs Ngozi into it: deploy/install.sh FOLDER EXTRAS
# Says what it is doing; can be run again at any time.
set -euo pipefail
venv=${1:?folder of the virtual environment}
extras=${2:-model}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)

"$python" - <<'PY' || { echo "ngozi: $($python --version 2>&1) found; expected Python 3.11 or newer" >&2; exit 2; }
import sys
sys.exit(sys.version_info < (3, 11))
PY
if [ ! -x "$venv/bin/pip" ]; then
    echo "== making $venv"
    "$python" -m venv "$venv" 2>/dev/null || {
        # Debian keeps venv in a package of its own.
        echo "   installing python3-venv"
        sudo=$([ "$(id -u)" = 0 ] || echo sudo)
        { $sudo apt-get update -qq && $sudo apt-get install -y -qq python3-venv; } >/dev/null || {
            echo "ngozi: cannot make a virtual environment; expected 'apt-get install python3-venv' to work" >&2; exit 2; }
        rm -rf "$venv"
        "$python" -m venv "$venv"
    }
fi
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet --quiet --no-input "$@"; }
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    echo "== installing torch (the largest part; a few minutes on a slow line)"
    pip install torch==2.13.0
fi
echo "== installing Ngozi and what it needs ($extras)"
pip install --constraint "$here/constraints.txt" --editable "$here[$extras]"
