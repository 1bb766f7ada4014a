#pragma once

#include "frontend/forgotten.h"
#include "frontend/ops.h"
