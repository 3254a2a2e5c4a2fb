/* A host that loads and unloads a shared poolnorm a thousand times, and uses it each time. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <poolnorm/poolnorm.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* Mappings of this process, of them the library's. */
static int mappings(const char* library, int* own) {
  char line[512];
  int count = 0;
  FILE* const maps = fopen("/proc/self/maps", "r");
  *own = 0;
  if (maps == NULL) return 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    ++count;
    *own += strstr(line, library) != NULL;
  }
  fclose(maps);
  return count;
}

static int use(void* library) {
  const int64_t dims[] = {1, 1, 2, 2};
  const float x[] = {1, 2, 3, 4};
  float y = 0;
  char memory[4096];
  poolnorm_run_context context;
  poolnorm_pool_desc desc = poolnorm_pool_desc_init();
  poolnorm_pool_plan* plan = NULL;
  int (*make)(poolnorm_pool_plan**, const poolnorm_pool_desc*, const poolnorm_plan_options*, poolnorm_status*);
  int (*run)(const poolnorm_pool_plan*, const float*, float*, const poolnorm_run_context*, poolnorm_status*);
  void (*destroy)(poolnorm_pool_plan*);
  poolnorm_tensor_desc (*nchw)(int32_t, const int64_t*);
  *(void**)&make = dlsym(library, TEXT(poolnorm_pool_plan_make));
  *(void**)&run = dlsym(library, TEXT(poolnorm_pool_plan_run));
  *(void**)&destroy = dlsym(library, TEXT(poolnorm_pool_plan_destroy));
  *(void**)&nchw = dlsym(library, TEXT(poolnorm_nchw));
  if (make == NULL || run == NULL || destroy == NULL || nchw == NULL) return 0;
  memset(&context, 0, sizeof context); /* runs on this thread */
  context.struct_size = sizeof context;
  context.workspace = memory;
  context.workspace_bytes = sizeof memory;
  desc.src = nchw(4, dims);
  desc.window = poolnorm_window_square(2, 2, 0);
  if (make(&plan, &desc, NULL, NULL) != 0 || run(plan, x, &y, &context, NULL) != 0) return 0;
  destroy(plan);
  return y == 4;
}

int main(int argc, char** argv) {
  int i, own, before = 0, after;
  if (argc != 2) return 2;
  for (i = 0; i < 1000; ++i) {
    void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return printf("%s\n", dlerror()), 1;
    if (!use(library)) return printf("round %d: wrong\n", i), 1;
    if (mappings(argv[1], &own) > 0 && own == 0) return printf("not mapped while in use\n"), 1;
    dlclose(library);
    after = mappings(argv[1], &own);
    if (own != 0) return printf("round %d: still mapped after dlclose\n", i), 1;
    if (i == 9) before = after;
  }
  printf("%d mappings after 10 rounds, %d after 1000\n", before, after);
  return after <= before + 2 ? 0 : 1;
}
