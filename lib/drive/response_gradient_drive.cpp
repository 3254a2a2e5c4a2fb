#include "drive/response_gradient_drive.hpp"

#include "drive/response_tiles.hpp"
#include "drive/view.hpp"
#include "parallel/run_tasks.hpp"

namespace poolnorm {
namespace {

struct Run {
  const ResponsePlanData& plan;
  const void *src, *grad_dst;
  void* grad_src;
  char* workspace;
};

// `pixels` neighbours: their squares, quotients in the place of these, and shares are made before the first write. An
// input is in the windows of the channels that are in its own, turned around.
void run_tile(const ResponsePlanData& p, const void* src, const void* grad_dst, void* grad_src, std::int64_t pixels,
              char* memory) noexcept {
  const ResponseTile t = response_tile(p, pixels);
  const std::int64_t bytes = size_of(p.src.type);
  double* const squares = reinterpret_cast<double*>(memory);
  double* const shares = reinterpret_cast<double*>(memory + p.squares_bytes);
  double* const scratch = reinterpret_cast<double*>(memory + 2 * p.squares_bytes);
  clear_around(p, t, squares, p.below, p.above);
  clear_around(p, t, shares, p.above, p.below);
  p.kernels->squares({src, t.src_step, squares + p.below * t.tap_step, t.squares_step, t.groups, t.width});
  for_response_blocks(t, [&](std::int64_t g, std::int64_t w, std::int64_t groups, std::int64_t width) {
    double* const first = squares + g * t.squares_step + w;
    p.gradient->shares({moved(src, (g * t.src_step + w) * bytes),
                        t.src_step,
                        moved(grad_dst, (g * t.grad_step + w) * bytes),
                        t.grad_step,
                        {first, t.squares_step, p.taps(), t.tap_step, p.k, p.factor},
                        first,
                        t.squares_step,
                        shares + g * t.squares_step + p.above * t.tap_step + w,
                        t.squares_step,
                        groups,
                        width,
                        p.exponent,
                        scratch});
  });
  p.gradient->gradient({src, t.src_step, grad_src, t.dst_step, squares, shares, t.squares_step, p.taps(), t.tap_step,
                        t.groups, t.width, 2 * p.factor * p.exponent.all});
}

void run_tiles(void* context, std::int64_t begin, std::int64_t end, int worker) {
  const Run& run = *static_cast<const Run*>(context);
  const ResponsePlanData& p = run.plan;
  char* const memory = run.workspace + worker * p.worker_bytes();
  const std::int64_t bytes = size_of(p.src.type);
  for_response_tiles(p, begin, end, [&](const ResponseOffsets& at, std::int64_t pixels) {
    run_tile(p, moved(run.src, at.src * bytes), moved(run.grad_dst, at.grad * bytes),
             moved(run.grad_src, at.dst * bytes), pixels, memory);
  });
}

}  // namespace

void drive_response_gradient(const ResponsePlanData& plan, const void* src, const void* grad_dst, void* grad_src,
                             char* workspace, const Executor& executor) noexcept {
  Run run{plan, src, grad_dst, grad_src, workspace};
  // Powers take as long as a pooling of some eight times the bytes.
  run_tasks(executor, plan.tasks, plan.bytes * 8, run_tiles, &run);
}

}  // namespace poolnorm
