#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace cgan_jit::cli {

/// What a subcommand does once its options are read; gives the process's exit code. Throws Error for wrong
/// input.
using Command = std::function<int()>;

// Each adds its options to its own subcommand.
Command add_train(CLI::App& app);
Command add_sample(CLI::App& app);
Command add_pictures(CLI::App& app);
Command add_runs(CLI::App& app);
Command add_score(CLI::App& app);
Command add_test(CLI::App& app);
Command add_opt(CLI::App& app);
Command add_bench(CLI::App& app);

}  // namespace cgan_jit::cli
