// A host whose executor runs the tasks last to first, then on many more threads than there are processors,
// each for one task only.
#include <mutex>
#include <thread>

#include "layer.hpp"

constexpr int many = 32;

static void reversed(void*, std::int64_t count, poolnorm::Task task, void* context) {
  for (std::int64_t i = count; i-- > 0;) task(context, i, i + 1, static_cast<int>(i % many));
}

// Waves of `many` threads, so that no worker id runs twice at once.
static void oversubscribed(void*, std::int64_t count, poolnorm::Task task, void* context) {
  for (std::int64_t last = count; last > 0; last -= many) {
    std::vector<std::thread> wave;
    for (int w = 0; w < many && last - 1 - w >= 0; ++w) wave.emplace_back(task, context, last - 1 - w, last - w, w);
    for (std::thread& t : wave) t.join();
  }
}

int main() {
  const Layer layer;
  const bool ok = layer.agrees({many, reversed, nullptr}) && layer.agrees({many, oversubscribed, nullptr});
  return ok ? 0 : 1;
}
