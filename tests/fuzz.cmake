# Fuzz targets: tests/fuzz/<target>.cpp takes any bytes, tests/fuzz/corpus/<target>/ has those worth keeping: small examples, and
# whatever once broke a law. Every build sends the corpora through their targets once; a build with clang and CGAN_JIT_FUZZ searches
# for more, CGAN_JIT_FUZZ_SECONDS each, by ctest's label `fuzz`.
set(CGAN_JIT_FUZZ_SECONDS 60 CACHE STRING "How long each fuzz target is run")
set(fuzz ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
if(CGAN_JIT_FUZZ AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "CGAN_JIT_FUZZ needs clang and its libFuzzer, not ${CMAKE_CXX_COMPILER_ID}")
endif()

function(add_fuzz_target target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;EXAMPLES;OPTIONS" ${ARGN})
  add_executable(fuzz_${target} ${fuzz}/${target}.cpp ${fuzz}/broken.cpp ${ARG_SOURCES})
  target_link_libraries(fuzz_${target} PRIVATE ${ARG_LIBRARIES} fmt::fmt cgan_jit_flags)
  target_compile_definitions(fuzz_${target} PRIVATE CGAN_JIT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  set(corpus ${fuzz}/corpus/${target} ${ARG_EXAMPLES})
  if(NOT CGAN_JIT_FUZZ)
    target_sources(fuzz_${target} PRIVATE ${fuzz}/replay.cpp)
    add_test(NAME corpus.${target} COMMAND fuzz_${target} ${corpus})
    set_tests_properties(corpus.${target} PROPERTIES TIMEOUT 300)
    return()
  endif()
  target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
  set(found ${PROJECT_BINARY_DIR}/fuzz/${target})
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${target} COMMAND fuzz_${target} ${found} ${corpus} ${ARG_OPTIONS} -max_total_time=${CGAN_JIT_FUZZ_SECONDS}
    -timeout=60 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix=${PROJECT_BINARY_DIR}/fuzz/${target}-)
  math(EXPR limit "${CGAN_JIT_FUZZ_SECONDS} + 300")
  set_tests_properties(fuzz.${target} PROPERTIES LABELS fuzz TIMEOUT ${limit})
endfunction()

if(CGAN_JIT_FUZZ)
  set(mutations ${fuzz}/mutate_graph.cpp)
endif()
add_fuzz_target(graph SOURCES ${mutations} LIBRARIES cgan_jit_test_running
  EXAMPLES ${CMAKE_CURRENT_SOURCE_DIR}/passes/golden ${CMAKE_CURRENT_SOURCE_DIR}/programs/graphs
  OPTIONS -dict=${fuzz}/graph.dict -max_len=4096)
add_fuzz_target(safetensors LIBRARIES cgan_jit_io OPTIONS -dict=${fuzz}/json.dict -max_len=2048)
add_fuzz_target(idx LIBRARIES cgan_jit_io ZLIB::ZLIB OPTIONS -max_len=1024)
add_fuzz_target(config SOURCES ${PROJECT_SOURCE_DIR}/cli/config.cpp LIBRARIES cgan_jit_models cgan_jit_training nlohmann_json::nlohmann_json
  OPTIONS -dict=${fuzz}/json.dict -max_len=2048)
add_custom_target(fuzz DEPENDS fuzz_graph fuzz_safetensors fuzz_idx fuzz_config)
