// Tells ThreadSanitizer what Debian's abseil, which was built without it, synchronises. The linker
// leads our calls of abseil's mutexes here (--wrap); each function does the real thing and says
// which memory it orders.

#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

extern "C" {
// What abseil does inside a call counts neither for nor against us: conditions are judged under its
// lock.
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

class Ordered {
 public:
  enum What { kAcquire = 1, kRelease = 2, kBoth = 3 };
  Ordered(const void* object, What what) : object_(const_cast<void*>(object)), what_(what) {
    if ((what_ & kRelease) != 0) {
      __tsan_release(object_);
    }
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  }
  ~Ordered() {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    if ((what_ & kAcquire) != 0) {
      __tsan_acquire(object_);
    }
  }

 private:
  void* const object_;
  const What what_;
};

}  // namespace

// A wrapper for a member function by its mangled name; the object is its first parameter.
#define WRAP(symbol, result, what, object, parameters, arguments) \
  extern "C" result __real_##symbol parameters;                   \
  extern "C" result __wrap_##symbol parameters {                  \
    const Ordered ordered(object, Ordered::what);                 \
    return __real_##symbol arguments;                             \
  }

WRAP(_ZN4absl7debian35Mutex4LockEv, void, kAcquire, self, (absl::Mutex * self), (self))
WRAP(_ZN4absl7debian35Mutex6UnlockEv, void, kRelease, self, (absl::Mutex * self), (self))
WRAP(_ZN4absl7debian35Mutex7TryLockEv, bool, kAcquire, self, (absl::Mutex * self), (self))
WRAP(_ZN4absl7debian35Mutex10ReaderLockEv, void, kAcquire, self, (absl::Mutex * self), (self))
WRAP(_ZN4absl7debian35Mutex12ReaderUnlockEv, void, kRelease, self, (absl::Mutex * self), (self))
WRAP(_ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE, void, kBoth, self,
     (absl::Mutex * self, const absl::Condition& first), (self, first))
WRAP(_ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE, bool, kBoth, self,
     (absl::Mutex * self, const absl::Condition& first, absl::Duration second),
     (self, first, second))
WRAP(_ZN4absl7debian35Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE, bool, kBoth, self,
     (absl::Mutex * self, const absl::Condition& first, absl::Time second), (self, first, second))
WRAP(_ZN4absl7debian35Mutex8LockWhenERKNS0_9ConditionE, void, kAcquire, self,
     (absl::Mutex * self, const absl::Condition& first), (self, first))
WRAP(_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE, void, kBoth, first,
     (absl::CondVar * self, absl::Mutex* first), (self, first))
WRAP(_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE, bool, kBoth, first,
     (absl::CondVar * self, absl::Mutex* first, absl::Duration second), (self, first, second))
WRAP(_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE, bool, kBoth, first,
     (absl::CondVar * self, absl::Mutex* first, absl::Time second), (self, first, second))
WRAP(_ZN4absl7debian312Notification6NotifyEv, void, kRelease, self, (absl::Notification * self),
     (self))
WRAP(_ZNK4absl7debian312Notification19WaitForNotificationEv, void, kAcquire, self,
     (const absl::Notification* self), (self))
WRAP(_ZNK4absl7debian312Notification30WaitForNotificationWithTimeoutENS0_8DurationE, bool, kAcquire,
     self, (const absl::Notification* self, absl::Duration first), (self, first))
WRAP(_ZN4absl7debian315BlockingCounter14DecrementCountEv, bool, kRelease, self,
     (absl::BlockingCounter * self), (self))
WRAP(_ZN4absl7debian315BlockingCounter4WaitEv, void, kAcquire, self, (absl::BlockingCounter * self),
     (self))
