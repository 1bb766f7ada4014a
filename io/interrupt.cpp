#include "io/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace cgan_jit::io {
namespace {

// A signal handler can reach nothing but a global.
volatile std::sig_atomic_t received = 0;

void remember(int signal) { received = signal; }

void remember(int signal, unsigned flags) {
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = static_cast<int>(flags | SA_RESTART);
  sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void remember_interrupts() {
  for (int signal : {SIGINT, SIGTERM, SIGXCPU}) remember(signal, SA_RESETHAND);
  if (!is_ignored(SIGHUP)) remember(SIGHUP, SA_RESETHAND);
  // The last words of a run whose log is closed raise it again.
  remember(SIGPIPE, 0);
}

int interrupt_received() { return received; }

}  // namespace cgan_jit::io
