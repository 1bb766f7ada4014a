#!/bin/sh
# Every header compiles alone, without a warning. Usage: headers.sh COMPILER SOURCE_FOLDER
# A header that its own .cpp file includes before all else is compiled alone by the dev preset, where every file is compiled by itself;
# the others are compiled here.
set -eu
cd "$2"

proven_by_dev() {
  source=${1%.h}.cpp
  [ -f "$source" ] && [ "$(grep -m 1 '^#include' "$source")" = "#include \"$1\"" ]
}

for header in $(find ir os passes codegen runtime frontend io training models cli -name '*.h'); do
  proven_by_dev "$header" || echo "$header"
done | xargs -P 2 -I{} sh -c 'echo "#include \"{}\"" | "$0" -std=c++20 -fsyntax-only -Wall -Wextra -Werror \
    -Wno-missing-field-initializers -I . -x c++ - || { echo "does not compile alone: {}"; exit 1; }' "$1"
