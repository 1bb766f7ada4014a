#!/bin/sh
# Sets up the Python environment of the frameworks that `make bench` compares with, and prints its interpreter's path on
# standard output. Packages that can be imported already are left alone.
set -eu

here=$(dirname "$0")
venv=${XDG_CACHE_HOME:-$HOME/.cache}/cgan_jit/peers
python=$venv/bin/python

if [ ! -x "$python" ]; then
  "$here/setup.sh" python3-venv >&2
  echo "peers: making a Python environment in $venv" >&2
  python3 -m venv "$venv" >&2
fi

missing=
for pair in torch:torch numpy:numpy PIL:pillow jax:jax; do
  "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('${pair%%:*}') is None)" ||
    missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
  echo "peers: installing$missing into $venv" >&2
  "$python" -m pip install --quiet $missing >&2
fi
echo "$python"
