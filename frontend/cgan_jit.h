#pragma once

/// Everything that a user's program needs: record a program with a Builder, compile and run it in a Session.

#include "frontend/activations.h"
#include "frontend/attention.h"
#include "frontend/clipping.h"
#include "frontend/draws.h"
#include "frontend/functional_layers.h"
#include "frontend/init.h"
#include "frontend/layers.h"
#include "frontend/losses.h"
#include "frontend/ops.h"
#include "frontend/optimizers.h"
#include "frontend/recurrent.h"
#include "frontend/schedules.h"
#include "frontend/session.h"
#include "frontend/tensor.h"
