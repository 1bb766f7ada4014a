#include "cli/score_report.h"

#include <nlohmann/json.hpp>
#include <numeric>

#include "io/plot.h"

namespace cgan_jit::cli {
namespace {

int64_t samples(const Confusion& confusion) {
  return std::accumulate(confusion.counts.begin(), confusion.counts.end(), int64_t{0});
}

std::string subject(const Score& score) {
  const std::string step = score.subject.step ? fmt::format(", step {}", *score.subject.step) : "";
  return fmt::format("{}{}: {} pictures", score.subject.name, step, samples(score.confusion));
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
  return subject(score) + "\n" +
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
  json["samples"] = samples(confusion);
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

io::Drawing confusion_map(const Score& score) {
  std::vector<std::string> classes;
  for (int64_t label = 0; label < score.confusion.classes; ++label) classes.push_back(std::to_string(label));
  const std::string title = fmt::format("{}, score {:.4f}", subject(score), score.confusion.recognised());
  return io::heat_map({title, "asked", "recognised", classes, classes, score.confusion.counts});
}

}  // namespace cgan_jit::cli
