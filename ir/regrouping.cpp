#include "ir/regrouping.h"

namespace cgan_jit {

std::vector<Regrouping> regroupings(const Shape& from, const Shape& to) {
  if (element_count(from) == 0) return {{0, 0, from, to}};
  std::vector<Regrouping> groups;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    Regrouping group{static_cast<int>(i), static_cast<int>(j), {}, {}};
    int64_t a = 1, b = 1;
    do {
      // The smaller side goes on; of equal ones that which has an axis left.
      if (i < from.size() && (a < b || (a == b && j == to.size()) || group.from.empty())) {
        group.from.push_back(from[i]);
        a *= from[i++];
      } else {
        group.to.push_back(to[j]);
        b *= to[j++];
      }
    } while (a != b);
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace cgan_jit
