/* Built with MemorySanitizer, library and all: nothing that was never written decides or becomes a result.
   Every request and refusal of test_c_api.c and test_c_options.c, then pools of many sizes with gaps in src, on every
   ISA. No C++ library and no OpenMP takes part, as nobody instruments them. */
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test_c_api.h"

static int failures, runs;

static void fail(const char* what, int isa, const poolnorm_status* status) {
  ++failures;
  printf("%s on %s: %s\n", what, poolnorm_isa_name(isa), status->message);
}

/* 1.0, -0.5, 0.25, ... of any type. */
static void fill(void* to, int64_t count, int64_t size) {
  int64_t i;
  unsigned char* bytes = (unsigned char*)to;
  for (i = 0; i < count * size; ++i) bytes[i] = (unsigned char)(i % 8 * 9 + i % 3);
}

static void requests(int isa) {
  static float x[c_case_floats], r[c_case_floats], y[4 * c_case_floats];
  int i, nhwc, code = 0;
  for (i = 0; i < c_case_floats; ++i) {
    x[i] = (float)(i % 13) - 5.5f;
    r[i] = (float)(i % 7) * 0.75f - 2;
  }
  for (nhwc = 0; nhwc < 2; ++nhwc) {
    for (i = 0; code >= 0; ++i) {
      poolnorm_status status;
      memset(y, 0, sizeof y); /* a request leaves some of it alone */
      code = c_case(i, nhwc, isa, x, r, y, &status);
      if (code > 0) fail("a request", isa, &status);
      __msan_check_mem_is_initialized(y, sizeof y);
      ++runs;
    }
    code = 0;
  }
}

/* src has gaps between its rows or pixels, and they are nobody's; dst and workspace are as malloc gives them. */
static void pool(const poolnorm_pool_desc* desc, int isa) {
  poolnorm_status status;
  poolnorm_pool_plan* plan = NULL;
  poolnorm_plan_options options = poolnorm_plan_options_init();
  poolnorm_run_context context = poolnorm_run_context_init();
  const poolnorm_tensor_desc* src = &desc->src;
  const int64_t size = poolnorm_size_of(src->type);
  int64_t span = 1, n, c, h, w, outputs;
  char *x, *y;
  int i;
  options.isa = isa;
  if (poolnorm_pool_plan_make(&plan, desc, &options, &status) != 0) {
    if (status.code != POOLNORM_STATUS_CODE_INVALID_ARGUMENT) fail("a plan", isa, &status);
    return; /* a window too large for this image */
  }
  for (i = 0; i < 4; ++i) span += (src->dims[i] - 1) * src->strides[i];
  x = malloc((size_t)(span * size));
  for (n = 0; n < src->dims[0]; ++n)
    for (c = 0; c < src->dims[1]; ++c)
      for (h = 0; h < src->dims[2]; ++h)
        for (w = 0; w < src->dims[3]; ++w)
          fill(x + size * (n * src->strides[0] + c * src->strides[1] + h * src->strides[2] + w * src->strides[3]), 1,
               size);
  {
    const poolnorm_tensor_desc dst = poolnorm_pool_plan_dst(plan);
    outputs = poolnorm_elements(&dst);
  }
  y = malloc((size_t)(outputs * size));
  context.workspace_bytes = poolnorm_pool_plan_workspace_bytes(plan, &context.executor);
  context.workspace = malloc(context.workspace_bytes);
  if (poolnorm_pool_plan_run(plan, x, y, &context, &status) != 0) fail("a pool", isa, &status);
  __msan_check_mem_is_initialized(y, (size_t)(outputs * size));
  ++runs;
  free(context.workspace);
  free(y);
  free(x);
  poolnorm_pool_plan_destroy(plan);
}

static void pools(int isa) {
  static const int64_t channels[] = {1, 3, 8, 17, 40}, widths[] = {4, 7, 16, 33};
  static const int64_t windows[][3] = {{2, 2, 0}, {3, 2, 1}, {3, 1, 1}, {2, 3, 0}, {5, 1, 2}, {9, 1, 4}, {7, 4, 3}};
  int type, op, layout;
  size_t c, w, k;
  for (type = 0; poolnorm_size_of(type) != 0; ++type) {
    if (!poolnorm_element_type_available(type)) continue;
    for (op = POOLNORM_POOL_OP_MAX; op <= POOLNORM_POOL_OP_AVERAGE; ++op)
      for (layout = 0; layout < 2; ++layout)
        for (c = 0; c < sizeof channels / sizeof *channels; ++c)
          for (w = 0; w < sizeof widths / sizeof *widths; ++w)
            for (k = 0; k <= sizeof windows / sizeof *windows; ++k) {
              const int64_t dims[] = {1, channels[c], 9, widths[w]};
              if (layout && channels[c] == 1) continue; /* pixels with gaps, but no channels side by side */
              const int64_t gaps[] = {1, channels[c] + 1, 9, widths[w] + 1};
              const poolnorm_tensor_desc wide = layout ? poolnorm_nhwc(4, gaps) : poolnorm_nchw(4, gaps);
              poolnorm_pool_desc desc = poolnorm_pool_desc_init();
              desc.op = op;
              desc.src = layout ? poolnorm_nhwc(4, dims) : poolnorm_nchw(4, dims);
              desc.src.type = type;
              memcpy(desc.src.strides, wide.strides, sizeof wide.strides);
              if (k == sizeof windows / sizeof *windows) {
                desc.kind = POOLNORM_POOL_KIND_GLOBAL;
              } else {
                desc.window = poolnorm_window_square(windows[k][0], windows[k][1], windows[k][2]);
              }
              pool(&desc, isa);
            }
  }
}

int main(void) {
  int isa;
  for (isa = POOLNORM_ISA_BEST + 1; strcmp(poolnorm_isa_name(isa), "unknown") != 0; ++isa) {
    if (!poolnorm_isa_available(isa)) continue;
    requests(isa);
    pools(isa);
    printf("%s: %d runs so far\n", poolnorm_isa_name(isa), runs);
  }
  failures += c_refusals();
  return failures != 0 || runs < 1000;
}
