// A host that calls with the default executor after fork(), inside a parallel region, and on a thread with
// 64 KiB of stack.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layer.hpp"

static bool in_child(const Layer& layer) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(layer.agrees(poolnorm::default_executor()) ? 0 : 1);
  }
  int status = 1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool in_parallel_region(const Layer& layer) {
  int wrong = 0;
#pragma omp parallel num_threads(4) reduction(+ : wrong)
  wrong += !layer.agrees(poolnorm::default_executor());
  return wrong == 0;
}

struct Call {
  const Layer& layer;
  bool ok;
};

static void* call(void* self) {
  auto& c = *static_cast<Call*>(self);
  c.ok = c.layer.agrees(poolnorm::default_executor());
  return nullptr;
}

static bool on_small_stack(const Layer& layer) {
  Call c{layer, false};
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, 64 * 1024) != 0) return false;
  if (pthread_create(&thread, &attributes, call, &c) != 0) return false;
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return c.ok;
}

int main() {
  const Layer layer;
  const struct {
    const char* where;
    bool ok;
  } all[] = {{"here", layer.agrees(poolnorm::default_executor())},  // from now on OpenMP has threads
             {"in a forked child", in_child(layer)},
             {"in a parallel region", in_parallel_region(layer)},
             {"on a small stack", on_small_stack(layer)}};
  int failed = 0;
  for (const auto& one : all) {
    if (!one.ok) ++failed, std::printf("wrong %s\n", one.where);
  }
  return failed;
}
