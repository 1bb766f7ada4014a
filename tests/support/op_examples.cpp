#include "tests/support/op_examples.h"

#include <algorithm>

#include "ir/text.h"

namespace cgan_jit {
namespace {

using Texts = std::vector<std::string>;

// Small, and with more than one axis where an op has several. An op without a line does not compile.
Texts texts(const Input&) { return {"%0 = input \"x\" : f32[3,2]"}; }
Texts texts(const Param&) { return {"%0 = param \"x\" : f32[3,2]"}; }
Texts texts(const Const&) { return {"%0 = const 1.5 : f32[3,2]"}; }
Texts texts(const Iota&) { return {"%0 = iota 1 : i32[2,3]"}; }
Texts texts(const Random&) {
  return {R"(%0 = input "seed" : u32[]
             %1 = input "step" : u32[]
             %2 = random 5 %0, %1 : u32[2,3])"};
}
Texts texts(const Map&) {
  return {R"(%0 = input "x" : f32[3,2]
             %1 = input "y" : f32[3,2]
             %2 = sub %0, %1 : f32[3,2])",
          R"(%0 = input "c" : bool[2,2]
             %1 = input "x" : i32[2,2]
             %2 = input "y" : i32[2,2]
             %3 = select %0, %1, %2 : i32[2,2])"};
}
Texts texts(const Reindex&) {
  return {R"(%0 = input "x" : f32[2,3]
             %1 = reindex %0 [i,j -> j,i] : f32[3,2])",
          R"(%0 = input "x" : f32[4,3]
             %1 = reindex %0 [i,j,k -> 2*i-1,j+k] fill 0.5 : f32[3,2,3])"};
}
Texts texts(const Scatter&) {
  return {R"(%0 = input "x" : f32[3,2,2]
             %1 = scatter %0 [i,j,k -> i+j-1,k] : f32[4,2])"};
}
Texts texts(const Reduce&) {
  return {R"(%0 = input "x" : f32[2,3,2]
             %1 = reduce add %0 [1] : f32[2,2])",
          R"(%0 = input "x" : f32[3,2,2]
             %1 = reduce max %0 [0,2] : f32[2])",
          R"(%0 = input "x" : f32[2,18]
             %1 = reduce add %0 [1] lanes16 : f32[2])"};
}
Texts texts(const Gather&) {
  return {R"(%0 = input "x" : f32[3,2,2]
             %1 = input "i" : i32[2,2]
             %2 = gather %0, %1 : f32[2,2,2,2])"};
}
Texts texts(const Deposit&) {
  return {R"(%0 = input "i" : i32[2,2]
             %1 = input "x" : f32[2,2,2]
             %2 = deposit %0, %1 : f32[3,2])"};
}
Texts texts(const Concat&) {
  return {R"(%0 = input "x" : f32[2,3]
             %1 = input "y" : f32[2,1]
             %2 = concat 1 %0, %1, %0 : f32[2,7])"};
}
Texts texts(const Reshape&) {
  return {R"(%0 = input "x" : f32[2,6,2]
             %1 = reshape %0 : f32[2,2,3,2])",
          R"(%0 = input "x" : f32[2,1,3]
             %1 = reshape %0 : f32[2,3,1])"};
}
Texts texts(const Detach&) {
  return {R"(%0 = input "x" : f32[3,2]
             %1 = detach %0 : f32[3,2])"};
}
Texts texts(const Contract&) {
  return {R"(%0 = input "x" : f32[3,4]
             %1 = input "w" : f32[4,2]
             %2 = contract %0, %1 [i,j,k -> i,k] [i,j,k -> k,j] sum [4] : f32[3,2])",
          R"(%0 = input "x" : f32[2,4]
             %1 = input "w" : f32[2,3]
             %2 = contract %0, %1 [i,j,k,l -> i,k+l-1] [i,j,k,l -> j,l] sum [4,3] : f32[2,2])"};
}

OpExample parsed(const std::string& nodes) {
  const auto last = std::count(nodes.begin(), nodes.end(), '\n');
  return {parse(fmt::format("graph {{\n{}\noutput \"out\" %{}\n}}\n", nodes, last))};
}

template <size_t... I>
std::vector<Op> alternatives(std::index_sequence<I...>) {
  return {Op(std::in_place_index<I>)...};
}

}  // namespace

std::vector<Op> all_ops() { return alternatives(std::make_index_sequence<std::variant_size_v<Op>>()); }

std::vector<OpExample> op_examples() {
  std::vector<OpExample> examples;
  for (const Op& op : all_ops()) {
    for (const std::string& nodes : std::visit([](const auto& each) { return texts(each); }, op))
      examples.push_back(parsed(nodes));
  }
  return examples;
}

}  // namespace cgan_jit
