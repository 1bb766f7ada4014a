# What the groups share: a run, its law, and how a deviation is told.

deviation() {
  deviations=$((deviations + 1)) group_deviations=$((group_deviations + 1))
  echo "  DEVIATION ($group) $*"
  [ -s "$work/log" ] && grep -v '^  [a-z_0-9]* ' "$work/log" | tail -3 | cut -c1-300 | sed 's/^/    | /'
}
skip() { echo "  !!! SKIPPED ($group): $*"; }
report() { echo "$group: $1, $group_deviations deviations"; }

# Run folders hold nothing that tells them apart.
differences() { diff -rq --no-dereference "$work/reference" "$1" 2>&1 | sed "s|$work/||g"; }
modes() { (cd "$1" && find . -printf '%p %y %m\n' | sort); }
expect_reference() {  # RUN WHAT
  local found
  found=$(differences "$1" | head -5)
  if [ -n "$found" ]; then
    deviation "$2: $found"
    [ ! -e "$1" ] || { mkdir -p "$work/kept" && cp -a "$1" "$work/kept/$group-$deviations"; }
  fi
}
expect_code() {  # CODE WHAT WANTED...
  local code=$1 what=$2 wanted
  shift 2
  for wanted in "$@"; do [ "$code" = "$wanted" ] && return 0; done
  deviation "$what: exit code $code, wanted one of: $*"
  return 1
}
# Ended by itself, with its own words.
expect_orderly() {  # CODE WHAT
  [ "$1" != 124 ] || deviation "$2: hangs"
  [ "$1" -lt 126 ] || deviation "$2: ended by signal $(($1 - 128))"
  ! grep -qE 'terminate called|internal error|what\(\):' "$work/log" || deviation "$2: an exception got out"
}

# Nothing here takes long: what does, hangs.
limited() { timeout -k 5 120 "$@"; }
train() { limited "$program" train $options --out "$1" "${@:2}" >"$work/log" 2>&1; }
resume() { limited "$program" train --resume "$1" "${@:2}" >"$work/log" 2>&1; }
# A run that had no time to write its options has nothing to go on from: it is started again.
finish() {  # RUN WHAT
  if [ -e "$1/config.json" ]; then
    resume "$1"
    expect_code $? "$2: --resume" 0
  else
    train "$1"
    expect_code $? "$2: the same command again" 0
  fi
  expect_reference "$1" "$2"
}
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }
# So many milliseconds at most.
random_pause() { pause $(((RANDOM * 32768 + RANDOM) % $1)); }

as_root() { [ "$(id -u)" = 0 ] || { skip "needs root"; return 1; }; }
tool() {  # COMMAND PACKAGE
  command -v "$1" >/dev/null || scripts/setup.sh "$2" || { skip "$1 is missing"; return 1; }
}
other_user=20001 third_user=20002
as_user() { setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"; }
# A fresh disk of so many KB; false where none can be had.
disk() {  # FOLDER KB
  mkdir -p "$1" && mount -t tmpfs -o "size=${2}k,mode=755" tmpfs "$1" 2>/dev/null && mounts="$1 $mounts"
}
undisk() { umount -l "$1"; }
