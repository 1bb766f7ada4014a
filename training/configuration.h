#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace cgan_jit::training {

// What a run was asked to compute, as the text of a JSON object: it stands in config.json and in every
// checkpoint.

/// The key of the steps between two checkpoints. It never changes what is computed.
constexpr const char* checkpoint_interval_key = "checkpoint_interval";

/// The object with this number under `key`, at its end, unless it has the key. Throws Error when `config` is
/// no JSON object.
std::string with_number(const std::string& config, const std::string& key, int64_t number);

/// The whole number under `key`; 0 where there is none. Throws Error when `config` is no JSON object.
int64_t number_in(const std::string& config, const std::string& key);

/// What `now` says otherwise than `then`, for people: "lr is 0.1, not 0.2; seed is 2, not 1". The keys that
/// `may_change` are left out. Empty when nothing differs. Throws Error when one is no JSON object.
std::string differences(const std::string& now, const std::string& then,
                        const std::set<std::string>& may_change);

}  // namespace cgan_jit::training
