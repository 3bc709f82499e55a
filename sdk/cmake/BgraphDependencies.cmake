# Every library bgraph stands on, found once. All come from the system, LibTorch also from its own archive.
set(CMAKE_FIND_PACKAGE_PREFER_CONFIG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost REQUIRED COMPONENTS filesystem system)

find_package(tomlplusplus QUIET)
if(NOT TARGET tomlplusplus::tomlplusplus)  # Debian 12 ships the headers and pkg-config only
  add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)
endif()

set(CMAKE_FIND_PACKAGE_PREFER_CONFIG OFF)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs)
find_package(PkgConfig REQUIRED)
pkg_check_modules(matio REQUIRED IMPORTED_TARGET matio)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
find_package(ZLIB REQUIRED)

find_package(Torch REQUIRED)
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "This LibTorch was built with the old std::string ABI, which no system library here uses. "
                      "Take the archive named cxx11-abi.")
endif()
separate_arguments(TORCH_CXX_FLAGS)
add_library(bgraph_torch INTERFACE)
target_compile_options(bgraph_torch INTERFACE ${TORCH_CXX_FLAGS})
foreach(dir ${TORCH_INCLUDE_DIRS})
  target_include_directories(bgraph_torch SYSTEM INTERFACE $<BUILD_INTERFACE:${dir}>)
endforeach()
target_link_libraries(bgraph_torch INTERFACE ${TORCH_LIBRARIES})

find_package(Catch2 QUIET)
