#!/bin/sh
# Every header compiles alone, without a warning. Usage: headers.sh COMPILER SOURCE_FOLDER
set -eu
cd "$2"
find ir passes codegen runtime frontend io models cli -name '*.h' |
  xargs -P 2 -I{} sh -c 'echo "#include \"{}\"" | "$0" -std=c++20 -fsyntax-only -Wall -Wextra -Werror \
    -Wno-missing-field-initializers -I . -x c++ - || { echo "does not compile alone: {}"; exit 1; }' "$1"
