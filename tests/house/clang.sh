#!/bin/sh
# What reads and writes files links when another compiler makes it. Usage: clang.sh CLANG SOURCE_FOLDER WORK_FOLDER
set -eu
cd "$2"
mkdir -p "$3"
"$1" -std=c++20 -shared -fPIC -Wl,-z,defs -Wall -Wextra -Wshadow -Werror -Wno-missing-field-initializers -I . \
  io/resize.cpp io/grid.cpp io/idx.cpp io/prepared.cpp io/file.cpp os/*.cpp ir/excerpt.cpp -o "$3/files.so" -lfmt -lz
