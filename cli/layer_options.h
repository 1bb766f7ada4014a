#pragma once

#include <memory>

#include "cli/config.h"

namespace CLI {
class App;
}

namespace cgan_jit::cli {

/// Adds the options of a run to a subcommand, all or those of a step alone; those that the command line gives
/// end up in the layer.
std::shared_ptr<Layer> add_layer_options(CLI::App& app, OptionScope widest);

}  // namespace cgan_jit::cli
