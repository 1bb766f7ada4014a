# Where a run writes: modes, disks, devices, closed descriptors, file systems without links.

group_umask() {
  local mask round run count=0 wrong
  for mask in 000 002 022 027 077; do
    export XDG_CACHE_HOME=$work/masked
    rm -rf "$XDG_CACHE_HOME"
    for round in 1 2; do
      run=$work/run
      rm -rf "$run"
      (umask $mask && train "$run")
      expect_code $? "umask $mask, run $round" 0
      ! grep -qiE 'warning|other users|cannot' "$work/log" || deviation "umask $mask, run $round: a warning"
      expect_reference "$run" "umask $mask, run $round"
      wrong=$(find "$run" \( -type f ! -perm $(printf '%o' $((0666 & ~0$mask))) \) -o \( -type d ! -perm $(printf '%o' $((0777 & ~0$mask))) \))
      [ -z "$wrong" ] || deviation "umask $mask, run $round: modes of $(modes "$run" | tr '\n' ' ')"
      wrong=$(find "$XDG_CACHE_HOME/cgan_jit" -perm /022 -o -type d ! -perm 700)
      [ -z "$wrong" ] || deviation "umask $mask, run $round: modes in the cache: $wrong"
      count=$((count + 1))
    done
  done
  export XDG_CACHE_HOME=$work/cache
  report "$count runs"
}

group_disks() {
  as_root || return
  local kb run=$work/disk/run count=0 step=12
  [ -n "$quick" ] && step=96
  if ! disk "$work/disk" 64; then skip "no tmpfs can be mounted here"; return; fi
  undisk "$work/disk"
  for ((kb = 4; kb < 400; kb += step)); do
    disk "$work/disk" $kb
    train "$run"
    code=$?
    expect_orderly $code "a disk of $kb KB"
    [ $code = 0 ] || expect_code $code "a disk of $kb KB" 1
    mount -o remount,size=64m "$work/disk"
    finish "$run" "a disk of $kb KB, then a larger one"
    undisk "$work/disk"
    count=$((count + 1))
  done
  # The cache's disk is full, from the start or soon.
  for kb in 4 16 64; do
    disk "$work/disk" $kb
    XDG_CACHE_HOME=$work/disk train "$work/run-$kb"
    expect_code $? "a cache on a disk of $kb KB" 0
    expect_reference "$work/run-$kb" "a cache on a disk of $kb KB"
    undisk "$work/disk"
    count=$((count + 1))
  done
  # Nothing may be written.
  disk "$work/disk" 65536
  train "$run"
  mount -o remount,ro "$work/disk"
  train "$work/disk/new"
  expect_code $? "a new run on a read-only disk" 1 2
  [ "$(wc -l <"$work/log")" = 1 ] || deviation "a new run on a read-only disk: more than one line"
  resume "$run" --steps 50
  code=$?
  expect_orderly $code "--resume on a read-only disk"
  expect_code $code "--resume on a read-only disk" 1 2
  XDG_CACHE_HOME=$work/disk train "$work/run-ro"
  expect_code $? "a cache on a read-only disk" 0
  expect_reference "$work/run-ro" "a cache on a read-only disk"
  undisk "$work/disk"
  report "$((count + 3)) runs"
}

# What --out and standard output may be besides files.
group_targets() {
  local graph=$source_dir/tests/fuzz/corpus/graph/add.ir count=0 sample
  sample="$program sample --run $work/reference --digits 12"
  $sample --out "$work/strip.png" >"$work/log" 2>&1 || deviation "sample: exit code $?"
  ln -sf strip2.png "$work/link.png"
  : >"$work/strip2.png"
  $sample --out "$work/link.png" >"$work/log" 2>&1 || deviation "sample through a link: exit code $?"
  [ -L "$work/link.png" ] && cmp -s "$work/strip.png" "$work/strip2.png" || deviation "sample through a link: the link was not followed"
  mkfifo "$work/pipe"
  timeout 60 cat "$work/pipe" >"$work/piped.png" &
  timeout 60 $sample --out "$work/pipe" >"$work/log" 2>&1 || deviation "sample into a pipe: exit code $?"
  [ -p "$work/pipe" ] || { deviation "sample into a pipe: the pipe is gone"; kill $! 2>/dev/null; }
  wait $!
  cmp -s "$work/strip.png" "$work/piped.png" || deviation "sample into a pipe: other bytes than in a file"
  count=3
  if as_root && mknod "$work/null" c 1 3 2>/dev/null && mknod "$work/full" c 1 7; then
    $sample --out "$work/null" >"$work/log" 2>&1 || deviation "sample into a null device: exit code $?"
    [ -c "$work/null" ] || deviation "sample into a null device: the device is gone"
    $sample --out "$work/full" >"$work/log" 2>&1
    expect_code $? "sample into a full device" 1
    [ -c "$work/full" ] || deviation "sample into a full device: the device is gone"
    count=$((count + 2))
  fi
  : >"$work/log"
  "$program" opt "$graph" >/dev/full 2>"$work/log"
  expect_code $? "opt into a full disk" 1
  "$program" opt --interpret --run "$graph" >/dev/full 2>"$work/log"
  expect_code $? "opt --run into a full disk" 1
  "$program" train --help >/dev/full 2>"$work/log"
  expect_orderly $? "--help into a full disk"
  "$program" train $options --out "$work/run-full" >/dev/full 2>"$work/log"
  expect_orderly $? "train with its text into a full disk"
  finish "$work/run-full" "train with its text into a full disk"
  report "$((count + 4)) runs"
}

group_descriptors() {
  local set code count=0 run=$work/run
  for set in 0 1 2 01 02 12 012; do
    rm -rf "$run"
    : >"$work/log"
    (
      case $set in *0*) exec 0<&- ;; esac
      case $set in *1*) exec 1>&- ;; *) exec 1>"$work/log" ;; esac
      case $set in *2*) exec 2>&- ;; *) exec 2>>"$work/log" ;; esac
      exec "$program" train $options --out "$run"
    )
    expect_code $? "closed: $set" 0
    expect_reference "$run" "closed: $set"
    count=$((count + 1))
  done
  report "$count sets of closed descriptors"
}

# A file system without symbolic links: FAT, and where that cannot be had, a system that refuses to make any.
group_plainfs() {
  local round pid run found how=() what=FAT place=$work/fat
  mkdir -p "$place"
  truncate -s 32M "$work/fat.img"
  if ! { as_root && tool mkfs.vfat dosfstools && mkfs.vfat "$work/fat.img" >/dev/null &&
    mount -o loop "$work/fat.img" "$place" 2>/dev/null && mounts="$place $mounts"; }; then
    skip "no FAT can be mounted here; links are refused by strace instead"
    tool strace strace || return
    how=(strace -D -f -o /dev/null -e trace=symlink,symlinkat -e inject=symlink,symlinkat:error=EPERM) what="refused links"
  fi
  run=$place/run
  for ((round = 0; round < (quick ? 3 : 20); ++round)); do
    rm -rf "$run"
    "${how[@]}" "$program" train $options --out "$run" >"$work/log" 2>&1 &
    pid=$!
    random_pause $((warm_time * 2))
    kill -9 $pid
    wait $pid
    if [ -e "$run/config.json" ]; then set -- --resume "$run"; else set -- $options --out "$run"; fi
    limited "${how[@]}" "$program" train "$@" >"$work/log" 2>&1
    expect_code $? "round $round" 0
    found=$(differences "$run" | grep -v ': last$')
    [ -z "$found" ] || deviation "round $round: $found"
    "$program" sample --run "$run" --digits 1 --out "$place/strip.png" >"$work/log" 2>&1 || deviation "round $round: sample: exit code $?"
  done 2>/dev/null
  report "$round rounds on $what"
}
