#pragma once

#include <memory>

#include "cli/pass_log.h"

namespace cgan_jit::cli {

/// A session whose compilations are told to a log.
class LoggedSession {
 public:
  explicit LoggedSession(SessionOptions options, DumpTarget dump = {});

  /// Compiles, as Session::add does.
  Session::ProgramId add(const std::string& name, const Recording& program);

  Session& session() { return session_; }
  const Session& session() const { return session_; }
  const PassLog& log() const { return *log_; }

 private:
  std::unique_ptr<PassLog> log_;  // at one address: the session's observer knows it
  Session session_;
};

}  // namespace cgan_jit::cli
