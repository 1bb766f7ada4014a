#include "cli/logged_session.h"

namespace cgan_jit::cli {
namespace {

SessionOptions observed(SessionOptions options, PassLog& log) {
  options.observer = [&log](std::string_view pass, double seconds, const std::function<std::string()>& text) {
    log.pass(pass, seconds, text);
  };
  return options;
}

}  // namespace

LoggedSession::LoggedSession(SessionOptions options, DumpTarget dump)
    : log_(std::make_unique<PassLog>(std::move(dump))), session_(observed(std::move(options), *log_)) {}

Session::ProgramId LoggedSession::add(const std::string& name, const Recording& program) {
  log_->begin(name, program);
  const Session::ProgramId id = session_.add(name, program);
  log_->end(session_.lowered(id), session_.target());
  return id;
}

}  // namespace cgan_jit::cli
