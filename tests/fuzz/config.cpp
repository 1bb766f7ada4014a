#include "cli/config.h"

#include "tests/fuzz/target.h"

// Any text is refused with an Error, or is a configuration, which can be written and reads back as the same.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cgan_jit;
  cli::TrainConfig config;
  try {
    config = cli::merge({cli::layer_from_json({reinterpret_cast<const char*>(data), size}, "input")});
  } catch (const Error&) { return 0; }
  const cli::TrainConfig again = cli::merge({cli::layer_from_json(cli::to_json(config), "written")});
  if (again != config) fuzz::broken("a configuration that was written reads back as the same");
  return 0;
}
