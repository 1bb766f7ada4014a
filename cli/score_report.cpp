#include "cli/score_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "io/grid.h"

namespace cgan_jit::cli {
namespace {

const models::RecogniserConfig net;

/// The mean picture of one class, [32][32] in [-1, 1]; black when there is none.
std::vector<float> mean_picture(const LabelledPictures& pictures, int64_t label) {
  const auto pixels = static_cast<size_t>(net.pixels());
  std::vector<int64_t> sums(pixels);
  int64_t count = 0;
  for (size_t i = 0; i < pictures.labels.size(); ++i) {
    if (pictures.labels[i] != label) continue;
    ++count;
    for (size_t pixel = 0; pixel < pixels; ++pixel) sums[pixel] += pictures.pixels[i * pixels + pixel];
  }
  std::vector<float> mean;
  for (int64_t sum : sums)
    mean.push_back(static_cast<float>(sum) / static_cast<float>(std::max<int64_t>(count, 1)) / 127.5f - 1);
  return mean;
}

/// A tile of one grey for a share from 0 to 1.
std::vector<float> tile(double share) {
  return std::vector<float>(static_cast<size_t>(net.pixels()), static_cast<float>(2 * std::sqrt(share) - 1));
}

std::string heading(const Score& score) {
  const auto count =
      std::accumulate(score.confusion.counts.begin(), score.confusion.counts.end(), int64_t{0});
  if (!score.subject.step) return fmt::format("{}: {} pictures\n", score.subject.name, count);
  return fmt::format("{}, step {}: {} digits\n", score.subject.name, *score.subject.step, count);
}

std::string matrix(const Score& score) {
  const Confusion& confusion = score.confusion;
  std::string text = "\n   asked";
  for (int64_t label = 0; label < confusion.classes; ++label) text += fmt::format("{:>6}", label);
  text += "  recognised  spread\n";
  for (int64_t asked = 0; asked < confusion.classes; ++asked) {
    text += fmt::format("{:>8}", asked);
    for (int64_t label = 0; label < confusion.classes; ++label)
      text += fmt::format("{:>6}", confusion.at(asked, label));
    text += fmt::format("{:>12.4f}{:>8.3f}\n", confusion.recognised(asked), score.spreads[asked]);
  }
  return text;
}

}  // namespace

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Score::spread() const { return mean(spreads); }

std::string to_text(const Score& score) {
  return heading(score) +
         fmt::format("           score {:.4f}   share recognised as asked (reference: {:.4f})\n",
                     score.confusion.recognised(), score.reference_recognised) +
         fmt::format("Frechet distance {:<8.3f} between the features and the reference's\n", score.frechet) +
         fmt::format("       precision {:.4f}   share that looks like the reference (k = {})\n",
                     score.manifold.precision, neighbours) +
         fmt::format("          recall {:.4f}   share of the reference that is covered\n",
                     score.manifold.recall) +
         fmt::format("          spread {:.4f}   inside a class (reference: {:.4f})\n", score.spread(),
                     score.reference_spread) +
         matrix(score);
}

std::string to_json(const Score& score) {
  nlohmann::ordered_json json;
  json["subject"] = score.subject.name;
  if (score.subject.step) {
    json["step"] = *score.subject.step;
    json["seed"] = score.subject.seed;
  }
  const Confusion& confusion = score.confusion;
  auto rows = nlohmann::ordered_json::array(), shares = rows;
  for (int64_t asked = 0; asked < confusion.classes; ++asked) {
    const auto row = confusion.counts.begin() + asked * confusion.classes;
    rows.push_back(std::vector<int64_t>(row, row + confusion.classes));
    shares.push_back(confusion.recognised(asked));
  }
  json["samples"] = std::accumulate(confusion.counts.begin(), confusion.counts.end(), int64_t{0});
  json["score"] = confusion.recognised();
  json["frechet_distance"] = score.frechet;
  json["precision"] = score.manifold.precision;
  json["recall"] = score.manifold.recall;
  json["spread"] = score.spread();
  json["reference_score"] = score.reference_recognised;
  json["reference_spread"] = score.reference_spread;
  json["score_by_class"] = shares;
  json["spread_by_class"] = score.spreads;
  json["confusion"] = rows;
  return json.dump(2) + "\n";
}

io::Image confusion_picture(const Confusion& confusion, const LabelledPictures& judged,
                            const LabelledPictures& reference) {
  std::vector<float> tiles = tile(0);
  const auto add = [&](const std::vector<float>& picture) {
    tiles.insert(tiles.end(), picture.begin(), picture.end());
  };
  for (int64_t label = 0; label < confusion.classes; ++label) add(mean_picture(reference, label));
  for (int64_t asked = 0; asked < confusion.classes; ++asked) {
    add(mean_picture(judged, asked));
    const auto all = static_cast<double>(std::max<int64_t>(confusion.asked(asked), 1));
    for (int64_t label = 0; label < confusion.classes; ++label)
      add(tile(static_cast<double>(confusion.at(asked, label)) / all));
  }
  const int side = static_cast<int>(confusion.classes) + 1, size = static_cast<int>(net.size);
  return io::grid(tiles, side, side, size, size);
}

}  // namespace cgan_jit::cli
