#!/bin/sh
# Installs the Debian packages given as arguments (without any: those of packages.txt) that are not there yet.
# Asks nothing; says what it installs; does nothing when all are there. Where there is no dpkg it names them and goes on.
set -eu

packages=${*:-$(cat "$(dirname "$0")/packages.txt")}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: not a Debian system; these packages, or what your system calls them, must be installed:"
  echo $packages
  exit 0
fi

missing=
for package in $packages; do
  status=$(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "setup: packages are missing, and neither root nor a sudo without password is at hand. Run:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
  fi
  as_root="sudo -n"
fi
echo "setup: installing$missing"
$as_root apt-get -qq update
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing >/dev/null
