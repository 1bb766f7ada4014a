# Whom a run shares the machine with: other users, limits on threads, memory, descriptors and file sizes.

# Runs as `other_user` with the cache below $work/users/home; says how many kernels came from the cache.
user_train() {
  rm -rf "$work/users/run"
  as_user $other_user env XDG_CACHE_HOME="$work/users/home" "$program" train $options --out "$work/users/run" >"$work/log" 2>&1
}

cached_kernels() { sed -n 's/^compiled for.* kernels, \([0-9]*\) of them cached.*/\1/p' "$work/log"; }
fresh_homes() {
  rm -rf "$work/users/home" "$work/users/theirs"
  mkdir -m 755 "$work/users/home" "$work/users/theirs"
  chown $other_user:$other_user "$work/users/home"
  cp -a "$work/users/planted" "$work/users/theirs/cgan_jit"
  chown -R $third_user:$third_user "$work/users/theirs"
}

give() { cp -a "$work/users/planted" "$work/users/home/cgan_jit"; chown -R "$1:$1" "$work/users/home/cgan_jit"; chmod "$2" "$work/users/home/cgan_jit"; }
user_case() {  # WHAT WANTED
  user_train
  expect_code $? "$1" 0
  [ "$(cached_kernels)" = "$2" ] || deviation "$1: $(cached_kernels) kernels from the cache, wanted $2"
  expect_reference "$work/users/run" "$1"
  cases=$((cases + 1))
}

# Files that another user planted are never loaded: with a cold cache of one's own, every kernel is compiled. What a third user
# prepared from other pictures, of equal sizes and times, would show in the results.
group_users() {
  as_root || return
  local all file round=0 swapper
  cases=0
  rm -rf "$work/users"
  mkdir -m 777 "$work/users"
  fresh_data() { python3 -c "
import pathlib, sys, os
file = pathlib.Path('$work/data/train-images-idx3-ubyte'); kept = os.stat(file)
data = bytearray(file.read_bytes()); data[16:] = bytes(255 - b for b in data[16:]); file.write_bytes(data)
os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))"; }
  mkdir -m 755 "$work/users/home" && chown $other_user "$work/users/home"
  fresh_data
  user_train
  cp -a "$work/users/home/cgan_jit" "$work/users/planted"
  fresh_data
  # What is the user's own is used, though a group may write to the folder above.
  rm -rf "$work/users/home" && mkdir -m 777 "$work/users/home" && chown $other_user "$work/users/home" && chmod 775 "$work/users/home"
  user_train
  all=$("$program" train $options --out "$work/users/all" 2>&1 | sed -n 's/^compiled for.* kernels, \([0-9]*\) of them cached.*/\1/p')
  user_case "the user's own cache, in a folder that a group may write to" "$all"

  fresh_homes; give $third_user 700; user_case "a cache folder of another user, closed" 0
  fresh_homes; give $third_user 777; user_case "a cache folder of another user, open" 0
  fresh_homes; give $other_user 777; user_case "a cache folder that all may write to" 0
  fresh_homes; give $other_user 700; chown -R $third_user "$work/users/home/cgan_jit/"; chmod -R a+rX "$work/users/home/cgan_jit"; chmod 700 "$work/users/home/cgan_jit"; chown $other_user "$work/users/home/cgan_jit"
  user_case "objects of another user in the user's folder" 0
  fresh_homes; give $other_user 700; find "$work/users/home/cgan_jit" -type f -exec chmod 666 {} +
  user_case "objects that all may write to" 0
  fresh_homes; give $other_user 700
  for file in $(cd "$work/users/home/cgan_jit" && find . -type f); do ln "$work/users/home/cgan_jit/$file" "$work/users/second.$((++round))"; done
  user_case "objects with a second name" 0
  fresh_homes; give $other_user 700
  for file in $(cd "$work/users/theirs/cgan_jit" && find . -type f); do ln -sf "$work/users/theirs/cgan_jit/$file" "$work/users/home/cgan_jit/$file"; done
  chmod -R a+rX "$work/users/theirs"
  user_case "links to another user's objects" 0
  fresh_homes; ln -s "$work/users/theirs/cgan_jit" "$work/users/home/cgan_jit"; chmod -R a+rX "$work/users/theirs"
  user_case "a link to another user's folder" 0

  # Folders swapped under a starting program.
  for ((round = 0; round < (quick ? 5 : 30); ++round)); do
    fresh_homes; chmod -R a+rX "$work/users/theirs"; chmod 777 "$work/users/home"
    (
      cd "$work/users/home" || exit
      while :; do
        ln -sfn ../theirs/cgan_jit swap 2>/dev/null; mv -T cgan_jit mine 2>/dev/null; mv -T swap cgan_jit 2>/dev/null
        rm -f cgan_jit 2>/dev/null; mv -T mine cgan_jit 2>/dev/null; mv -T ../theirs/cgan_jit cgan_jit 2>/dev/null
        mv -T cgan_jit ../theirs/cgan_jit 2>/dev/null
      done
    ) &
    swapper=$!
    user_case "folders swapped, round $round" 0
    kill $swapper
    wait $swapper
  done 2>/dev/null
  report "$cases runs"
}

group_limits() {
  local count code run=$work/run limit ended=0 done=0
  one_limited() {  # WHAT COMMAND...
    local what=$1
    shift
    rm -rf "$run"
    limited "$@" >"$work/log" 2>&1
    code=$?
    expect_orderly $code "$what"
    if [ $code = 0 ]; then
      done=$((done + 1))
      diff <(head -n "$(wc -l <"$run/losses.csv")" "$work/reference/losses.csv") "$run/losses.csv" >/dev/null ||
        deviation "$what: other losses"
    else
      ended=$((ended + 1))
      [ -s "$work/log" ] || deviation "$what: ended without a word"
    fi
  }
  if as_root && tool prlimit util-linux; then
    mkdir -p -m 777 "$work/limited"
    run=$work/limited/run
    for limit in 1 2 3 4 5 8; do
      XDG_CACHE_HOME=$work/limited/cache one_limited "$limit threads" \
        setpriv --reuid $other_user --regid $other_user --clear-groups prlimit --nproc=$limit "$program" train $net --steps 40 --threads 6 --out "$run"
    done
    run=$work/run
  fi
  one_limited "--threads 1024" "$program" train $net --steps 3 --threads 1024 --out "$run"
  for limit in 60000 100000 150000 200000 250000 300000 400000 600000 1000000 2000000; do
    one_limited "$limit KB of memory" bash -c 'ulimit -v "$1"; shift; exec "$@"' - $limit "$program" train $net --steps 40 --threads 2 --out "$run"
  done
  for limit in 4 5 6 8 10 12 16 24; do
    one_limited "$limit descriptors" bash -c 'ulimit -n "$1"; shift; exec "$@"' - $limit "$program" train $options --out "$run"
  done
  for limit in 1 2 8 16 32; do
    one_limited "files of $limit KB" bash -c 'ulimit -f "$1"; shift; exec "$@"' - $limit "$program" train $options --out "$run"
  done
  report "$((done + ended)) runs, $done ended well"
}
