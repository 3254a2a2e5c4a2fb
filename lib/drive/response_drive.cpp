#include "drive/response_drive.hpp"

#include "drive/response_tiles.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ResponsePlanData& plan;
  const void* src;
  void* dst;
  char* workspace;
};

// `pixels` neighbours. All squares are made before the first write.
void run_tile(const ResponsePlanData& p, const void* src, void* dst, std::int64_t pixels, char* memory) noexcept {
  const ResponseTile t = response_tile(p, pixels);
  const std::int64_t bytes = size_of(p.src.type);
  double* const squares = reinterpret_cast<double*>(memory);
  double* const scratch = reinterpret_cast<double*>(memory + p.squares_bytes);
  clear_around(p, t, squares, p.below, p.above);
  p.kernels->squares({src, t.src_step, squares + p.below * t.tap_step, t.squares_step, t.groups, t.width});
  for_response_blocks(t, [&](std::int64_t g, std::int64_t w, std::int64_t groups, std::int64_t width) {
    p.kernels->respond({moved(src, (g * t.src_step + w) * bytes),
                        t.src_step,
                        moved(dst, (g * t.dst_step + w) * bytes),
                        t.dst_step,
                        {squares + g * t.squares_step + w, t.squares_step, p.taps(), t.tap_step, p.k, p.factor},
                        groups,
                        width,
                        p.exponent,
                        scratch});
  });
}

void run_tiles(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ResponsePlanData& p = run.plan;
  char* const memory = run.workspace + worker * p.worker_bytes();
  const std::int64_t bytes = size_of(p.src.type);
  for_response_tiles(p, begin, end, [&](const ResponseOffsets& at, std::int64_t pixels) {
    run_tile(p, moved(run.src, at.src * bytes), moved(run.dst, at.dst * bytes), pixels, memory);
  });
}

}  // namespace

void drive_response(const ResponsePlanData& plan, const void* src, void* dst, char* workspace,
                    const Executor& executor) noexcept {
  Run run{plan, src, dst, workspace};
  // A power takes as long as a pooling of some eight bytes.
  run_tasks(executor, plan.tasks, plan.bytes * 8, run_tiles, &run);
}

}  // namespace poolnorm
