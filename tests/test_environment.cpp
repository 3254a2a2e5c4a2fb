// What run() asks of its surroundings: no allocation, no system call, little stack, no change to the
// floating-point control bits of any thread, and life after fork().
#include "support/doctest.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <atomic>
#include <functional>

#include "support/allocations.hpp"
#include "support/bits.hpp"
#include "support/executors.hpp"
#include "support/fp_control.hpp"
#include "support/ready.hpp"
#include "support/sanitizers.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

std::vector<std::uint32_t> result_bits(Ready& r) {
  std::fill(r.y.begin(), r.y.end(), 0.0f);
  REQUIRE(r.run());
  std::vector<std::uint32_t> bits;
  for (float y : r.y) bits.push_back(canonical_bits(y));
  return bits;
}

// Runs f on a thread whose stack is ours, and returns how many of its bytes were written.
std::size_t stack_use(std::function<void()> f) {
  constexpr std::size_t size = 256 * 1024;
  void* const stack = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(stack != MAP_FAILED);
  auto* const bytes = static_cast<unsigned char*>(stack);
  std::fill_n(bytes, size, static_cast<unsigned char>(0xa5));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstack(&attributes, stack, size) == 0);
  pthread_t thread;
  const auto entry = [](void* self) -> void* {
    (*static_cast<std::function<void()>*>(self))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, entry, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  const auto touched = std::find_if(bytes, bytes + size, [](unsigned char b) { return b != 0xa5; });
  const auto used = static_cast<std::size_t>(bytes + size - touched);
  munmap(stack, size);
  return used;
}

// The exit code of f() in a forked child, -1 if a signal ended it.
template <class F>
int exit_code_of_child(F f) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    const long code = f();
    syscall(SYS_exit, code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int cannot = 77;

}  // namespace

TEST_CASE("run() allocates nothing with a serial or host executor") {
  if (!counts_allocations()) return;
  for (const Executor& executor : {serial_executor(), reversed_executor(), shared_pool(3).executor()}) {
    for_each_ready(executor, Values::signed_uniform, [](Ready& r) {
      INFO(r.what);
      r.run();
      const std::int64_t before = allocations();
      const bool ok = r.run();
      const std::int64_t after = allocations();
      CHECK(ok);
      CHECK(after == before);
    });
  }
}

// AddressSanitizer's red zones make frames larger.
TEST_CASE("run() needs at most 16 KiB of stack" * doctest::skip(POOLNORM_SANITIZED != 0)) {
  for_each_ready(serial_executor(), Values::signed_uniform, [](Ready& r) {
    r.run();
    const std::size_t nothing = stack_use([] {});
    const std::size_t used = stack_use([&] { r.run(); });
    CHECK(used - std::min(used, nothing) <= 16 * 1024);
  });
}

#if defined(SECCOMP_MODE_STRICT) && !POOLNORM_SANITIZED
TEST_CASE("run() makes no system call") {
  for_each_ready(serial_executor(), Values::signed_uniform, [](Ready& r) {
    const std::vector<float> expected = (r.run(), r.y);
    std::fill(r.y.begin(), r.y.end(), 0.0f);
    const int code = exit_code_of_child([&]() -> long {
      if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) return cannot;
      return r.run() && r.gave(expected) ? 0 : 1;
    });
    if (code == cannot) return;  // an emulated kernel
    CHECK(code == 0);
  });
}
#endif

TEST_CASE("a forked child runs with the default executor") {
  Ready r = ready_pool(pool_desc(PoolOp::max, nchw({1, 24, 50, 60}), Window(3, 2, 1)), default_executor(), Isa::best);
  r.run();  // the parent's threads exist
  const std::vector<float> expected = r.y;
  std::fill(r.y.begin(), r.y.end(), 0.0f);
  CHECK(exit_code_of_child([&]() -> long { return r.run() && r.gave(expected) ? 0 : 1; }) == 0);
}

TEST_CASE("the caller's control bits hold in every task, and every thread gets its own back") {
  if (!has_fp_control) return;
  std::atomic<int> changed{0};
  std::atomic<std::uint64_t> own{0};
  ThreadPool pool(
      8,
      [&] {
        set_fp_control(fp_control() | round_up);
        own = fp_control();
      },
      [&] { changed += fp_control() != own; });
  for (std::uint64_t extra : {std::uint64_t{0}, flush_to_zero}) {
    for_each_ready(pool.executor(), Values::wide, [&](Ready& r) {
      const ScopedFpControl control(extra);
      const std::uint64_t before = fp_control();
      const std::vector<std::uint32_t> with_threads = result_bits(r);
      CHECK(fp_control() == before);
      r.executor = openmp_executor(2);
      if (r.workspace.size() >= r.workspace_bytes(r.executor)) CHECK(result_bits(r) == with_threads);
      r.executor = serial_executor();
      CHECK(result_bits(r) == with_threads);
      CHECK(fp_control() == before);
    });
  }
  CHECK(changed == 0);
}
