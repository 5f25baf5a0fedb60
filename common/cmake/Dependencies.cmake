# What comes from Debian's packages; `./dev` installs them.

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED) # module mode: Debian ships no protobuf-config.cmake
find_package(absl CONFIG REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest CONFIG REQUIRED)
set(Python3_EXECUTABLE /usr/bin/python3) # Debian's, whatever else PATH offers
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
pkg_check_modules(CJOSE REQUIRED IMPORTED_TARGET cjose jansson)
find_path(SCHARNIER_MUSTACHE_INCLUDE kainjow/mustache.hpp REQUIRED)

# Google's protos (google/api, google/rpc, google/type), which no library of Debian's contains in compiled form.
set(SCHARNIER_GOOGLEAPIS "/usr/share/gocode/src/github.com/gogo/googleapis" CACHE PATH
    "Folder that holds google/rpc/error_details.proto")
if(NOT EXISTS "${SCHARNIER_GOOGLEAPIS}/google/rpc/error_details.proto")
  message(FATAL_ERROR "No google/rpc/error_details.proto below ${SCHARNIER_GOOGLEAPIS}: install "
                      "golang-github-gogo-googleapis-dev or set SCHARNIER_GOOGLEAPIS.")
endif()
