#pragma once

#include "passes/fuse/fuse.h"
#include "passes/graph/first.h"
