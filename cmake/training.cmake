# Reads and writes a run's configuration, which is JSON.
add_room(training cgan_jit_frontend cgan_jit_io)
target_link_libraries(cgan_jit_training PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
