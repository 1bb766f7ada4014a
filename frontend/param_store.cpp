#include "frontend/param_store.h"

#include <algorithm>

#include "frontend/expect.h"
#include "frontend/placing.h"
#include "ir/integer.h"

namespace cgan_jit {
namespace {

std::string title(const std::string& name) { return fmt::format("param '{}'", name); }

void expect_bools(const std::string& name, std::span<const std::byte> values) {
  const auto odd = std::ranges::find_if(values, [](std::byte value) { return value > std::byte{1}; });
  if (odd != values.end())
    throw Error("{} is bool, but element {} is {}", title(name), odd - values.begin(),
                static_cast<int>(*odd));
}

struct Declared {
  std::string name;
  Type type;
  std::optional<Init> init;
};

/// Those that were declared in words come first, then what the graph alone has. Some come twice.
std::vector<Declared> declared_in(const Recording& recording) {
  std::vector<Declared> all;
  for (const ParamDecl& decl : recording.params)
    all.push_back({decl.name, {decl.dtype, decl.shape}, decl.init});
  for (const Node& node : recording.graph.nodes()) {
    if (const auto* param = as<Param>(node)) all.push_back({param->name, node.type, {}});
  }
  return all;
}

/// With padding, in whole cache lines.
int64_t stored_bytes(const StoredParam& param) {
  const int64_t elements = stored_elements(param.type.shape, param.layout);
  return round_up(elements * bytes_of(param.type.dtype), 64);
}

}  // namespace

const StoredParam& ParamStore::at(const std::string& name) const {
  const auto found = params_.find(name);
  if (found == params_.end()) throw Error("no param is named '{}'; there are: {}", name, listed(names()));
  return found->second;
}

void ParamStore::expect_types(const std::string& program, const Recording& recording) const {
  for (const Declared& param : declared_in(recording)) {
    const auto found = params_.find(param.name);
    if (found == params_.end() || found->second.type == param.type) continue;
    throw Error("program '{}': {} is {}, but an earlier program has it as {}", program, title(param.name),
                to_string(param.type), to_string(found->second.type));
  }
}

void ParamStore::declare(const Recording& recording, const std::vector<Root>& roots) {
  std::map<std::string, Layout> wanted;
  for (const Root& root : roots) {
    if (root.kind == Root::Kind::param) wanted.emplace(root.name, root.layout);
  }
  std::map<std::string, StoredParam> params = params_;
  std::vector<StoredParam*> fresh;
  int64_t bytes = 0;
  for (const Declared& declared : declared_in(recording)) {
    const auto [entry, is_new] = params.try_emplace(declared.name);
    StoredParam& param = entry->second;
    if (!param.init) param.init = declared.init;
    if (!is_new) continue;
    param.type = declared.type;
    const auto layout = wanted.find(declared.name);
    param.layout = layout == wanted.end() ? layout_of_(param.type.shape) : layout->second;
    param.number = static_cast<uint32_t>(params.size() - 1);
    bytes += stored_bytes(param);
    fresh.push_back(&param);
  }
  arenas_.emplace_back(bytes);
  std::byte* next = arenas_.back().data();
  for (StoredParam* param : fresh) {
    param->data = next;
    next += stored_bytes(*param);
  }
  params_ = std::move(params);
}

std::vector<std::string> ParamStore::names() const {
  std::vector<std::string> names;
  for (const auto& entry : params_) names.push_back(entry.first);
  return names;
}

void ParamStore::read(const std::string& name, std::span<std::byte> row_major) const {
  const StoredParam& param = at(name);
  expect_size(title(name), param.type, row_major.size());
  get_elements(param.type, param.layout, param.data, 0, row_major);
}

void ParamStore::write(const std::string& name, std::span<const std::byte> row_major) {
  const StoredParam& param = at(name);
  expect_size(title(name), param.type, row_major.size());
  if (param.type.dtype == DType::boolean) expect_bools(name, row_major);
  put_elements(param.type, param.layout, param.data, 0, row_major);
}

}  // namespace cgan_jit
