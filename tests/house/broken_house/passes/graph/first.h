#pragma once

#include "passes/graph/second.h"
