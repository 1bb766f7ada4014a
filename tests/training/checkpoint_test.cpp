#include "training/checkpoint.h"

#include <gtest/gtest.h>

#include <limits>

#include "frontend/cgan_jit.h"
#include "tests/io/files.h"
#include "training/checkpoint_folder.h"
#include "training/finite.h"

namespace cgan_jit::training {
namespace {

using io::error_of;

/// A net with a running mean, so that a batch count is stored beside it, and an integer of its own.
Recording program(int64_t width) {
  Builder builder;
  const Tensor x = builder.input("x", DType::f32, {8, width});
  const Tensor y = BatchNorm1d(builder / "norm", width)(Linear(builder / "layer", width, width)(x));
  const Tensor count = builder.state("count", {DType::i32, {2}});
  builder.update(count, count + 1);
  const Tensor loss = mse_loss(y, 1);
  builder.output("loss", loss);
  Adam{}.minimize(loss, builder.trained());
  return builder.build();
}

/// A session after one step.
struct Net {
  Session session;
  explicit Net(uint32_t seed = 1, int64_t width = 5) : session({.threads = 1, .cache_dir = ""}) {
    const auto id = session.add("program", program(width));
    session.initialize(seed);
    const std::vector<float> x = normal_values(seed, 0, 8 * width);
    session.bind(id, "x", x);
    session.run(id);
  }
  std::map<std::string, std::vector<std::byte>> params() const {
    std::map<std::string, std::vector<std::byte>> params;
    for (const std::string& name : session.param_names()) params[name] = session.param_bytes(name);
    return params;
  }
};

constexpr const char *config = R"({"lr": 0.5})", *identity = "8 rows, 01234567";

TEST(Checkpoint, GivesEveryParamBack) {
  const io::TemporaryFolder folder;
  const Net net(1);
  save_checkpoint(folder / "c.safetensors", net.session, 7, config, identity);
  const Checkpoint checkpoint = read_checkpoint(folder / "c.safetensors");
  EXPECT_EQ(checkpoint.step, 7);
  EXPECT_EQ(checkpoint.config, config);
  EXPECT_EQ(checkpoint.data, identity);
  EXPECT_EQ(read_checkpoint_config(folder / "c.safetensors"), config);
  Net other(2);
  EXPECT_NE(other.params(), net.params());
  restore(other.session, checkpoint);
  EXPECT_EQ(other.params(), net.params());
}

TEST(Checkpoint, HasABatchCountForPyTorch) {
  const io::TemporaryFolder folder;
  const Net net;
  save_checkpoint(folder / "c", net.session, 7, config, identity);
  const io::Safetensors file = read_checkpoint(folder / "c").file;
  EXPECT_EQ(io::integer_of(file.at("norm.num_batches_tracked")), 7);
  EXPECT_EQ(file.tensors.size(), net.session.param_names().size() + 1);
}

TEST(Checkpoint, OfAnotherNetIsRefusedByName) {
  const io::TemporaryFolder folder;
  save_checkpoint(folder / "c", Net(1, 5).session, 1, config, identity);
  const Checkpoint checkpoint = read_checkpoint(folder / "c");
  Net wider(1, 6);
  const std::string text = error_of([&] { restore(wider.session, checkpoint); }, (folder / "c").string());
  EXPECT_NE(text.find("[5"), std::string::npos) << text;
  EXPECT_NE(text.find("[6"), std::string::npos) << text;

  Checkpoint lacking = checkpoint;
  std::erase_if(lacking.file.tensors, [](const auto& tensor) { return tensor.name == "layer.weight"; });
  Net same;
  error_of([&] { restore(same.session, lacking); }, "layer.weight");
}

TEST(Checkpoint, CutAnywhereIsRefused) {
  const io::TemporaryFolder folder;
  save_checkpoint(folder / "whole", Net().session, 1, config, identity);
  const std::string whole = io::text_of(folder / "whole");
  for (size_t kept = 0; kept < whole.size(); kept += 1 + whole.size() / 40) {
    io::write_file(folder / "cut", std::string_view(whole).substr(0, kept));
    error_of([&] { read_checkpoint(folder / "cut"); }, (folder / "cut").string());
  }
}

TEST(Checkpoint, WithAnotherByteIsRefused) {
  const io::TemporaryFolder folder;
  save_checkpoint(folder / "whole", Net().session, 1, config, identity);
  const std::string whole = io::text_of(folder / "whole");
  for (size_t place = 0; place < whole.size(); place += 1 + whole.size() / 60) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 4);
    io::write_file(folder / "changed", changed);
    error_of([&] { read_checkpoint(folder / "changed"); }, (folder / "changed").string());
  }
}

// The old one stays as it was.
TEST(Checkpoint, OnAFullDiskLeavesNothing) {
  const io::TemporaryFolder folder;
  const Net net;
  save_checkpoint(folder / "c", net.session, 1, config, identity);
  {
    const io::FullDisk full(100);
    EXPECT_THROW(save_checkpoint(folder / "c", net.session, 2, config, identity), io::WriteError);
    EXPECT_THROW(save_checkpoint(folder / "d", net.session, 2, config, identity), io::WriteError);
  }
  EXPECT_EQ(io::entries(folder.path()), 1u);
  EXPECT_EQ(read_checkpoint(folder / "c").step, 1);
}

TEST(Checkpoint, OfNumbersThatAreNoneIsNotWritten) {
  const io::TemporaryFolder folder;
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    Net net;
    std::vector<float> bias = net.session.param("layer.bias");
    bias.back() = bad;
    net.session.set_param("layer.bias", bias);
    try {
      save_checkpoint(folder / "c", net.session, 1, config, identity);
      ADD_FAILURE() << "written";
    } catch (const NotFinite& error) { EXPECT_STREQ(error.what(), "layer.bias is not finite"); }
  }
  EXPECT_EQ(io::entries(folder.path()), 0u);
}

class Folder : public testing::Test {
 protected:
  void save(int64_t step, int64_t interval) {
    save_checkpoint(checkpoint_file(run_.path(), step), net_.session, step,
                    fmt::format(R"({{"checkpoint_interval": {}}})", interval), identity);
    settle_checkpoints(run_.path(), step, interval);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& file : all_checkpoints(run_.path())) names.push_back(file.stem().string());
    return names;
  }
  int64_t last() const { return read_checkpoint(last_checkpoint(run_.path())).step; }

  io::TemporaryFolder run_;
  Net net_;
};

// Law: whatever steps a run stopped at, those that an interval asks for stay, and the last one.
TEST_F(Folder, KeepsThoseOfTheIntervalAndTheLast) {
  for (int64_t step : {5, 7, 10, 12}) {
    save(step, 5);
    EXPECT_EQ(last(), step);
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"000005", "000010", "000012"}));
}

// Those that an interval asked for when they were written stay, whatever it is now.
TEST_F(Folder, KeepsThoseOfEarlierIntervals) {
  for (int64_t step : {3, 6, 7}) save(step, 3);
  for (int64_t step : {8, 10}) save(step, 4);
  EXPECT_EQ(names(), (std::vector<std::string>{"000003", "000006", "000008", "000010"}));
}

TEST_F(Folder, TheLastIsTheHighestWhereTheLinkLeadsNowhere) {
  save(5, 5);
  save(10, 5);
  io::point_link(checkpoints_of(run_.path()) / "last", "000099.safetensors");
  EXPECT_EQ(last(), 10);
}

TEST_F(Folder, SaysWhatStepsThereAre) {
  error_of([&] { last_checkpoint(run_.path()); }, "this run has no checkpoint");
  for (int64_t step : {5, 10, 15}) save(step, 5);
  error_of([&] { existing_checkpoint(run_.path(), 7); },
           "no checkpoint of step 7; there are those of 5, 10 and 15");
  EXPECT_EQ(read_checkpoint(existing_checkpoint(run_.path(), 10)).step, 10);
}

}  // namespace
}  // namespace cgan_jit::training
