#include "common/runtime/random.h"

#include <cstdlib>

#include "common/runtime/log.h"
#include "openssl/rand.h"

namespace scharnier::runtime {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    log::Error("the system gives no random bytes");
    std::abort();
  }
  return bytes;
}

}  // namespace scharnier::runtime
