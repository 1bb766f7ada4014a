#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>

#include "cli/command.h"
#include "codegen/jit.h"
#include "io/file.h"
#include "io/process.h"
#include "ir/error.h"

namespace {

using namespace cgan_jit;

constexpr int failure = 1, wrong_usage = 2;

struct Subcommand {
  const char* name;
  const char* what;
  cli::Command (*add)(CLI::App&);
};
constexpr Subcommand subcommands[] = {
    {"train", "train the conditional GAN", cli::add_train},
    {"sample", "draw digits from a trained generator", cli::add_sample},
    {"pictures", "draw what a run's folder shows of its training", cli::add_pictures},
    {"runs", "list the runs of a folder", cli::add_runs},
    {"score", "say how good a trained generator is", cli::add_score},
    {"test", "losses of the test images, G and D in evaluation mode", cli::add_test},
    {"opt", "run passes on a graph as text", cli::add_opt},
    {"bench", "measure the training step", cli::add_bench},
};

int complain(const char* what, int code) {
  io::say(stderr, fmt::format("cgan_jit: {}\n", what));
  return code;
}

/// What was printed may be what the user wanted: if it is lost, so is the command's success.
int flushed(int code) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.flush()) return code;
  if (code != 0) return code;
  if (errno == EPIPE) return 128 + SIGPIPE;
  return complain(fmt::format("standard output: {}", std::strerror(errno == 0 ? EIO : errno)).c_str(),
                  failure);
}

/// CLI11 would only say that a command is missing.
void refuse_unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  const auto names = app.get_subcommands([](const CLI::App*) { return true; });
  std::string known;
  for (const CLI::App* subcommand : names) {
    if (subcommand->get_name() == argv[1]) return;
    known += (known.empty() ? "" : ", ") + subcommand->get_name();
  }
  throw Error("no command is named '{}'; there are {}", argv[1], known);
}

/// "cgan_jit 0.1.0, LLVM 19.1.7, znver4: +avx2,+avx512f,...": what a report of a fault should say.
std::string version() {
  const Target host = host_target();
  return fmt::format("cgan_jit {}, LLVM {}\n{}: {} registers of {} floats, {}", CGAN_JIT_VERSION,
                     llvm_version(), host.cpu, host.vector_registers, host.vector_floats, host.features);
}

int run(int argc, char** argv) {
  CLI::App app("A static-graph compiler for training, and the conditional GAN that it was made for.",
               "cgan_jit");
  app.require_subcommand(1);
  app.set_version_flag("--version", version, "version, LLVM, CPU and its features");
  app.footer(
      "Exit codes: 0 done, 1 failure, 2 wrong usage or input, 130 interrupted, 143 terminated, 128 + n "
      "for another signal n.");
  std::vector<std::pair<CLI::App*, cli::Command>> commands;
  for (const Subcommand& subcommand : subcommands) {
    CLI::App* own = app.add_subcommand(subcommand.name, subcommand.what);
    commands.emplace_back(own, subcommand.add(*own));
  }
  refuse_unknown_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return complain(error.what(), wrong_usage);
  }
  for (const auto& [own, command] : commands) {
    if (own->parsed()) return command();
  }
  return wrong_usage;
}

}  // namespace

int main(int argc, char** argv) {
  io::begin_process();
  try {
    return flushed(run(argc, argv));
  } catch (const io::WriteError& error) {
    return complain(error.what(), failure);
  } catch (const Error& error) { return complain(error.what(), wrong_usage); } catch (const std::bad_alloc&) {
    return complain("out of memory", failure);
  } catch (const std::exception& error) { return complain(error.what(), failure); }
}
