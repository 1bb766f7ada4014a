#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config.h"

namespace cgan_jit::cli {

/// Adds the options of a run to a subcommand, all or those of a step alone; those that the command line gives
/// end up in the layer.
std::shared_ptr<Layer> add_layer_options(CLI::App& app, OptionScope widest);

}  // namespace cgan_jit::cli
