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
  set(headers "${out}/sql/all.sql.h")
  foreach(query ${queries})
    get_filename_component(file "${query}" NAME)
    list(APPEND headers "${out}/sql/${file}.h")
  endforeach()
  if(migrations)
    list(APPEND headers "${out}/migrations.sql.h")
  endif()
  add_custom_command(
    OUTPUT ${headers}
    COMMAND Python3::Interpreter "${script}" --namespace ${namespace} --folder ${folder} --out "${out}" ${queries}
            ${migrations}
    DEPENDS "${script}" ${queries} ${migrations}
    COMMENT "SQL of ${folder}")
  add_custom_target(${target}_sql DEPENDS ${headers})
  add_dependencies(${target} ${target}_sql)
  target_include_directories(${target} PUBLIC "${CMAKE_BINARY_DIR}/generated/sql")
endfunction()

# Turns text files into a header. For the folder's templates/*.mustache, where there are any, TARGET sees
#   <folder>/templates.h           `inline constexpr char k<File>[]` in scharnier::<namespace>::templates
function(scharnier_embed_text target folder namespace)
  file(GLOB templates CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/templates/*.mustache")
  if(NOT templates)
    return()
  endif()
  set(script "${CMAKE_SOURCE_DIR}/common/cmake/embed_text.py")
  set(header "${CMAKE_BINARY_DIR}/generated/text/${folder}/templates.h")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND Python3::Interpreter "${script}" --namespace scharnier::${namespace}::templates --out "${header}"
            ${templates}
    DEPENDS "${script}" ${templates}
    COMMENT "Templates of ${folder}")
  add_custom_target(${target}_text DEPENDS "${header}")
  add_dependencies(${target} ${target}_text)
  target_include_directories(${target} PUBLIC "${CMAKE_BINARY_DIR}/generated/text")
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
  target_precompile_headers(${name} PRIVATE <common/cmake/precompiled.h>)
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
  target_precompile_headers(${name} PRIVATE <common/cmake/precompiled.h> <gmock/gmock.h>)
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
#   rules/  pure functions over messages    store/  SQL    *.cc  methods    main.cc  wiring    templates/  texts
# Libraries of its own that the service's methods, and their tests, need come as PRIVATE.
function(scharnier_add_service name)
  cmake_parse_arguments(arg "" "" "PRIVATE" ${ARGN})
  set(folder services/${name})
  scharnier_library(${name}_rules ${folder}/rules DEPENDS scharnier_types scharnier_runtime)
  scharnier_library(${name}_store ${folder}/store DEPENDS scharnier_db scharnier_types ${name}_rules)
  scharnier_embed_sql(${name}_store ${folder} ${name})
  scharnier_library(${name}_service ${folder} DEPENDS ${name}_store scharnier_host PRIVATE ${arg_PRIVATE})
  scharnier_embed_text(${name}_service ${folder} ${name})
  add_executable(${name} ${folder}/main.cc)
  target_link_libraries(${name} PRIVATE ${name}_service scharnier_compile)
  scharnier_test(${name}_rules_test unit FOLDERS ${folder}/rules DEPENDS ${name}_rules scharnier_testing)
  scharnier_test(${name}_service_test postgres FOLDERS ${folder}/store ${folder} DEPENDS ${name}_service
                 scharnier_testing ${arg_PRIVATE})
endfunction()
