#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cgan_jit::training {

/// A loss of a step: an f32 scalar that the program gives out, a column of the log and a curve of its chart.
struct Loss {
  std::string name;        // of the output and the column
  std::string label = {};  // in a line of progress; empty: the name
  std::string title = {};  // of the curve; empty: the name

  const std::string& short_name() const { return label.empty() ? name : label; }
};

/// The names, in their order.
std::vector<std::string> names_of(const std::vector<Loss>& losses);
/// "D 0.0312  G 0.9412".
std::string to_text(const std::vector<Loss>& losses, std::span<const float> values);

/// A run's logs (io::LossLog): losses.csv of its steps, test_losses.csv of its tests.
std::filesystem::path losses_file(const std::filesystem::path& run);
std::filesystem::path test_losses_file(const std::filesystem::path& run);

/// Draw one of them as .svg and .png beside it; nothing as long as it is not there or has no line. Throw
/// Error when a line cannot be read, io::WriteError.
void write_loss_chart(const std::filesystem::path& run, const std::vector<Loss>& losses);
void write_test_loss_chart(const std::filesystem::path& run, const std::vector<Loss>& losses);

}  // namespace cgan_jit::training
