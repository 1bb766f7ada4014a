#include "passes/lower/kernel_writer.h"
#include "passes/lower/lower.h"
#include "passes/lower/rebase.h"

namespace cgan_jit {

using loop::Index;
using loop::Reg;

LoweredKernel lower_copy(const Storage& storage, const LateCopy& copy) {
  const Root& to = storage.roots[copy.to];
  const int64_t elements = stored_elements(to.type.shape, to.layout);
  loop::KernelWriter code;
  code.set_units(1);
  code.loop(elements, [&](Index i) {
    const Reg value = code.load(to.type.dtype, {loop::Buf{0}, i, {}}, false, {}, code.depth());
    code.store({loop::Buf{1}, i, {}}, value, {});
  });
  loop::Kernel loops = code.finish({{to.type.dtype, elements, false}, {to.type.dtype, elements, true}}, {});
  loop::verify(loops);
  return rebased({fmt::format("copy into {}", to.name), {}, std::move(loops), {copy.from, copy.to}, {}});
}

}  // namespace cgan_jit
