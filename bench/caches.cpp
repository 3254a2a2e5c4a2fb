#include "caches.hpp"

#include <unistd.h>

namespace bench {

double cache_bytes(int level) {
  long told = 0;
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  told = sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
#endif
  if (told > 0) return static_cast<double>(told);
  return level == 1 ? 32 << 10 : level == 2 ? 1 << 20 : 32 << 20;
}

Level level_of(double working_set, int threads) {
  if (working_set <= cache_bytes(1) * threads) return Level::l1;
  if (working_set <= cache_bytes(2) * threads) return Level::l2;
  return Level::memory;
}

const char* name(Level level) {
  switch (level) {
    case Level::l1: return "L1";
    case Level::l2: return "L2";
    case Level::memory: return "L3/mem";
  }
  return "?";
}

double bar(Level level) {
  switch (level) {
    case Level::l1: return 0.5;
    case Level::l2: return 0.6;
    case Level::memory: return 0.85;
  }
  return 0;
}

}  // namespace bench
