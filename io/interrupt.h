#pragma once

namespace cgan_jit::io {

/// From now on the first SIGINT or SIGTERM is only remembered, so that the work can end in order; a second
/// one ends the process as usual.
void remember_interrupts();

/// The signal that came, or 0. Exit codes for it are 128 + signal (130 and 143).
int interrupt_received();

}  // namespace cgan_jit::io
