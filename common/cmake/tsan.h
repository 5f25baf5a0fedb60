// File: tsan.h
// Included before everything else (precompiled.h) in builds with ThreadSanitizer. Debian's
// libprotobuf was built without it, and its maps lack the members that the macro would add to the
// header's.

#include <memory>

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include "google/protobuf/map_field.h"  // IWYU pragma: keep
#pragma pop_macro("__SANITIZE_THREAD__")
