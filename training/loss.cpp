#include "training/loss.h"

#include <charconv>
#include <fstream>

#include "io/plot.h"
#include "ir/error.h"
#include "ir/excerpt.h"

namespace cgan_jit::training {
namespace {

/// The numbers of a line, with commas between; fewer when something else stands there.
std::vector<double> numbers_of(const std::string& line) {
  std::vector<double> numbers;
  const char *at = line.data(), *end = at + line.size();
  while (true) {
    double number = 0;
    const auto [stop, problem] = std::from_chars(at, end, number);
    if (problem != std::errc()) return numbers;
    numbers.push_back(number);
    if (stop == end || *stop != ',') return numbers;
    at = stop + 1;
  }
}

std::vector<io::Curve> curves_of(const std::filesystem::path& log, const std::vector<Loss>& losses) {
  std::vector<io::Curve> curves;
  for (const Loss& loss : losses) curves.push_back({loss.title.empty() ? loss.name : loss.title, {}, {}});
  std::ifstream file(log);
  std::string line;
  std::getline(file, line);
  for (int number = 2; std::getline(file, line); ++number) {
    const std::vector<double> values = numbers_of(line);  // step, epoch, losses
    if (values.size() != 2 + losses.size())
      throw Error("{}:{}: no line of losses: {}", log.string(), number, excerpt(line));
    for (size_t i = 0; i < losses.size(); ++i) {
      curves[i].x.push_back(values[0]);
      curves[i].y.push_back(values[2 + i]);
    }
  }
  return curves;
}

void draw(const std::filesystem::path& log, const char* title, const std::vector<Loss>& losses) {
  const std::vector<io::Curve> curves = curves_of(log, losses);
  if (curves.empty() || curves.front().x.empty()) return;
  io::write_drawing(std::filesystem::path(log).replace_extension(),
                    io::line_chart({title, "step", "loss", curves}));
}

}  // namespace

std::vector<std::string> names_of(const std::vector<Loss>& losses) {
  std::vector<std::string> names;
  for (const Loss& loss : losses) names.push_back(loss.name);
  return names;
}

std::string to_text(const std::vector<Loss>& losses, std::span<const float> values) {
  std::string text;
  for (size_t i = 0; i < losses.size(); ++i)
    text += fmt::format("{}{} {:.4f}", i > 0 ? "  " : "", losses[i].short_name(), values[i]);
  return text;
}

std::filesystem::path losses_file(const std::filesystem::path& run) { return run / "losses.csv"; }
std::filesystem::path test_losses_file(const std::filesystem::path& run) { return run / "test_losses.csv"; }

void write_loss_chart(const std::filesystem::path& run, const std::vector<Loss>& losses) {
  draw(losses_file(run), "Losses while training", losses);
}

void write_test_loss_chart(const std::filesystem::path& run, const std::vector<Loss>& losses) {
  draw(test_losses_file(run), "Losses of the test images", losses);
}

}  // namespace cgan_jit::training
