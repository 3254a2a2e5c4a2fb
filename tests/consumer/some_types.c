/* A host of a poolnorm that was built with f32 and u8 alone: the others are refused, and by name. */
#include <poolnorm/poolnorm.h>

#include <stdio.h>
#include <string.h>

int main(void) {
  const int64_t dims[] = {1, 1, 2, 4};
  const uint8_t image[] = {1, 2, 3, 4, 5, 6, 7, 200};
  uint8_t pooled[2] = {0, 0}, mapped[8] = {0};
  poolnorm_status status;
  int32_t type;
  int failed = 0;
  poolnorm_pool_desc desc = poolnorm_pool_desc_init();
  desc.src = poolnorm_nchw(4, dims);
  desc.window = poolnorm_window_square(2, 2, 0);
  for (type = 0; poolnorm_size_of(type) != 0; ++type) {
    const int wanted = type == POOLNORM_ELEMENT_TYPE_F32 || type == POOLNORM_ELEMENT_TYPE_U8;
    poolnorm_pool_plan* plan = NULL;
    int code;
    desc.src.type = type;
    code = poolnorm_pool_plan_make(&plan, &desc, NULL, &status);
    poolnorm_pool_plan_destroy(plan);
    if (wanted ? code != POOLNORM_STATUS_CODE_OK
               : code != POOLNORM_STATUS_CODE_UNSUPPORTED ||
                     strstr(status.message, poolnorm_element_type_name(type)) == NULL) {
      printf("%s: code %d, %s\n", poolnorm_element_type_name(type), code, status.message);
      ++failed;
    }
    failed += poolnorm_element_type_available(type) != wanted;
  }
  desc.src.type = POOLNORM_ELEMENT_TYPE_U8;
  {
    poolnorm_scale_shift_desc norm = poolnorm_scale_shift_desc_init();
    norm.src = norm.dst = desc.src;
    norm.src_quantization = poolnorm_quantization_of(1, 1);
    failed += poolnorm_scale_shift(&norm, image, mapped, NULL, &status) != POOLNORM_STATUS_CODE_OK || mapped[7] != 199;
    norm.dst.type = POOLNORM_ELEMENT_TYPE_S8;
    failed += poolnorm_scale_shift(&norm, image, mapped, NULL, &status) != POOLNORM_STATUS_CODE_UNSUPPORTED ||
              strstr(status.message, "dst.type is s8") == NULL;
  }
  failed +=
      poolnorm_pool(&desc, image, pooled, &status) != POOLNORM_STATUS_CODE_OK || pooled[0] != 6 || pooled[1] != 200;
  return failed;
}
