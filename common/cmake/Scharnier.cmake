# The two kinds of thing there are: a room of common/, and a service.

# Turns SQL into headers. In TARGET's include path appear
#   <folder>/sql/<file>.sql.h     `inline constexpr db::Query k<File>[]` in scharnier::<namespace>::sql
#   <folder>/sql/all.sql.h        `std::vector<db::Query> All()`
#   <folder>/migrations.sql.h     `std::vector<db::Migration> Migrations()` in scharnier::<namespace>
# for the folder's sql/*.sql and migrations/*.sql, where there are any.
function(scharnier_embed_sql target folder namespace)
  file(GLOB queries CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/sql/*.sql")
  file(GLOB migrations CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/migrations/*.sql")
  if(NOT queries AND NOT migrations)
    return()
  endif()
  set(script "${CMAKE_SOURCE_DIR}/common/cmake/embed_sql.py")
  set(out "${CMAKE_BINARY_DIR}/generated/sql/${folder}")
  set(stamp "${out}/embedded.stamp")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND Python3::Interpreter "${script}" --namespace ${namespace} --folder ${folder} --out "${out}" ${queries}
            ${migrations}
    COMMAND ${CMAKE_COMMAND} -E touch "${stamp}"
    DEPENDS "${script}" ${queries} ${migrations}
    COMMENT "SQL of ${folder}")
  add_custom_target(${target}_sql DEPENDS "${stamp}")
  add_dependencies(${target} ${target}_sql)
  target_include_directories(${target} PUBLIC "${CMAKE_BINARY_DIR}/generated/sql")
endfunction()

# A library of the .cc files of one folder, with the tests beside them.
#   scharnier_library(NAME FOLDER DEPENDS our libraries and others that its headers need [PRIVATE others])
function(scharnier_library name folder)
  cmake_parse_arguments(arg "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cc")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE scharnier_compile ${arg_PRIVATE})
  target_precompile_headers(${name} PRIVATE "${CMAKE_SOURCE_DIR}/common/cmake/precompiled.h")
endfunction()

# A test program of the *_test.cc files of the folders given; ctest runs it as one test with the label `tier`:
# unit (needs nothing) or postgres (needs SCHARNIER_TEST_DATABASE_URL).
function(scharnier_test name tier)
  cmake_parse_arguments(arg "" "" "FOLDERS;DEPENDS" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*_test.cc")
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gmock_main scharnier_compile)
  target_precompile_headers(${name} PRIVATE "${CMAKE_SOURCE_DIR}/common/cmake/precompiled.h" <gmock/gmock.h>)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${tier} TIMEOUT 600)
endfunction()

# A room of common/: scharnier_room(NAME [TIER unit|postgres] DEPENDS … [PRIVATE …]).
function(scharnier_room name)
  cmake_parse_arguments(arg "" "TIER" "DEPENDS;PRIVATE" ${ARGN})
  scharnier_library(scharnier_${name} common/${name} DEPENDS ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
  scharnier_embed_sql(scharnier_${name} common/${name} ${name})
  if(NOT arg_TIER)
    set(arg_TIER unit)
  endif()
  scharnier_test(${name}_test ${arg_TIER} FOLDERS common/${name} DEPENDS scharnier_${name} scharnier_testing)
endfunction()

# A service: the same rooms in each, each a library that sees only what is below it.
#   rules/  pure functions over messages    store/  SQL    *.cc  methods    main.cc  wiring
# Libraries of its own that the service's methods need come as PRIVATE.
function(scharnier_add_service name)
  cmake_parse_arguments(arg "" "" "PRIVATE" ${ARGN})
  set(folder services/${name})
  scharnier_library(${name}_rules ${folder}/rules DEPENDS scharnier_types scharnier_runtime)
  scharnier_library(${name}_store ${folder}/store DEPENDS scharnier_db scharnier_types ${name}_rules)
  scharnier_embed_sql(${name}_store ${folder} ${name})
  scharnier_library(${name}_service ${folder} DEPENDS ${name}_store scharnier_host PRIVATE ${arg_PRIVATE})
  add_executable(${name} ${folder}/main.cc)
  target_link_libraries(${name} PRIVATE ${name}_service scharnier_compile)
  scharnier_test(${name}_rules_test unit FOLDERS ${folder}/rules DEPENDS ${name}_rules scharnier_testing)
  scharnier_test(${name}_service_test postgres FOLDERS ${folder}/store ${folder} DEPENDS ${name}_service
                 scharnier_testing)
endfunction()
