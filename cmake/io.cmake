# One library per format: zlib for gzip, stb for PNG, cairo for drawings in pixels and for reading PNG, cgif for GIF, nlohmann's for
# JSON; stb and nlohmann's leave no trace in the installed library.
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET GLOBAL cairo)
pkg_check_modules(cgif REQUIRED IMPORTED_TARGET GLOBAL cgif)
find_path(STB_INCLUDE_DIR stb/stb_image_write.h REQUIRED)

add_room(io cgan_jit_os)
target_include_directories(cgan_jit_io SYSTEM PRIVATE ${STB_INCLUDE_DIR})
target_link_libraries(cgan_jit_io PRIVATE ZLIB::ZLIB PkgConfig::cairo PkgConfig::cgif $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
