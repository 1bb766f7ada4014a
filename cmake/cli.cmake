# The program: CLI11 reads its command line; Eigen takes the roots of matrices that `score` needs.
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)

add_room(cli cgan_jit_models cgan_jit_nets cgan_jit_training)
target_link_libraries(cgan_jit_cli PRIVATE CLI11::CLI11 Eigen3::Eigen nlohmann_json::nlohmann_json)
add_executable(cgan_jit ${PROJECT_SOURCE_DIR}/cli/main.cpp)
set_source_files_properties(${PROJECT_SOURCE_DIR}/cli/main.cpp PROPERTIES COMPILE_DEFINITIONS CGAN_JIT_VERSION="${PROJECT_VERSION}")
target_link_libraries(cgan_jit PRIVATE cgan_jit_cli cgan_jit_flags CLI11::CLI11)
