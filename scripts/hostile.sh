#!/bin/bash
# What may happen to a training run from outside, in long rounds: kills, full disks, other users, scarce threads and memory.
#   scripts/hostile.sh [--rounds N] [--quick] [--seed N] [--program FILE] [GROUP...]
# N kills at random moments (default 200; --quick: 20, and fewer of everything else). Groups: all of `groups` below, or those named.
# A line for each group says how many rounds it took; what deviates is said and kept, and the exit code is 1 then.
# The law in all groups: whatever happened, `--resume` leaves the folder that an undisturbed run leaves, file for file.
set -u
cd "$(dirname "$0")/.." || exit 1
source_dir=$PWD

groups="kills syscalls errors umask disks targets descriptors users limits twice signals plainfs"
rounds=200 quick= seed=1 program=build/release/cgan_jit chosen=
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --quick) quick=1 rounds=20 ;;
    --seed) seed=$2; shift ;;
    --program) program=$2; shift ;;
    -*) echo "hostile: no option $1" >&2; exit 2 ;;
    *) chosen="$chosen $1" ;;
  esac
  shift
done
RANDOM=$seed
[ -x "$program" ] || { echo "hostile: $program is missing; build it, or name it with --program" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/cgan_jit_hostile_XXXXXX")
chmod 755 "$work"
cp "$program" "$work/cgan_jit"
program=$work/cgan_jit
mounts=
clean_up() {
  for mount in $mounts; do umount -l "$mount" 2>/dev/null; done
  if [ "$deviations" = 0 ]; then rm -rf "$work"; else echo "hostile: what deviated is kept in $work"; fi
}
deviations=0
trap clean_up EXIT
trap 'exit 130' INT TERM

# ---- a short training, and what it leaves

mkdir "$work/data"
python3 - "$work/data" <<'PYTHON'
import pathlib, random, struct, sys
folder, noise = pathlib.Path(sys.argv[1]), random.Random(1)
for split, count in (("train", 72), ("t10k", 40)):
    (folder / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, count, 8, 8) + noise.randbytes(count * 64))
    (folder / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, count) + bytes(i % 10 for i in range(count)))
PYTHON
net="--data $work/data --img_size 8 --n_classes 10 --latent_dim 9 --generator_widths 16,24 --discriminator_widths 24,16,16
  --batch_size 16 --sample_interval 7 --test_interval 6 --checkpoint_interval 9"
options="$net --threads 1 --steps 40"
export XDG_CACHE_HOME=$work/cache
umask 022

for part in law runs files others; do . "scripts/hostile/$part.sh"; done

group=reference group_deviations=0
begin=$(milliseconds)
train "$work/reference" || { cat "$work/log"; echo "hostile: the undisturbed run failed" >&2; exit 1; }
cold_time=$(($(milliseconds) - begin))
begin=$(milliseconds)
train "$work/again" || { cat "$work/log"; echo "hostile: the undisturbed run failed" >&2; exit 1; }
warm_time=$(($(milliseconds) - begin))
expect_reference "$work/again" "the same run again"
report "a run takes $cold_time ms, with a warm cache $warm_time ms"

for group in ${chosen:-$groups}; do
  case " $groups " in *" $group "*) ;; *) echo "hostile: no group $group; there are: $groups" >&2; exit 2 ;; esac
  group_deviations=0
  "group_$group"
done
[ "$deviations" = 0 ] && echo "hostile: no deviation" && exit 0
echo "hostile: $deviations deviations"
exit 1
