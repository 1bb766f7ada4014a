#include "io/interrupt.h"

#include <csignal>

namespace cgan_jit::io {
namespace {

// A signal handler can reach nothing but a global.
volatile std::sig_atomic_t received = 0;

void remember(int signal) { received = signal; }

}  // namespace

void remember_interrupts() {
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int interrupt_received() { return received; }

}  // namespace cgan_jit::io
