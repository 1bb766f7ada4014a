#pragma once

#include <string>

#include "ir/loops.h"
#include "ir/target.h"

namespace llvm {
class Module;
}

namespace cgan_jit {

/// Adds the kernel to `module` as the function `name`, with the signature of KernelFn. The loops are followed
/// to the letter: registers become SSA values, every vector is explicit, and no middle-end pass is needed
/// behind it. Throws InternalError for a kernel that loop::verify would refuse.
void emit(llvm::Module& module, const loop::Kernel& kernel, const Target& target, const std::string& name);

}  // namespace cgan_jit
