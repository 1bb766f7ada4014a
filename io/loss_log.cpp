#include "io/loss_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>

#include "ir/excerpt.h"

namespace cgan_jit::io {
namespace {

std::string heading_of(const std::vector<std::string>& losses) {
  return fmt::format("step,epoch,{}\n", fmt::join(losses, ","));
}

std::filesystem::path rest_of(const std::filesystem::path& log) { return log.string() + ".rest"; }

/// Takes a number from the front of `text`, which must be followed by `end`.
template <typename Number>
bool take(std::string_view& text, Number& number, char end) {
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || stop == text.data() + text.size() || *stop != end) return false;
  text.remove_prefix(static_cast<size_t>(stop + 1 - text.data()));
  return true;
}

/// A whole line, its line end included; nothing when it is no line of so many losses.
std::optional<LossLine> parse(std::string_view line, size_t losses) {
  LossLine read;
  if (!take(line, read.step, ',') || !take(line, read.epoch, ',')) return {};
  for (size_t i = 1; i <= losses; ++i) {
    if (!take(line, read.losses.emplace_back(), i < losses ? ',' : '\n')) return {};
  }
  return line.empty() ? std::optional(std::move(read)) : std::nullopt;
}

std::string text_of(const LossLine& line) {
  std::string text = fmt::format("{},{}", line.step, line.epoch);
  for (float loss : line.losses) text += fmt::format(",{}", loss);
  return text + '\n';
}

using Lines = std::map<int64_t, std::string_view>;  // by their steps

std::string text_of(const Lines& lines, const std::vector<std::string>& losses) {
  std::string text = heading_of(losses);
  for (const auto& [step, line] : lines) text += line;
  return text;
}

std::string text_of(const std::filesystem::path& file) {
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) return {};
  const std::vector<std::byte> bytes = read_file(file);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void collect(std::string_view text, int64_t last, size_t count, Lines& lines) {
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    const std::string_view line = text.substr(begin, end + 1 - begin);
    const std::optional<LossLine> losses = parse(line, count);
    if (losses && losses->step >= 1 && losses->step <= last) lines.emplace(losses->step, line);
  }
}

}  // namespace

std::optional<LossLine> last_losses(const std::filesystem::path& log, size_t losses) {
  const std::string text = text_of(log);
  const size_t end = text.rfind('\n');
  if (end == text.npos) return {};
  const size_t before = end == 0 ? text.npos : text.rfind('\n', end - 1);
  if (before == text.npos) return {};
  const std::string_view line = std::string_view(text).substr(before + 1, end - before);
  if (auto found = parse(line, losses)) return found;
  throw Error("{}: no line of losses: {}", log.string(), excerpt(line.substr(0, line.size() - 1)));
}

LossLog::LossLog(const std::filesystem::path& path, const std::vector<std::string>& losses, int64_t steps)
    : path_(path) {
  const std::string found = text_of(path), rest = text_of(rest_of(path));
  Lines lines;
  collect(found, steps, losses.size(), lines);
  collect(rest, steps, losses.size(), lines);
  missing_ = steps - static_cast<int64_t>(lines.size());
  if (!lines.empty()) last_ = lines.rbegin()->first;

  const std::string text = text_of(lines, losses);
  if (text != found) write_file(path, text);
  std::error_code none;
  std::filesystem::remove(rest_of(path), none);
  written_ = static_cast<int64_t>(text.size());
  file_ = os::Descriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file_) throw WriteError("{}: {}", path.string(), std::strerror(errno));
}

void LossLog::add(const LossLine& line) {
  waiting_ += text_of(line);
  last_ = line.step;
  write();
}

// What is waiting stays whole lines: those of which only a part was taken are written again.
void LossLog::write() {
  for (size_t taken = 0; taken < waiting_.size();) {
    const ssize_t done = pwrite(*file_, waiting_.data() + taken, waiting_.size() - taken,
                                written_ + static_cast<off_t>(taken));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw WriteError("{}: {}", path_.string(), std::strerror(errno));
    taken += static_cast<size_t>(done);
  }
  written_ += static_cast<int64_t>(waiting_.size());
  waiting_.clear();
}

void LossLog::sync() {
  write();
  if (fdatasync(*file_) != 0) throw WriteError("{}: {}", path_.string(), std::strerror(errno));
}

void LossLog::keep_rest() { write_file(rest_of(path_), waiting_); }

void LossLog::rescue() {
  try {
    sync();
  } catch (const WriteError&) { keep_rest(); }
}

void put_line(const std::filesystem::path& path, const std::vector<std::string>& losses,
              const LossLine& line) {
  const std::string found = text_of(path), text = text_of(line);
  Lines lines;
  collect(found, std::numeric_limits<int64_t>::max(), losses.size(), lines);
  lines[line.step] = text;
  write_file(path, text_of(lines, losses));
}

}  // namespace cgan_jit::io
