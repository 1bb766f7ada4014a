# One library per format: zlib for gzip, stb for PNG, nlohmann's for JSON; the latter two leave no trace in the installed library.
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_path(STB_INCLUDE_DIR stb/stb_image_write.h REQUIRED)

add_room(io cgan_jit_os)
target_include_directories(cgan_jit_io SYSTEM PRIVATE ${STB_INCLUDE_DIR})
target_link_libraries(cgan_jit_io PRIVATE ZLIB::ZLIB $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
