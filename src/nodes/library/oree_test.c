/* The C face, asked from C: what oree.h promises. Skips what needs ONNX Runtime where there is none. */
#include "nodes/library/oree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      ++failures;                                                                   \
      fprintf(stderr, "%s:%d: not true: %s (%s)\n", __FILE__, __LINE__, #condition, \
              error.message);                                                       \
    }                                                                               \
  } while (0)

static oree_error error;

static void test_refusals(oree_runtime* runtime) {
  oree_model* model = (oree_model*)&failures;
  CHECK(oree_load(runtime, "no/such/model.onnx", NULL, &model, &error) == OREE_NOT_FOUND);
  CHECK(model == NULL);
  CHECK(error.code == OREE_NOT_FOUND);
  CHECK(strstr(error.message, "no/such/model.onnx") != NULL);
  CHECK(oree_load(runtime, NULL, NULL, &model, &error) == OREE_INVALID);
  CHECK(oree_load(runtime, "a.onnx", NULL, NULL, NULL) == OREE_INVALID);
  oree_load_options options = {0};
  CHECK(oree_load(runtime, "a.onnx", &options, &model, &error) == OREE_INVALID); /* no size */
  options.size = sizeof options;
  options.backend = "nothing";
  CHECK(oree_load(runtime, "a.onnx", &options, &model, &error) == OREE_NOT_FOUND);
  CHECK(strstr(error.message, "onnxruntime") != NULL);
  CHECK(oree_input(NULL, 0) == NULL);
  CHECK(oree_run(NULL, NULL, 0, NULL, 0, NULL, &error) == OREE_INVALID);
  oree_unload(NULL);
  oree_result_free(NULL);
}

static void test_signature(const oree_model* model) {
  CHECK(oree_input_count(model) == 2);
  CHECK(oree_output_count(model) == 1);
  CHECK(strcmp(oree_input(model, 0)->name, "a") == 0);
  CHECK(strcmp(oree_output(model, 0)->name, "sum") == 0);
  CHECK(oree_input(model, 1)->dtype == OREE_FP32);
  CHECK(oree_input(model, 1)->rank == 2);
  CHECK(oree_input(model, 1)->shape[0] == -1);
  CHECK(oree_input(model, 1)->shape[1] == 3);
  CHECK(oree_input(model, 2) == NULL);
}

static void test_runs(oree_model* model) {
  const int64_t shape[] = {2, 3}, wide[] = {2, 4};
  float a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 10, 10, 20, 20, 20}, place[6] = {0};
  const oree_tensor in[] = {{OREE_FP32, 2, shape, a, sizeof a}, {OREE_FP32, 2, shape, b, sizeof b}};
  oree_tensor out = {0};
  oree_result* result = NULL;
  CHECK(oree_run(model, in, 2, &out, 1, &result, &error) == OREE_OK);
  CHECK(out.rank == 2 && out.shape[0] == 2 && out.shape[1] == 3);
  CHECK(out.bytes == sizeof place);
  CHECK(out.data != NULL && ((const float*)out.data)[5] == 26.0f);
  oree_result_free(result);

  oree_tensor preset = {OREE_FP32, 2, shape, place, sizeof place};
  CHECK(oree_run(model, in, 2, &preset, 1, NULL, &error) == OREE_OK);
  CHECK(preset.data == place && place[3] == 24.0f);

  oree_tensor lent = {0};
  CHECK(oree_run(model, in, 2, &lent, 1, NULL, &error) == OREE_INVALID); /* nobody would own it */
  CHECK(oree_run(model, in, 1, &out, 1, &result, &error) == OREE_INVALID);
  CHECK(result == NULL);
  CHECK(strstr(error.message, "'b'") != NULL);
  const oree_tensor odd[] = {in[0], {OREE_FP32, 2, wide, b, sizeof b}};
  CHECK(oree_run(model, odd, 2, &out, 1, &result, &error) == OREE_INVALID);
  const oree_tensor none[] = {in[0], {(oree_dtype)99, 2, shape, b, sizeof b}};
  CHECK(oree_run(model, none, 2, &out, 1, &result, &error) == OREE_INVALID);
}

int main(int count, char** words) {
  if (count != 2) return 2;
  char wanted[32];
  snprintf(wanted, sizeof wanted, "%d.%d.%d", OREE_VERSION_MAJOR, OREE_VERSION_MINOR, OREE_VERSION_PATCH);
  CHECK(strcmp(oree_version(), wanted) == 0);
  oree_runtime* runtime = NULL;
  CHECK(oree_open(NULL, &runtime, &error) == OREE_OK);
  CHECK(runtime != NULL);
  CHECK(oree_open(NULL, NULL, &error) == OREE_INVALID);
  oree_model* model = NULL;
  const oree_code loaded = oree_load(runtime, words[1], NULL, &model, &error);
  if (loaded == OREE_UNAVAILABLE) {
    printf("skipped: %s\n", error.message);
    oree_close(runtime);
    return failures == 0 ? 0 : 1;
  }
  test_refusals(runtime);
  CHECK(loaded == OREE_OK);
  if (model != NULL) {
    CHECK(strcmp(oree_backend(model), "onnxruntime") == 0);
    test_signature(model);
    oree_close(runtime); /* the model stays */
    test_runs(model);
    oree_unload(model);
  }
  return failures == 0 ? 0 : 1;
}
