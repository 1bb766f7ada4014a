#pragma once

#include <llvm/IR/Module.h>

#include "passes/pipeline.h"
