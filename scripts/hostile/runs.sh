# What ends a run: kills, errors of system calls, signals, a second run over the same folder.

# Killed at random moments, some with a cold cache, some as process 1 of a container of their own, some killed twice.
group_kills() {
  local round pid how time run=$work/run first=0
  for ((round = 1; round <= rounds; ++round)); do
    rm -rf "$run"
    how=() time=$warm_time
    if ((round % 5 == 0)) && unshare -pf true 2>/dev/null; then how=(unshare -pf --kill-child); fi
    if ((round % 4 == 0)); then
      rm -rf "$work/cold"
      XDG_CACHE_HOME=$work/cold time=$cold_time
    fi
    "${how[@]}" "$program" train $options --out "$run" >"$work/log" 2>&1 &
    pid=$!
    random_pause $time
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -e "$run/checkpoints/last" ] || first=$((first + 1))
    if ((round % 3 == 0)) && [ -e "$run/config.json" ]; then
      "${how[@]}" "$program" train --resume "$run" >"$work/log" 2>&1 &
      pid=$!
      random_pause $warm_time
      kill -9 $pid 2>/dev/null
      wait $pid 2>/dev/null
    fi
    finish "$run" "round $round"
    XDG_CACHE_HOME=$work/cache
  done 2>/dev/null
  report "$rounds rounds, $first killed before the first checkpoint"
}

changing_calls="openat creat write pwrite64 writev ftruncate fallocate rename renameat renameat2 link linkat symlink symlinkat unlink
  unlinkat rmdir mkdir mkdirat fchmod chmod fchmodat fsync fdatasync sync_file_range utimensat flock"
# "NAME COUNT": how often the thread that does it most often makes each call that changes files.
counted_calls() {
  local list
  list=$(echo $changing_calls | sed 's/ /,?/g')
  rm -rf "$work/counted" "$work/trace"
  strace -f -o "$work/trace" -e trace="?$list" "$program" train $options --out "$work/counted" >/dev/null 2>&1
  awk '$2 ~ /^[a-z0-9_]+\(/ { split($2, call, "("); n[call[1] " " $1]++ }
       END { for (key in n) { split(key, part, " "); if (n[key] > most[part[1]]) most[part[1]] = n[key] }
             for (name in most) print name, most[name] }' "$work/trace" | sort
}

# Calls FUNCTION NAME WHEN for the first, a middle and the last call of each kind.
at_each_call() {
  local name count when
  while read -r name count; do
    for when in $(printf '%s\n' 1 $(((count + 1) / 2)) "$count" | sort -nu); do "$1" "$name" "$when" </dev/null; done
  done < <(counted_calls)
}

killed_at() {
  local run=$work/run
  rm -rf "$run"
  limited strace -f -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "$program" train $options --out "$run" >"$work/log" 2>&1
  finish "$run" "killed at $1, call $2"
  calls=$((calls + 1))
}

group_syscalls() {
  tool strace strace || return
  calls=0
  at_each_call killed_at 2>/dev/null
  report "$calls kills at chosen calls"
}

# The same places, but the system says no: the run may end, with its own words, and goes on when the trouble is over.
failed_at() {
  local run=$work/run error code
  for error in ENOSPC EIO; do
    rm -rf "$run"
    limited strace -f -o /dev/null -e trace="$1" -e inject="$1:error=$error:when=$2" "$program" train $options --out "$run" >"$work/log" 2>&1
    code=$?
    expect_orderly $code "$error from $1, call $2"
    if [ $code = 0 ]; then expect_reference "$run" "$error from $1, call $2, exit code 0"; else finish "$run" "$error from $1, call $2"; fi
    calls=$((calls + 1))
  done
}

group_errors() {
  tool strace strace || return
  calls=0
  # Failing openat would fail the loader as well.
  changing_calls=${changing_calls/openat /} at_each_call failed_at 2>/dev/null
  report "$calls errors at chosen calls"
}

# Two at once over one folder: one works, the other says one line.
group_twice() {
  local round first second a b count=0 run=$work/run
  for ((round = 0; round < (quick ? 4 : 20); ++round)); do
    rm -rf "$run"
    if ((round % 2)); then
      "$program" train $options --out "$run" >"$work/log" 2>&1 &
      first=$!
      until [ -e "$run/checkpoints/last" ] || ! kill -0 $first; do sleep 0.01; done
      kill -9 $first
      wait $first
      how=(--resume "$run")
    else
      how=($options --out "$run")
    fi
    "$program" train "${how[@]}" >"$work/log1" 2>&1 &
    first=$!
    pause $((round * 20))
    "$program" train "${how[@]}" >"$work/log" 2>&1 &
    second=$!
    wait $first; a=$?
    wait $second; b=$?
    # One may have ended before the other began.
    case "$a $b" in
      "0 2" | "2 0") ;;
      "0 0") ((round % 2)) || deviation "round $round: two trainings with one --out" ;;
      *) deviation "round $round (${how[0]}): exit codes $a and $b" ;;
    esac
    expect_reference "$run" "round $round (${how[0]})"
    count=$((count + 1))
  done 2>/dev/null
  report "$count pairs"
}

group_signals() {
  local signal code want run=$work/run count=0 pid try
  stopped_by() {  # SIGNAL WANTED
    rm -rf "$run"
    "$program" train $options --out "$run" >"$work/log" 2>&1 &
    pid=$!
    pause $((warm_time / 2))
    random_pause $((warm_time / 2 + 1))
    kill -"$1" $pid 2>/dev/null
    wait $pid
    expect_code $? "SIG$1" 0 "$2"
    # Whoever was stopped while it trained says so.
    [ ! -s "$run/losses.csv" ] || grep -qE '^(done|stopped) after' "$work/log" || deviation "SIG$1: ended without a word"
    finish "$run" "SIG$1"
    count=$((count + 1))
  }
  for ((try = 0; try < (quick ? 2 : 10); ++try)); do
    stopped_by HUP 129
    stopped_by INT 130
    stopped_by TERM 143
    rm -rf "$run"
    "$program" train $options --out "$run" 2>"$work/log" | head -c 10 >/dev/null
    code=${PIPESTATUS[0]}
    expect_code "$code" "a closed pipe" 0 141
    finish "$run" "a closed pipe"
    rm -rf "$run"
    "$program" train $options --out "$run" 2>&1 >"$work/log" | true
    code=${PIPESTATUS[0]}
    expect_code "$code" "a closed pipe for errors" 0 141
    finish "$run" "a closed pipe for errors"
    count=$((count + 2))
  done
  # Who ignores the hang-up goes on.
  rm -rf "$run"
  (trap '' HUP; exec "$program" train $options --out "$run") >"$work/log" 2>&1 &
  pid=$!
  pause $((warm_time / 2))
  kill -HUP $pid 2>/dev/null
  wait $pid
  expect_code $? "SIGHUP that is ignored" 0
  expect_reference "$run" "SIGHUP that is ignored"
  report "$((count + 1)) runs"
}
