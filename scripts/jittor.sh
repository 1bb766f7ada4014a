#!/bin/sh
# Sets up Jittor for `make bench`: in a Python environment of its own, since it wants an older NumPy than the other peers,
# with Debian's oneDNN where it looks for a download of its own. Does nothing when all is there; a failure is one line.
set -eu

here=$(dirname "$0")
venv=${XDG_CACHE_HOME:-$HOME/.cache}/cgan_jit/jittor
onednn=$HOME/.cache/jittor/mkl/dnnl_lnx_2.2.0_cpu_gomp # the name that Jittor 1.3.11 asks for
log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() {
  "$@" >"$log" 2>&1 || fail "$* failed: $(tail -n 1 "$log")"
}

fail() {
  echo "jittor: $*; the bench goes on without it" >&2
  exit 1
}

has_jittor() {
  "$venv/bin/python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('jittor') is None)" 2>/dev/null
}

install() {
  echo "jittor: installing it into $venv; it compiles itself when it first starts, which takes minutes" >&2
  quietly /usr/bin/python3 -m venv "$venv" # the Python whose headers python3-dev has
  quietly "$venv/bin/python" -m pip install --quiet --disable-pip-version-check jittor==1.3.11
}

# Its sources include <dnnl.hpp>, which Debian has in /usr/include, but are linked with oneDNN under its former name.
link_onednn() {
  library=$(g++ -print-file-name=libdnnl.so.2)
  [ -f "$library" ] || fail "there is no libdnnl.so.2"
  quietly mkdir -p "$onednn/include" "$onednn/lib"
  quietly ln -sf "$library" "$onednn/lib/libmkldnn.so"
}

quietly "$here/setup.sh" libdnnl-dev python3-dev python3-venv
has_jittor || install
[ -f "$onednn/lib/libmkldnn.so" ] || link_onednn
