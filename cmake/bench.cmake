# The nets that `cgan_jit bench --model` measures, written as a user of the library writes them.
file(GLOB net_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/nets/*.cpp)
add_library(cgan_jit_nets STATIC ${net_sources})
target_link_libraries(cgan_jit_nets PUBLIC cgan_jit_frontend PRIVATE cgan_jit_flags)

# Micro-benchmarks: bench/<name>.cpp is the program bench_<name>. Built on demand, by name.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
  foreach(source ${bench_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(bench_${name} PRIVATE cgan_jit_frontend cgan_jit_flags benchmark::benchmark)
  endforeach()
endif()
