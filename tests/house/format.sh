#!/bin/sh
# Every source is laid out as clang-format does it. Usage: format.sh CLANG_FORMAT SOURCE_FOLDER
set -eu
cd "$2"
find bench cli codegen examples frontend io ir models os passes runtime tests training -name '*.h' -o -name '*.cpp' |
  xargs "$1" --dry-run --Werror
