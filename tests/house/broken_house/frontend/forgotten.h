#pragma once

namespace cgan_jit {}
