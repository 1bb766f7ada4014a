#!/bin/sh
# The one file with clones of functions for several machines links when clang makes it. Usage: clang.sh CLANG SOURCE_FOLDER WORK_FOLDER
set -eu
cd "$2"
mkdir -p "$3"
"$1" -std=c++20 -shared -fPIC -Wl,-z,defs -Wall -Wextra -Wshadow -Werror -Wno-missing-field-initializers -I . \
  io/resize.cpp -o "$3/resize.so" -lfmt
