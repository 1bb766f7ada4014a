#!/bin/sh
# Sets up the Python environment of the frameworks that `make bench` compares with, and prints its interpreter's path on
# standard output. Packages that can be imported already are left alone; one that cannot be installed is said in one line, and the
# bench goes on without it.
set -eu

here=$(dirname "$0")
venv=${XDG_CACHE_HOME:-$HOME/.cache}/cgan_jit/peers
python=$venv/bin/python

if [ ! -x "$python" ]; then
  "$here/setup.sh" python3-venv >&2
  echo "peers: making a Python environment in $venv" >&2
  python3 -m venv "$venv" >&2
fi

has() {
  "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"
}

for pair in numpy:numpy PIL:pillow torch:torch jax:jax; do
  module=${pair%%:*} package=${pair##*:}
  has "$module" && continue
  echo "peers: installing $package into $venv" >&2
  "$python" -m pip install --quiet "$package" >&2 || echo "peers: $package cannot be installed" >&2
done
echo "$python"
