// Which level of the memory a working set lives in, and the share of the bound asked for there.
#pragma once

namespace bench {

enum class Level : int { l1 = 0, l2, memory };

// `threads` threads have as many private L1 and L2 caches.
Level level_of(double working_set, int threads);
const char* name(Level level);
double bar(Level level);

double cache_bytes(int level);  // 1, 2 or 3, as the system tells

}  // namespace bench
